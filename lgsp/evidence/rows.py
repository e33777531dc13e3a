"""The canonical bytes of rows: what evidence speaks of. Nothing else in the bus decides which bytes a row is.

A row is one JSON object in UTF-8: keys sorted, no space, no number but whole ones, times in UTC with a fixed width
(`2026-11-22 01:02:03.456789+00:00`), bytes as the SHA-256 of them in hexadecimal. `v` names the list of its fields in
`forms`. That a row was removed is an object of its own, which says so.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson

from lgsp.evidence.forms import FORMS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Kind", "as_written", "canonical", "counted", "entry", "key_of", "removal"]


def key_of(kind: Kind, row: Mapping[str, Any]) -> str:
    """Return what a row is about: the key of its entries."""
    return " ".join(str(row[name]) for name in FORMS[kind].about)


def canonical(kind: Kind, row: Mapping[str, Any], version: int = 0) -> bytes:
    """Return the bytes of a row; 0 is the newest version. Bytes among its values must be digests already."""
    versions = FORMS[kind].versions
    version = version or len(versions)
    fields = {name: row[name] for name in versions[version - 1]}
    # A value that no table of ours holds, which a database may have been made to hold, becomes other bytes.
    return orjson.dumps({"row": kind, "v": version, **fields}, default=repr, option=orjson.OPT_SORT_KEYS)


def entry(kind: Kind, row: Mapping[str, Any], version: int = 0) -> dict[str, Any]:
    """Return what the evidence log is given about a row that is being written."""
    return {"kind": kind, "key": key_of(kind, row), "digest": sha256(canonical(kind, row, version)).hexdigest()}


def removal(kind: Kind, key: str) -> dict[str, Any]:
    """Return what the evidence log is given about a row that is being removed. Only of kinds that may change."""
    octets = orjson.dumps({"removed": key, "row": kind, "v": 1}, option=orjson.OPT_SORT_KEYS)
    return {"kind": kind, "key": key, "digest": sha256(octets).hexdigest()}


def as_written(kind: Kind, row: Mapping[str, Any], digests: Counter[str]) -> tuple[bytes, str] | None:
    """Return the bytes of `row` in the version whose digest is among `digests`, with that digest; None: in none."""
    form = FORMS[kind]
    newest = set(form.versions[-1])
    for version, fields in reversed(list(enumerate(form.versions, 1))):
        if any(row[name] != form.before[name] for name in newest.difference(fields)):
            continue
        octets = canonical(kind, row, version)
        digest = sha256(octets).hexdigest()
        if digests[digest]:
            return octets, digest
    return None


def counted(digests: Iterable[str]) -> Counter[str]:
    """Return digests as `as_written` takes them: two rows may be alike to the last byte."""
    return Counter(digests)
