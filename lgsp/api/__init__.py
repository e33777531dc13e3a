"""The plain HTTP door, for machines that ask how the bus is."""

from __future__ import annotations

from lgsp.api.health import health

__all__ = ["health"]
