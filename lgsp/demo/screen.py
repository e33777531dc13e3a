"""What the demo shows: a live table to people, a line a change when piped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from rich.live import Live
from rich.text import Text

from lgsp.output import table

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

#: One way: (document, from, to) -> (status of the delivery, business status reported by the recipient).
Ways = dict[tuple[str, str, str], tuple[str, str]]

_COLOURS = {"delivered": "green", "taken": "green", "queued": "yellow", "accepted": "yellow", "refused": "red"}


@dataclass(slots=True)
class Screen:
    """Shows the ways of the documents as they change."""

    console: Console
    _seen: Ways = field(default_factory=dict)
    _live: Live | None = None

    def __enter__(self) -> Self:
        """Start the live table, where somebody is looking."""
        if self.console.is_terminal:
            self._live = Live(console=self.console, refresh_per_second=8)
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the last state standing."""
        if self._live is not None:
            self._live.stop()

    def say(self, sentence: str) -> None:
        """Print one sentence above the table."""
        self.console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    def show(self, ways: Ways) -> None:
        """Show where every delivery stands now."""
        if self._live is not None:
            self._live.update(_table(ways))
        else:
            for (document, sender, recipient), (status, business) in ways.items():
                if self._seen.get((document, sender, recipient)) != (status, business):
                    said = f", recipient says {business}" if business else ""
                    self.say(f"  {document}: {sender} -> {recipient}: {status}{said}")
        self._seen = dict(ways)


def _table(ways: Ways) -> Table:
    cells = [
        (document, sender, recipient, Text(status, _COLOURS.get(status, "")), business)
        for (document, sender, recipient), (status, business) in ways.items()
    ]
    return table("Every document's way", ("document", "from", "to", "delivery", "recipient says"), cells)
