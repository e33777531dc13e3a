"""The SOAP door: SOAP 1.1 at /soap/1.1 and SOAP 1.2 at /soap/1.2, document/literal wrapped."""

from __future__ import annotations

from lgsp.soap.app import soap_app

__all__ = ["soap_app"]
