"""What the post declares: a CSV file, since the bus carries dossiers and the post carries the items."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

COLUMNS: Final = ("office", "items", "received", "returned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One post office in the period of the file."""

    office: str
    #: All items, as the post counts them.
    items: int
    #: Dossiers received from citizens.
    received: int
    #: Results returned to citizens.
    returned: int

    @property
    def remainder(self) -> int:
        """What the parts leave unexplained of the total; less than 0 where they are more than it."""
        return self.items - self.received - self.returned


def read_declared(path: Path) -> list[Declared]:
    """Read a CSV file with the columns office, items, received, returned. Raises Misconfigured naming the line."""
    number = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = []
            reader = csv.DictReader(file)
            _require_columns(reader.fieldnames or ())
            for number, row in enumerate(reader, 2):  # noqa: B007  # told when a line is wrong
                found.append(_declared(row))
            return found
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        expected = Text(
            f"CSV with the columns {', '.join(COLUMNS)}; whole numbers, none below 0",
            f"tệp CSV có các cột {', '.join(COLUMNS)}; số nguyên không âm",
        )
        problem = Problem(element=f"{path}:{number}", expected=expected, found=str(error))
        raise Misconfigured(problem) from error


def _require_columns(found: Sequence[str]) -> None:
    if not set(COLUMNS) <= set(found):
        raise ValueError(",".join(found))


def _declared(row: dict[str, str]) -> Declared:
    items, received, returned = (_number(row[name]) for name in COLUMNS[1:])
    return Declared(office=row["office"].strip(), items=items, received=received, returned=returned)


def _number(written: str) -> int:
    number = int(written.strip())
    if number < 0:
        raise ValueError(written)
    return number
