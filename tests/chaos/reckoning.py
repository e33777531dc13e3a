"""The last day's reckoning: what senders hold, what the ledger says, what recipients hold, compared.

For each recipient: accepted = delivered + refused + failed + withdrawn + waiting. No receipt without a document, no
document changed, none twice, none behind the door that was refused at it.

It asks nothing of the bus's own code: senders and recipients kept their own records, and the ledger is read as rows.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

#: A delivery that stands here needs nothing more.
SETTLED: Final = ("delivered", "taken", "refused", "failed", "withdrawn")
WAITING: Final = ("accepted", "queued")
HANDED_OVER: Final = ("delivered", "taken")
#: One that failed may have arrived all the same: its recipient never said so.
NEVER_HANDED_OVER: Final = ("refused", "withdrawn")


@dataclass(slots=True, kw_only=True)
class Paper:
    """A document as its sender knows it."""

    name: str
    #: What is handed in; forgotten once it is answered.
    octets: bytes = field(repr=False)
    #: SHA-256, in hexadecimal.
    digest: str
    sender: str
    recipients: tuple[str, ...]
    #: Whether it is to be refused: its signature does not fit.
    bad: bool = False
    #: SHA-256 of every receipt that came, with the dispatch id it names.
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
    #: SHA-256 of it.
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
    #: Recipients whose system says no to all, and those whose system never answers.
    refusing: Collection[str] = ()
    away: Collection[str] = ()


def reckon(books: Books) -> list[str]:
    """Return everything that is wrong, a sentence each; empty when nothing was lost, doubled or changed."""
    return [*_senders(books), *_ledger(books), *_balance(books), *_recipients(books)]


def _senders(books: Books) -> Iterator[str]:
    """Every good document has one receipt, every receipt its document, and every bad document a refusal."""
    for paper in books.papers:
        if paper.bad and (paper.receipts or not paper.refusals):
            yield f"{paper.name}: is bad, and has {len(paper.receipts)} receipts, {len(paper.refusals)} refusals"
        if paper.bad:
            continue
        if paper.refusals:
            yield f"{paper.name}: refused: {paper.refusals[0]}"
        elif not paper.receipts:
            yield f"{paper.name}: no receipt after {paper.tries} tries"
        elif len(set(paper.receipts)) > 1:
            yield f"{paper.name}: {len(set(paper.receipts))} different receipts"
        yield from _receipts(paper, books)


def _receipts(paper: Paper, books: Books) -> Iterator[str]:
    """Every receipt is the ledger's, and the ledger holds what was sent."""
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
    sent = {(paper.sender, paper.digest): paper for paper in books.papers if not paper.bad}
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
    """Accepted = delivered + refused + failed + withdrawn + waiting, per recipient; and each stands where it should."""
    accepted = Counter(recipient for paper in books.papers if paper.receipts for recipient in set(paper.recipients))
    stands: dict[str, Counter[str]] = {recipient: Counter() for recipient in accepted}
    for (_, recipient), status in books.deliveries.items():
        stands.setdefault(recipient, Counter())[status] += 1
    for recipient, counts in sorted(stands.items()):
        known = sum(counts[status] for status in (*SETTLED, *WAITING))
        if known != accepted[recipient]:
            yield f"{recipient}: {accepted[recipient]} accepted for it, {known} accounted for"
        wrong = {status: n for status, n in counts.items() if status not in _expected(books, recipient)}
        if wrong:
            yield f"{recipient}: not where it should be: {wrong}"


def _expected(books: Books, recipient: str) -> Collection[str]:
    """Return how deliveries to a recipient may stand in the end."""
    if recipient in books.refusing:
        return ("refused",)
    if recipient in books.away:
        return ("failed", *WAITING)
    return HANDED_OVER


def _recipients(books: Books) -> Iterator[str]:
    """Each recipient holds, once and unchanged, exactly what the ledger says it has."""
    handed: dict[str, set[str]] = {recipient: set() for recipient in books.holdings}
    never: dict[str, set[str]] = {recipient: set() for recipient in books.holdings}
    for (dispatch_id, recipient), status in books.deliveries.items():
        if status in HANDED_OVER:
            handed.setdefault(recipient, set()).add(dispatch_id)
        elif status in NEVER_HANDED_OVER:
            never.setdefault(recipient, set()).add(dispatch_id)
    for recipient, expected in sorted(handed.items()):
        holding = books.holdings.get(recipient, ())
        held = {dispatch_id for dispatch_id, _ in holding}
        if lost := expected - held:
            yield f"{recipient}: does not have {len(lost)} documents that count as handed over, e.g. {min(lost)}"
        if withheld := held & never.get(recipient, set()):
            yield f"{recipient}: holds {len(withheld)} documents that it refused or that were withdrawn"
        if invented := held - books.dispatches.keys():
            yield f"{recipient}: holds {len(invented)} documents that the ledger does not know, e.g. {min(invented)}"
        doubles = [digest for digest, times in Counter(digest for _, digest in holding).items() if times > 1]
        if doubles:
            yield f"{recipient}: stored {len(doubles)} documents more than once"
        changed = [i for i, digest in holding if i in books.dispatches and books.dispatches[i].digest != digest]
        if changed:
            yield f"{recipient}: holds {len(changed)} documents with other octets, e.g. {changed[0]}"
