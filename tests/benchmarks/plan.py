"""What is measured: which way carries how many documents of which form."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from lgsp.model.agency import MAILBOX
from tests.benchmarks.papers import Form
from tests.benchmarks.ways import the_bus, yardstick

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from tests.benchmarks.figure import Figure
    from tests.benchmarks.ground import Ground
    from tests.benchmarks.ways import Way

_FULL: Final = 200_000
_LEAST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way with documents of one form."""

    name: str
    way: Callable[[Ground], AbstractContextManager[Way]]
    form: Form = Form()  # noqa: RUF009 - frozen
    #: How many of the run's documents.
    share: float = 1.0
    by_soap: bool = False
    #: Whether documents are uploaded before, and what is measured begins with their digests.
    by_claim: bool = False
    #: Whether it takes turns with others, because its ratio to them is what counts.
    repeated: bool = False
    #: Whether delays are measured too.
    delayed: bool = False
    #: Whether a full run takes all of its documents this way.
    sustained: bool = False

    def measured(self, documents: int, *, full: bool) -> int:
        """Return how many documents to measure."""
        return _FULL if full and self.sustained else max(_LEAST, int(documents * self.share))

    def warm(self, documents: int) -> int:
        """Return how many go before."""
        return max(_LEAST, int(documents * self.share)) // 4


_straight = partial(yardstick, module="straight", what="straight line")
_naive = partial(yardstick, module="naive", what="naive form")
_50_KB: Final = Form(kilobytes=50)

CASES: Final = (
    Case(name="straight 3 KB", way=_straight, repeated=True, delayed=True),
    Case(name="bus 3 KB", way=the_bus, repeated=True, delayed=True, sustained=True),
    Case(name="bus x1 3 KB", way=partial(the_bus, intakes=1), share=0.5),
    Case(name="mailboxes 3 KB", way=partial(the_bus, adapter=MAILBOX), repeated=True),
    Case(name="naive 3 KB", way=_naive, share=0.06),
    Case(name="soap 3 KB", way=the_bus, by_soap=True, share=0.5),
    Case(name="straight 50 KB", way=_straight, form=_50_KB, share=0.25),
    Case(name="bus 50 KB", way=the_bus, form=_50_KB, share=0.25),
    Case(name="bus 1 MB", way=the_bus, form=Form(kilobytes=1000), share=0.05, by_claim=True),
)


def middle(figures: Sequence[Figure]) -> Figure:
    """Return the one with as many faster as slower ones."""
    return sorted(figures, key=lambda figure: figure.rate)[len(figures) // 2]
