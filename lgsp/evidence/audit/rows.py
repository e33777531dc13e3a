"""Rows against the log: every row has its leaf, every leaf its row."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from lgsp.evidence.audit.finding import Fault, Finding
from lgsp.evidence.rows import ABOUT, Kind, as_written, counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lgsp.evidence.audit.books import Page
    from lgsp.evidence.heads import Head
    from lgsp.evidence.log import Leaf

    Row = Mapping[str, Any]

#: A row is entered in the commit that writes it, and bears the time at which its work began. More than this between
#: that time and a head that does not know the row is not how the bus works.
TOLERANCE: Final = timedelta(minutes=10)
_TIMES: Final = {Kind.DISPATCH: "accepted", Kind.HISTORY: "at", Kind.REFUSAL: "at"}


class Times:
    """When heads were signed that do not know a leaf."""

    def __init__(self, heads: Sequence[Head]) -> None:
        """`heads`: those that the bus signed, the smallest first."""
        self._sizes = [head.size for head in heads]
        self._heads = heads

    def missed_by(self, leaf: Leaf) -> Head | None:
        """Return the last head that does not know a leaf; an entry that waits is known to none."""
        at = len(self._sizes) if leaf.number is None else bisect_right(self._sizes, leaf.number)
        return self._heads[at - 1] if at else None


def judge_page(page: Page, times: Times) -> Iterator[Finding]:
    """Yield what is wrong with the rows of a page."""
    rows: dict[tuple[str, str], list[tuple[Kind, Row]]] = defaultdict(list)
    leaves: dict[tuple[str, str], list[Leaf]] = defaultdict(list)
    for kind, row in page.rows:
        rows[kind, row[ABOUT[kind]]].append((kind, row))
    for leaf in page.leaves:
        leaves[leaf.kind, leaf.key].append(leaf)
    for about in sorted(rows.keys() | leaves.keys()):
        yield from _judge(about, rows[about], leaves[about], times)
    for kind, row in page.rows:
        if kind is Kind.DISPATCH and row["octets"] != row["digest"]:
            detail = f"the digest of its octets is {row['octets']}"
            yield Finding(fault=Fault.CHANGED, table=kind, row=row["row"], detail=detail)


def _judge(about: tuple[str, str], rows: list[tuple[Kind, Row]], leaves: list[Leaf], times: Times) -> Iterator[Finding]:
    strange: list[tuple[Kind, Row]] = []
    for kind, row in rows:
        leaf = _take(kind, row, leaves)
        if leaf is None:
            strange.append((kind, row))
        else:
            yield from _late(kind, row, leaf, times)
    for (kind, row), leaf in zip(strange, leaves, strict=False):
        yield Finding(fault=Fault.CHANGED, table=kind, row=row["row"], leaves=_numbers(leaf))
    for kind, row in strange[len(leaves) :]:
        yield Finding(fault=Fault.SLIPPED_IN, table=kind, row=row["row"])
    for leaf in leaves[len(strange) :]:
        detail = f"its canonical bytes had the SHA-256 {leaf.digest}"
        yield Finding(fault=Fault.REMOVED, table=about[0], row=about[1], leaves=_numbers(leaf), detail=detail)


def _take(kind: Kind, row: Row, leaves: list[Leaf]) -> Leaf | None:
    written = as_written(kind, row, counted(leaf.digest for leaf in leaves))
    if written is None:
        return None
    return leaves.pop(next(at for at, leaf in enumerate(leaves) if leaf.digest == written[1]))


def _late(kind: Kind, row: Row, leaf: Leaf, times: Times) -> Iterator[Finding]:
    head = times.missed_by(leaf) if kind in _TIMES else None
    if head is None:
        return
    said = datetime.fromisoformat(row[_TIMES[kind]]).astimezone(UTC)
    if said + TOLERANCE < head.at:
        detail = f"it says {said.isoformat()}; the head of {head.size} leaves was signed at {head.at.isoformat()}"
        yield Finding(fault=Fault.LATE, table=kind, row=row["row"], leaves=_numbers(leaf), detail=detail)


def _numbers(leaf: Leaf) -> tuple[int, ...]:
    return () if leaf.number is None else (leaf.number,)
