"""Rows against the log: every row has its leaf, every leaf its row."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from lgsp.evidence.audit.finding import TOLERANCE, Fault, Finding
from lgsp.evidence.forms import FORMS, Kind
from lgsp.evidence.log import first_with, newest
from lgsp.evidence.rows import as_written, counted, key_of, removal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lgsp.evidence.audit.books import Page
    from lgsp.evidence.heads import Head
    from lgsp.evidence.log import Leaf

    Row = Mapping[str, Any]

_CHANGING: Final = frozenset(kind.value for kind, form in FORMS.items() if form.changes)


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
        rows[kind, key_of(kind, row)].append((kind, row))
    for leaf in page.leaves:
        leaves[leaf.kind, leaf.key].append(leaf)
    for about in sorted(rows.keys() | leaves.keys()):
        judge = _judge_newest if about[0] in _CHANGING else _judge
        for finding in judge(about, rows[about], leaves[about], times):
            if not _put_away(finding, page):
                yield finding


def _put_away(finding: Finding, page: Page) -> bool:
    return finding.fault is Fault.REMOVED and any(number < page.pruned for number in finding.leaves)


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
        yield _removed(about, leaf)


def _judge_newest(
    about: tuple[str, str], rows: list[tuple[Kind, Row]], leaves: list[Leaf], _: Times
) -> Iterator[Finding]:
    """Judge a row that may change: it must be as the newest entry about it says, or gone if that says so."""
    before, last = leaves[:-1], newest(leaves)
    for kind, row in rows:
        if not last:
            yield Finding(fault=Fault.SLIPPED_IN, table=kind, row=row["row"])
        elif _take(kind, row, last[:]) is None:
            earlier = _take(kind, row, before[:])
            detail = "it was so once, and was changed by the bus since" if earlier else ""
            yield Finding(fault=Fault.CHANGED, table=kind, row=row["row"], leaves=_numbers(last[0]), detail=detail)
    if not rows and last[0].digest != removal(Kind(about[0]), about[1])["digest"]:
        yield _removed(about, last[0])


def _removed(about: tuple[str, str], leaf: Leaf) -> Finding:
    detail = f"its canonical bytes had the SHA-256 {leaf.digest}"
    return Finding(fault=Fault.REMOVED, table=about[0], row=about[1], leaves=_numbers(leaf), detail=detail)


def _take(kind: Kind, row: Row, leaves: list[Leaf]) -> Leaf | None:
    written = as_written(kind, row, counted(leaf.digest for leaf in leaves))
    return leaves.pop(first_with(leaves, written[1])) if written else None


def _late(kind: Kind, row: Row, leaf: Leaf, times: Times) -> Iterator[Finding]:
    name = FORMS[kind].at
    head = times.missed_by(leaf) if name else None
    if head is None:
        return
    said = datetime.fromisoformat(row[name]).astimezone(UTC)
    if said + TOLERANCE < head.at:
        detail = f"it says {said.isoformat()}; the head of {head.size} leaves was signed at {head.at.isoformat()}"
        yield Finding(fault=Fault.LATE, table=kind, row=row["row"], leaves=_numbers(leaf), detail=detail)


def _numbers(leaf: Leaf) -> tuple[int, ...]:
    return () if leaf.number is None else (leaf.number,)
