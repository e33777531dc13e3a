"""The last day's reckoning: what senders hold, what the ledger says, what recipients hold, compared.

It asks nothing of the bus's own code: senders and recipients kept their own records, and the ledger is read as rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

#: A delivery that stands here needs nothing more.
SETTLED: Final = ("delivered", "taken", "refused", "failed", "withdrawn")
WAITING: Final = ("accepted", "queued")
HANDED_OVER: Final = ("delivered", "taken")


@dataclass(slots=True, kw_only=True)
class Paper:
    """A document as its sender knows it."""

    name: str
    octets: bytes = field(repr=False)
    #: SHA-256, in hexadecimal.
    digest: str
    sender: str
    recipients: tuple[str, ...]
    #: Every receipt that came, with the dispatch id it names.
    receipts: list[tuple[str, bytes]] = field(default_factory=list)
    #: What the bus said instead, for good.
    refusals: list[str] = field(default_factory=list)
    #: How often it was handed in.
    tries: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A document as the ledger has it."""

    sender: str
    digest: str
    #: SHA-256 of the octets that lie there.
    octets_digest: str
    receipt: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """All records, when nothing moves any more."""

    papers: Sequence[Paper]
    #: Dispatch id -> document.
    dispatches: Mapping[str, Kept]
    #: (dispatch id, recipient) -> status.
    deliveries: Mapping[tuple[str, str], str]
    #: Recipient -> what it holds: (dispatch id, SHA-256 of the octets), a line for each time it stored one.
    holdings: Mapping[str, Sequence[tuple[str, str]]]


def reckon(books: Books) -> list[str]:
    """Return everything that is wrong, a sentence each; empty when nothing was lost, doubled or changed."""
    return [*_senders(books), *_ledger(books), *_balance(books), *_recipients(books)]


def _senders(books: Books) -> Iterator[str]:
    """Every document has one receipt, and every receipt its document."""
    for paper in books.papers:
        if paper.refusals:
            yield f"{paper.name}: refused: {paper.refusals[0]}"
        elif not paper.receipts:
            yield f"{paper.name}: no receipt after {paper.tries} tries"
        elif len(set(paper.receipts)) > 1:
            yield f"{paper.name}: {len(set(paper.receipts))} different receipts"
        for dispatch_id, receipt in set(paper.receipts):
            kept = books.dispatches.get(dispatch_id)
            if kept is None:
                yield f"{paper.name}: has a receipt, and the ledger has no document {dispatch_id}"
            elif kept.receipt != receipt:
                yield f"{paper.name}: the ledger's receipt is another one"
            elif paper.digest not in {kept.digest} & {kept.octets_digest}:
                yield f"{paper.name}: the ledger holds other octets"


def _ledger(books: Books) -> Iterator[str]:
    """Nothing is there that nobody sent, nothing twice."""
    sent = {(paper.sender, paper.digest): paper for paper in books.papers}
    times = Counter((kept.sender, kept.digest) for kept in books.dispatches.values())
    for identity, count in times.items():
        if identity not in sent:
            yield f"nobody sent {identity}"
        elif count > 1:
            yield f"{sent[identity].name}: {count} times in the ledger"
    recipients: dict[str, set[str]] = {dispatch_id: set() for dispatch_id in books.dispatches}
    for dispatch_id, recipient in books.deliveries:
        recipients.setdefault(dispatch_id, set()).add(recipient)
    for dispatch_id, found in recipients.items():
        kept = books.dispatches.get(dispatch_id)
        paper = sent.get((kept.sender, kept.digest)) if kept else None
        if paper is not None and found != set(paper.recipients):
            yield f"{paper.name}: deliveries to {sorted(found)}, addressed to {sorted(paper.recipients)}"


def _balance(books: Books) -> Iterator[str]:
    """Accepted = delivered + taken + refused + failed + waiting, per recipient; and here all is to be handed over."""
    accepted = Counter(recipient for paper in books.papers if paper.receipts for recipient in set(paper.recipients))
    stands: dict[str, Counter[str]] = {recipient: Counter() for recipient in accepted}
    for (_, recipient), status in books.deliveries.items():
        stands.setdefault(recipient, Counter())[status] += 1
    for recipient, counts in sorted(stands.items()):
        known = sum(counts[status] for status in (*SETTLED, *WAITING))
        if known != accepted[recipient]:
            yield f"{recipient}: {accepted[recipient]} accepted for it, {known} accounted for"
        missing = {status: n for status, n in counts.items() if status not in HANDED_OVER}
        if missing:
            yield f"{recipient}: not handed over: {missing}"


def _recipients(books: Books) -> Iterator[str]:
    """Each recipient holds, once and unchanged, exactly what the ledger says it has."""
    handed: dict[str, set[str]] = {recipient: set() for recipient in books.holdings}
    for (dispatch_id, recipient), status in books.deliveries.items():
        if status in HANDED_OVER:
            handed.setdefault(recipient, set()).add(dispatch_id)
    for recipient, expected in sorted(handed.items()):
        holding = books.holdings.get(recipient, ())
        held = {dispatch_id for dispatch_id, _ in holding}
        if lost := expected - held:
            yield f"{recipient}: does not have {len(lost)} documents that count as handed over, e.g. {min(lost)}"
        if invented := held - books.dispatches.keys():
            yield f"{recipient}: holds {len(invented)} documents that the ledger does not know, e.g. {min(invented)}"
        doubles = [digest for digest, times in Counter(digest for _, digest in holding).items() if times > 1]
        if doubles:
            yield f"{recipient}: stored {len(doubles)} documents more than once"
        changed = [i for i, digest in holding if i in books.dispatches and books.dispatches[i].digest != digest]
        if changed:
            yield f"{recipient}: holds {len(changed)} documents with other octets, e.g. {changed[0]}"
