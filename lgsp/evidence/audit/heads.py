"""Heads against the tree, against each other, and against those who may sign and stamp them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from lgsp.evidence import merkle
from lgsp.evidence.audit.finding import TOLERANCE, Fault, Finding
from lgsp.evidence.heads import Head
from lgsp.evidence.tiles import Damaged, reader
from signing import StampFault, judge_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from cryptography import x509

    from lgsp.evidence.audit.books import Books
    from lgsp.evidence.merkle import Reader
    from signing import Authorities

    #: Tells whether a certificate was the bus's at a time.
    Ours = Callable[[x509.Certificate, datetime], bool]

_NOT_OVER_IT: Final = frozenset({StampFault.MALFORMED, StampFault.OTHER_DATA})


def judge_heads(books: Books, ours: Ours, signed: list[Head], times: Authorities) -> Iterator[Finding]:
    """Yield heads that are spoilt, not the bus's, of another log, out of their chain, or wrongly stamped.

    The bus's own are put into `signed`. `times` are those whose stamps are believed.
    """
    read = reader(books.tiles)
    there: set[bytes] = set()
    for row in books.heads():
        head = _read(row)
        if head is None:
            yield _fault(Fault.CHANGED, row["size"], "its text or its size is not a head's")
            continue
        stranger = _stranger(head, ours)
        if stranger:
            yield _fault(Fault.UNSIGNED, head.size, stranger)
        else:
            yield from _of_this_log(head, read)
            yield from _in_its_chain(head, signed, there)
            yield from _stamped(head, times)
            signed.append(head)
        there.add(sha256(head.text).digest())


def _stranger(head: Head, ours: Ours) -> str:
    """Return why a head is not the bus's; empty when it is."""
    certificate = head.signed()
    if certificate is None:
        return "the signature does not fit text and certificate"
    if not ours(certificate, head.at):
        return f"signed by {certificate.subject.rfc4514_string()}, whose certificate is not the bus's"
    return ""


def _of_this_log(head: Head, read: Reader) -> Iterator[Finding]:
    try:
        found = merkle.root(head.size, read)
    except Damaged as error:
        yield _fault(Fault.FORKED, head.size, str(error))
        return
    if found != head.root:
        yield _fault(Fault.FORKED, head.size, f"signed root {head.root.hex()}, the log's {found.hex()}")


def _in_its_chain(head: Head, before: Sequence[Head], there: set[bytes]) -> Iterator[Finding]:
    """Compare a head with those of fewer leaves. Two notaries may both name one head as the one before theirs."""
    if head.previous and head.previous not in there:
        yield _fault(Fault.REMOVED, f"before {head.size}", f"its text had the SHA-256 {head.previous.hex()}")
    if head.previous == b"" and before:
        detail = f"it says that it is the first; there is one of {before[-1].size} leaves"
        yield _fault(Fault.FORKED, head.size, detail)
    if before and head.at + TOLERANCE < before[-1].at:
        detail = f"signed at {head.at.isoformat()}, by its own word before the smaller one of {before[-1].size} leaves"
        yield _fault(Fault.MISDATED, head.size, detail)


def _stamped(head: Head, times: Authorities) -> Iterator[Finding]:
    if not head.stamp:
        return
    found = judge_stamp(head.stamp, head.text, times)
    if found.fault in _NOT_OVER_IT:
        yield _fault(Fault.CHANGED, head.size, f"its time stamp is not over its text ({found.detail})")
    elif found.stamp is None:
        yield _fault(Fault.UNSTAMPED, head.size, f"{found.fault}: {found.detail}")
    elif found.stamp.time + TOLERANCE < head.at:
        detail = f"signed at {head.at.isoformat()}, stamped before that at {found.stamp.time.isoformat()}"
        yield _fault(Fault.MISDATED, head.size, detail)


def _read(row: Mapping[str, Any]) -> Head | None:
    try:
        head = Head(**{name: row[name] for name in ("text", "signature", "certificate", "stamp")})
    except ValueError:
        return None
    return head if head.size == row["size"] else None


def _fault(fault: Fault, size: object, detail: str) -> Finding:
    return Finding(fault=fault, table="head", row=str(size), detail=detail)
