"""The canonical bytes of rows: what evidence speaks of. Nothing else in the bus decides which bytes a row is.

A row is one JSON object in UTF-8: keys sorted, no space, no number but whole ones, times in UTC with a fixed width
(`2026-11-22 01:02:03.456789+00:00`), bytes as the SHA-256 of them in hexadecimal. `v` names the list of fields below.
A version is never changed once a bus has run with it: a table that gains a column gains a version here, and old rows
keep the digest that they were given.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Kind(StrEnum):
    """Which table a row is of."""

    DISPATCH = "dispatch"  # a document was accepted: its facts, the digests of octets, seal and receipt, its recipients
    REFUSAL = "refusal"  # a document was refused, and why
    HISTORY = "history"  # something became of a dispatch or of one delivery
    REPORT = "report"  # an agency reported a business status


_DISPATCH: Final = (
    *("id", "sender", "document_id", "kind", "number", "notation", "promulgated", "subject", "priority", "digest"),
    *("size", "seal", "receipt", "standing", "verdict", "signer", "certificate", "algorithm", "door", "caller"),
    *("correlation", "accepted", "recipients"),
)
#: Revision 0003 added what the verdict led to, and why.
_DISPATCH_2: Final = (*_DISPATCH, "admission", "doubt", "anchor", "revocation")
_REFUSAL: Final = ("caller", "door", "digest", "code", "text_vi", "text_en", "correlation", "at")
_HISTORY: Final = ("dispatch_id", "recipient", "status", "attempt", "detail", "reference", "at")
_REPORT: Final = (
    *("dispatch_id", "reporter", "code", "reason", "reported", "subject_agency", "subject_code"),
    *("subject_promulgated", "subject_document_id", "about"),
)

#: The fields of each version, by kind. The last is what is written today.
VERSIONS: Final[Mapping[Kind, tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        Kind.DISPATCH: (_DISPATCH, _DISPATCH_2),
        Kind.REFUSAL: (_REFUSAL,),
        Kind.HISTORY: (_HISTORY,),
        Kind.REPORT: (_REPORT,),
    }
)

#: What a field that came later says of every row from before it.
BEFORE: Final[Mapping[str, str]] = MappingProxyType(
    {"admission": "accept", "doubt": "", "anchor": "", "revocation": ""}
)

#: Which field says what a row is about: the key of its entry. Several rows may share one.
ABOUT: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.DISPATCH: "id",
        Kind.REFUSAL: "correlation",
        Kind.HISTORY: "dispatch_id",
        Kind.REPORT: "dispatch_id",
    }
)


def canonical(kind: Kind, row: Mapping[str, Any], version: int = 0) -> bytes:
    """Return the bytes of a row; 0 is the newest version. Bytes among its values must be digests already."""
    version = version or len(VERSIONS[kind])
    fields = {name: row[name] for name in VERSIONS[kind][version - 1]}
    return orjson.dumps({"row": kind, "v": version, **fields}, option=orjson.OPT_SORT_KEYS)


def entry(kind: Kind, row: Mapping[str, Any], version: int = 0) -> dict[str, Any]:
    """Return what the evidence log is given about a row that is being written."""
    return {"kind": kind, "key": row[ABOUT[kind]], "digest": sha256(canonical(kind, row, version)).hexdigest()}


def as_written(kind: Kind, row: Mapping[str, Any], digests: Counter[str]) -> tuple[bytes, str] | None:
    """Return the bytes of `row` in the version whose digest is among `digests`, with that digest; None: in none."""
    newest = set(VERSIONS[kind][-1])
    for version, fields in reversed(list(enumerate(VERSIONS[kind], 1))):
        if any(row[name] != BEFORE[name] for name in newest.difference(fields)):
            continue
        octets = canonical(kind, row, version)
        digest = sha256(octets).hexdigest()
        if digests[digest]:
            return octets, digest
    return None


def counted(digests: Iterable[str]) -> Counter[str]:
    """Return digests as `as_written` takes them: two rows may be alike to the last byte."""
    return Counter(digests)
