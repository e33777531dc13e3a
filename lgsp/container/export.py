"""Writing the evidence of one document, or of one refusal, from what the ledger and the log hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.container.contents import (
    CONSISTENCY,
    COVER,
    FIRST,
    MANIFEST,
    NEWEST,
    RECEIPT,
    SEAL,
    STATUS,
    STATUS_SEAL,
    body_of,
)
from lgsp.container.knowledge import gathered, signers
from lgsp.container.lines import write_growth, write_lines
from lgsp.container.log import head_files
from lgsp.container.manifest import Subject, manifest
from lgsp.container.zipped import pack
from lgsp.evidence.forms import Kind
from signing import cover, enclose, lengthen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Protocol

    from cryptography import x509

    from lgsp.container.knowledge import Word
    from lgsp.evidence import Head, Proof
    from lgsp.model import envelope
    from signing import SigningKey

    class Held(Protocol):
        """A document as the ledger keeps it."""

        @property
        def dispatch_id(self) -> str:
            """The bus's identifier."""

        @property
        def kind(self) -> envelope.Kind:
            """What it is."""

        @property
        def octets(self) -> bytes:
            """As received; empty once they are erased."""

        @property
        def seal(self) -> bytes:
            """The bus's seal over them."""

        @property
        def receipt(self) -> bytes:
            """The bus's word to the sender."""

    class Log(Protocol):
        """The log, for reading."""

        def newest(self) -> Head | None:
            """Return the newest head."""

        def proof_of(self, id: str, *, under: Head | None = None) -> list[Proof]:  # noqa: A002  # the word of the CLI
            """Return a proof for every row about a dispatch or a refusal."""

        def heads(self, after: int = 0) -> list[Head]:
            """Return heads of more than `after` leaves, the smallest first."""

        def consistency(self, old: int, new: int) -> list[bytes]:
            """Return the proof that the log of `new` leaves grew out of that of `old`."""


#: More statuses than this about one document are in the container as rows alone.
STATUSES_LIMIT: Final = 2_000


def export(
    held: Held,
    log: Log,
    key: SigningKey,
    at: datetime,
    *,
    statuses: Sequence[Held] = (),
    kept: Sequence[Head] = (),
    issuers: Sequence[x509.Certificate] = (),
    words: Sequence[Word] = (),
    stamp: bytes = b"",
) -> Iterator[bytes]:
    """Yield the container of a document, signed at the time `at`.

    `statuses` are what agencies reported about it, each a document that its reporter handed in. `kept` are heads of
    witnesses, who are shown that the log has only grown since. Of `issuers` (authorities, and those between) and
    `words` (what is known about revocation) goes along what concerns the signers. `stamp` is a time stamp of the seal:
    a token of RFC 3161 over `signing.stamped_octets`.

    The same document, log, key and time give the same files; ECDSA signs them differently each time, RSA does not.
    """
    statuses = statuses[:STATUSES_LIMIT]
    signed = [one for each in (held, *statuses) for one in signers(each.octets, each.receipt, at)]
    lasting = gathered([*dict.fromkeys(signed), key.certificate], issuers, words)
    carries = stamp or any(lasting.values())
    seal = lengthen(held.seal, stamp=stamp or None, **lasting) if carries else held.seal
    files = evidence(held, log, kept, statuses) | {SEAL: enclose(seal)}
    return pack(files | {COVER: cover(files, key, at)})


def export_refusal(
    correlation: str, log: Log, key: SigningKey, at: datetime, *, kept: Sequence[Head] = ()
) -> Iterator[bytes]:
    """Yield the container of what was refused under a correlation id. Raises LookupError when nothing was.

    What was handed in is not in it: the bus keeps nothing of it but its digest.
    """
    proofs = [proof for proof in log.proof_of(correlation) if proof.kind is Kind.REFUSAL]
    if not proofs:
        raise LookupError(correlation)
    files = {MANIFEST: manifest(Subject.REFUSAL)} | _logged(log, proofs, kept)
    return pack(files | {COVER: cover(files, key, at)})


def evidence(held: Held, log: Log, kept: Sequence[Head] = (), statuses: Sequence[Held] = ()) -> dict[str, bytes]:
    """Return the files that speak for a document, before anybody signs for them."""
    newest = log.newest()
    proofs = log.proof_of(held.dispatch_id, under=newest)
    files = {MANIFEST: manifest(Subject.DOCUMENT)} | _body(held)
    files |= {SEAL: enclose(held.seal), RECEIPT: held.receipt}
    for status in statuses:
        proofs += [one for one in log.proof_of(status.dispatch_id, under=newest) if one.kind is Kind.DISPATCH]
        own = _body(status) | {STATUS_SEAL: status.seal, RECEIPT: status.receipt}
        files |= {f"{STATUS}{status.dispatch_id}/{name}": octets for name, octets in own.items()}
    return files | _logged(log, proofs, kept)


def _body(held: Held) -> dict[str, bytes]:
    return {body_of(held.kind): held.octets} if held.octets else {}


def _logged(log: Log, proofs: Sequence[Proof], kept: Sequence[Head]) -> dict[str, bytes]:
    """Return the files that speak for the log."""
    heads = _heads(log, proofs)
    files = write_lines(proofs)
    for name, head in heads.items():
        files |= head_files(name, head)
    growth = _growth(log, [*heads.values(), *kept], heads.get(NEWEST))
    return files | ({CONSISTENCY: growth} if growth else {})


def _heads(log: Log, proofs: Sequence[Proof]) -> Mapping[str, Head]:
    """Return the newest head, and before it the first with a time stamp that holds the first row."""
    newest = next((proof.head for proof in proofs if proof.head), None)
    if newest is None:
        return {}
    indexes = [proof.index for proof in proofs if proof.index is not None]
    after = log.heads(after=min(indexes)) if indexes else []
    first = next((head for head in after if head.stamp and head.size < newest.size), None)
    return ({FIRST: first} if first else {}) | {NEWEST: newest}


def _growth(log: Log, heads: Sequence[Head], newest: Head | None) -> bytes:
    """Return the proofs that the log of each head grew into the newest."""
    if newest is None:
        return b""
    sizes = sorted({head.size for head in heads if 0 < head.size < newest.size})
    return write_growth((size, newest.size, log.consistency(size, newest.size)) for size in sizes)
