"""The plain HTTP door: how the bus is, what it can prove, and where large documents are uploaded."""

from __future__ import annotations

from lgsp.api.documents import documents
from lgsp.api.evidence import evidence
from lgsp.api.health import health

__all__ = ["documents", "evidence", "health"]
