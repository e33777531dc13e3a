"""Writing envelopes from plain values: strict in what is emitted, made of the standard library alone."""

from __future__ import annotations

from lgsp.sdk.writing.edxml import write_document, write_status
from lgsp.sdk.writing.message import write_message
from lgsp.sdk.writing.parts import File, Party, Replacement, Signer, Staff

__all__ = ["File", "Party", "Replacement", "Signer", "Staff", "write_document", "write_message", "write_status"]
