"""Writing the evidence of one document, from what the ledger and the log hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.container.contents import CONSISTENCY, COVER, FIRST, NEWEST, RECEIPT, SEAL, body_of
from lgsp.container.knowledge import gathered, signers
from lgsp.container.lines import write_growth, write_lines
from lgsp.container.log import head_files
from lgsp.container.zipped import pack
from signing import cover, enclose, lengthen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Protocol

    from cryptography import x509

    from lgsp.container.knowledge import Word
    from lgsp.evidence import Head, Proof
    from lgsp.model.envelope import Kind
    from signing import SigningKey

    class Held(Protocol):
        """A document as the ledger keeps it."""

        @property
        def dispatch_id(self) -> str:
            """The bus's identifier."""

        @property
        def kind(self) -> Kind:
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

        def proof_of(self, id: str) -> list[Proof]:  # noqa: A002  # the word of the CLI
            """Return a proof for every row about a dispatch."""

        def heads(self, after: int = 0) -> list[Head]:
            """Return heads of more than `after` leaves, the smallest first."""

        def consistency(self, old: int, new: int) -> list[bytes]:
            """Return the proof that the log of `new` leaves grew out of that of `old`."""


def export(
    held: Held,
    log: Log,
    key: SigningKey,
    at: datetime,
    *,
    kept: Sequence[Head] = (),
    issuers: Sequence[x509.Certificate] = (),
    words: Sequence[Word] = (),
    stamp: bytes = b"",
) -> Iterator[bytes]:
    """Yield the container of a document, signed at the time `at`.

    `kept` are heads of witnesses, who are shown that the log has only grown since. Of `issuers` (authorities, and those
    between) and `words` (what is known about revocation) goes along what concerns the signers. `stamp` is a time stamp
    of the seal: a token of RFC 3161 over `signing.stamped_octets`.

    The same document, log, key and time give the same files; ECDSA signs them differently each time, RSA does not.
    """
    lasting = gathered([*signers(held.octets, held.receipt, at), key.certificate], issuers, words)
    carries = stamp or any(lasting.values())
    seal = lengthen(held.seal, stamp=stamp or None, **lasting) if carries else held.seal
    files = evidence(held, log, kept) | {SEAL: enclose(seal)}
    return pack(files | {COVER: cover(files, key, at)})


def evidence(held: Held, log: Log, kept: Sequence[Head] = ()) -> dict[str, bytes]:
    """Return the files that speak for a document, before anybody signs for them."""
    proofs = log.proof_of(held.dispatch_id)
    heads = _heads(log, proofs)
    body = {body_of(held.kind): held.octets} if held.octets else {}
    files = body | {SEAL: enclose(held.seal), RECEIPT: held.receipt} | write_lines(proofs)
    for name, head in heads.items():
        files |= head_files(name, head)
    growth = _growth(log, [*heads.values(), *kept], heads.get(NEWEST))
    return files | ({CONSISTENCY: growth} if growth else {})


def _heads(log: Log, proofs: Sequence[Proof]) -> Mapping[str, Head]:
    """Return the newest head, and before it the first with a time stamp that holds the acceptance."""
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
