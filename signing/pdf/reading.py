"""Reading a PDF with pyHanko. Only the worker process imports this."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

from pyhanko.pdf_utils.misc import PdfDecodeLimitError, PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from signing.pdf.findings import Fault, Level
from signing.pdf.opening import is_pdf, unzipped
from signing.pdf.raw import RawFile, RawSignature
from signing.pdf.signature import read_signature
from signing.verdict import Reason

if TYPE_CHECKING:
    from signing.pdf.limits import PdfLimits

_DETAIL: Final = 200
_FIELD: Final = 100


def read_file(octets: bytes, limits: PdfLimits) -> RawFile:
    """Return what can be read of the signatures in `octets`: a PDF, or a zip of one. Raises MemoryError."""
    if not is_pdf(octets):
        octets = unzipped(octets, limits.size_bytes) or b""
    if len(octets) > limits.size_bytes:
        return RawFile(fault=Fault.TOO_LARGE)
    if not is_pdf(octets):
        return RawFile(fault=Fault.NOT_PDF)
    try:
        return _read(octets, limits, strict=True)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - many sound files are a little irregular: Word writes hybrid cross-references
        return _leniently(octets, limits)


def _leniently(octets: bytes, limits: PdfLimits) -> RawFile:
    try:
        return _read(octets, limits, strict=False)
    except MemoryError:
        raise
    except PdfDecodeLimitError as error:
        return RawFile(fault=Fault.TOO_LARGE, detail=_said(error))
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes a library raise
        return RawFile(fault=Fault.MALFORMED, detail=_said(error))


def _read(octets: bytes, limits: PdfLimits, *, strict: bool) -> RawFile:
    """Read with or without mercy. With none, whatever is not as it should be is raised."""
    reader = PdfFileReader(BytesIO(octets), strict=strict)
    if strict and reader.xrefs.hybrid_xrefs_present:
        message = "hybrid cross-references"
        raise PdfError(message)
    if reader.encrypted and reader.decrypt(b"").status.name == "FAILED":
        return RawFile(fault=Fault.ENCRYPTED)
    found: list[tuple[int, RawSignature]] = []
    for name, _, field in enumerate_sig_fields(reader, filled_status=True):
        if len(found) >= limits.signatures:
            return RawFile(fault=Fault.TOO_MANY, detail=f"more than {limits.signatures} signatures")
        found.append(_one(octets, reader, (str(name)[:_FIELD], field), strict=strict))
    found.sort(key=lambda pair: pair[0])
    return RawFile(signatures=_levelled(reader, [signature for _, signature in found]), irregular=not strict)


def _one(octets: bytes, reader: Any, named: tuple[str, Any], *, strict: bool) -> tuple[int, RawSignature]:
    """Return the revision that a signature belongs to, and what can be read of it."""
    try:
        return read_signature(octets, reader, *named)
    except MemoryError:
        raise
    except Exception as error:
        if strict and isinstance(error, PdfError):
            raise
        return reader.xrefs.total_revisions, RawSignature(
            field=named[0], reason=Reason.STRUCTURE.value, detail=_said(error)
        )


def _levelled(reader: Any, signatures: list[RawSignature]) -> tuple[RawSignature, ...]:
    """Return the signatures with the levels that the file around them lends: it may hold what proves them later."""
    if not _holds_revocation(reader):
        return tuple(signatures)
    last_stamp = max((n for n, one in enumerate(signatures) if one.time_stamp and one.intact), default=-1)
    return tuple(
        replace(one, level=Level.B_LTA if number < last_stamp else Level.B_LT) if one.level == Level.B_T else one
        for number, one in enumerate(signatures)
    )


def _holds_revocation(reader: Any) -> bool:
    try:
        store = reader.root["/DSS"]
        return bool(store.get("/Certs")) and bool(store.get("/CRLs") or store.get("/OCSPs"))
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - no such store, or none that can be read
        return False


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_DETAIL]
