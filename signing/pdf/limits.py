"""How much one file may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PdfLimits:
    """What is more than this is not examined, and said so."""

    #: Of the file, and of what comes out of a zip.
    size_bytes: int = 64 * 1024 * 1024
    signatures: int = 20
    #: Wall clock, for one file.
    seconds: int = 20
    #: Address space of the worker process, libraries included.
    memory_bytes: int = 1024 * 1024 * 1024
