"""What an audit reads, all of one moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from lgsp.evidence.forms import Kind
    from lgsp.evidence.log import Leaf
    from lgsp.evidence.tiles import Tile


class Page(NamedTuple):
    """All rows about some dispatches, or refusals, or all other rows, and all that the log knows about the same."""

    #: As `rows` wants them, `row` beside the columns: how people name it.
    rows: Sequence[tuple[Kind, Mapping[str, Any]]]
    #: Leaves and waiting entries, in their order.
    leaves: Sequence[Leaf]
    #: Where deliveries stand.
    deliveries: Sequence[Mapping[str, Any]] = ()
    #: Rows whose leaves have numbers below this may have been put away.
    pruned: int = 0


class Books(Protocol):
    """A view of the store at one moment."""

    def pages(self) -> Iterator[Page]:
        """Yield all rows that evidence speaks of, and all leaves and entries; what belongs together in one page."""

    def leaves(self) -> Iterator[Leaf]:
        """Yield the leaves by their numbers."""

    def tiers(self) -> Collection[int]:
        """Return the tiers that there are tiles of."""

    def tier(self, tier: int) -> Iterator[tuple[int, bytes]]:
        """Yield the tiles of a tier by their numbers."""

    def tiles(self, wanted: Collection[Tile]) -> Mapping[Tile, bytes]:
        """Return the contents of tiles; those that do not exist are left out."""

    def heads(self) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of heads by their sizes, unread."""
