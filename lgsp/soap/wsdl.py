"""The description of the service: one WSDL a version, complete in one file."""

from __future__ import annotations

from copy import deepcopy
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from lxml import etree

from lgsp.soap.schema import schema_octets
from lgsp.soap.version import SOAP_11

if TYPE_CHECKING:
    from lgsp.soap.version import Version

_WSDL: Final = "{http://schemas.xmlsoap.org/wsdl/}"


def describe(version: Version, address: str) -> bytes:
    """Return the WSDL of `version`, with the service at `address`.

    One description a version, since gSOAP merges two bindings of one into one, and wsimport skips SOAP 1.2 ports
    where it finds both.
    """
    written = files("schemas").joinpath("exchange-1/exchange.wsdl").read_bytes()
    described = etree.fromstring(written.replace(SOAP_11.binding.encode(), version.binding.encode()))
    types = next(described.iter(f"{_WSDL}types"))
    types.append(deepcopy(etree.fromstring(schema_octets())))
    next(described.iter(f"{{{version.binding}}}address")).set("location", address)
    return etree.tostring(described, xml_declaration=True, encoding="UTF-8")
