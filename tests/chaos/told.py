"""A storm told to people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.chaos.reckoning import Books


@dataclass(slots=True, kw_only=True)
class Told:
    """What happened."""

    books: Books
    #: How often each fault struck.
    faults: Counter[str]
    #: What the audit of evidence finds when all is over, a sentence each.
    audit: list[str]
    #: How many leaves and heads the log has.
    log: tuple[int, int]
    seconds: float
    #: Whether everything came to rest.
    quiet: bool

    def lines(self, problems: Sequence[str]) -> Iterator[str]:
        """Yield a report for people."""
        papers, deliveries = self.books.papers, self.books.deliveries
        again = sum(max(paper.tries - 1, 0) for paper in papers)
        bad = sum(1 for paper in papers if paper.bad)
        yield f"documents     {len(papers)} sent ({bad} bad), {again} calls repeated, {len(deliveries)} deliveries"
        yield f"faults        {self.faults.total()} injected"
        for name, times in sorted(self.faults.items()):
            yield f"  {times:5} x {name}"
        stands = Counter(deliveries.values())
        yield f"ledger        {len(self.books.dispatches)} documents; deliveries {_counted(stands)}"
        yield f"recipients    {_counted({code: len(held) for code, held in self.books.holdings.items()})}"
        yield f"evidence      {self.log[0]} leaves, {self.log[1]} heads; {len(self.audit)} faults {self.audit[:3]}"
        yield f"time          {self.seconds:.1f} s{'' if self.quiet else ', and then nothing moved any more'}"
        yield f"verdict       {'nothing lost, nothing doubled, nothing changed' if not problems else 'WRONG'}"
        yield from (f"  {problem}" for problem in problems[:20])


def _counted(numbers: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(numbers.items()))
