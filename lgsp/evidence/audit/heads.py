"""Heads against the tree, and against those who may sign them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.evidence import merkle
from lgsp.evidence.audit.finding import Fault, Finding
from lgsp.evidence.heads import Head
from lgsp.evidence.tiles import Damaged, reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from typing import Any

    from cryptography import x509

    from lgsp.evidence.audit.books import Books

    #: Tells whether a certificate was the bus's at a time.
    Ours = Callable[[x509.Certificate, datetime], bool]


def judge_heads(books: Books, ours: Ours, signed: list[Head]) -> Iterator[Finding]:
    """Yield heads that are spoilt, not the bus's, or of another log. The bus's own are put into `signed`."""
    read = reader(books.tiles)
    for row in books.heads():
        head = _read(row)
        name = str(row["size"])
        if head is None:
            yield Finding(fault=Fault.CHANGED, table="head", row=name, detail="its text or its size is not a head's")
            continue
        certificate = head.signed()
        if certificate is None:
            detail = "the signature does not fit text and certificate"
            yield Finding(fault=Fault.UNSIGNED, table="head", row=name, detail=detail)
            continue
        if not ours(certificate, head.at):
            detail = f"signed by {certificate.subject.rfc4514_string()}, whose certificate is not the bus's"
            yield Finding(fault=Fault.UNSIGNED, table="head", row=name, detail=detail)
            continue
        signed.append(head)
        try:
            found = merkle.root(head.size, read)
        except Damaged as error:
            yield Finding(fault=Fault.FORKED, table="head", row=name, detail=str(error))
            continue
        if found != head.root:
            detail = f"signed root {head.root.hex()}, the log's {found.hex()}"
            yield Finding(fault=Fault.FORKED, table="head", row=name, detail=detail)


def _read(row: Mapping[str, Any]) -> Head | None:
    try:
        head = Head(**{name: row[name] for name in ("text", "signature", "certificate", "stamp")})
    except ValueError:
        return None
    return head if head.size == row["size"] else None
