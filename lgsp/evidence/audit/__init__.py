"""The audit: everything recomputed from the rows, and every row named that was changed, removed or slipped in.

What it cannot see: a row that is taken out together with its waiting entry before the notary saw it (the sender's
receipt tells of it), and a log that somebody with the bus's key wrote anew as a whole: that is what heads in other
hands are for; the newest head removed before a next one names it; a time stamp taken off, which proves less and
deceives nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.evidence.audit.books import Books, Page
from lgsp.evidence.audit.finding import SENTENCES, Fault, Finding
from lgsp.evidence.audit.heads import judge_heads
from lgsp.evidence.audit.rows import Times, judge_page
from lgsp.evidence.audit.states import judge_states
from lgsp.evidence.audit.tree import judge_tree
from signing import Authorities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lgsp.evidence.audit.heads import Ours
    from lgsp.evidence.heads import Head


def audit(
    books: Books, ours: Ours, done: Callable[[int], object] = lambda _: None, *, times: Authorities | None = None
) -> Iterator[Finding]:
    """Yield every fault. `ours` tells whether a certificate was the bus's; `done` hears how many rows were judged.

    `times` are those whose time stamps on heads are believed; nobody's unless given.
    """
    signed: list[Head] = []
    yield from judge_heads(books, ours, signed, times or Authorities())
    yield from judge_tree(books)
    moments = Times(signed)
    for page in books.pages():
        yield from judge_page(page, moments)
        yield from judge_states(page)
        done(len(page.rows))


__all__ = ["SENTENCES", "Books", "Fault", "Finding", "Page", "audit"]
