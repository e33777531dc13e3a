"""The plain HTTP door, for machines that ask how the bus is, and what it can prove."""

from __future__ import annotations

from lgsp.api.evidence import evidence
from lgsp.api.health import health

__all__ = ["evidence", "health"]
