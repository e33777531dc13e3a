"""A report as values: sections of rows, before it takes a form."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from lgsp.model.text import Text

#: What stands in a row: a word in both languages, one that needs none, a count, a share from 0 to 1, or nothing.
Value: TypeAlias = "Text | str | int | float | None"


class Chart(StrEnum):
    """How a section is drawn beside its table."""

    NONE = "none"
    BARS = "bars"  # one bar a row: the first count
    SHARES = "shares"  # one bar a row, cut into the parts that `Section.parts` names
    DAYS = "days"  # one column a day: the first count


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    name: str
    title: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One table of a report."""

    name: str
    title: Text
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    chart: Chart = Chart.NONE
    #: Names of the columns that are parts of one whole.
    parts: tuple[str, ...] = ()
    #: What a reader must know of it.
    notes: tuple[Text, ...] = ()
    #: Names of the columns that a page of A4 has room for; empty: all.
    printed: tuple[str, ...] = ()
    #: Whether it stands after all others, on pages of its own.
    appendix: bool = False

    def column(self, name: str) -> list[Value]:
        """Return the values of a column."""
        place = [column.name for column in self.columns].index(name)
        return [row[place] for row in self.rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure that stands at the head of a report."""

    name: str
    title: Text
    value: int
    #: Of what it is a share, and the share; None: of nothing.
    share: float | None = None
    of: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is handed out."""

    title: Text
    #: Vietnam's days, `yyyy-MM-dd`; empty: without end.
    since: str
    until: str
    made: datetime
    #: Whose it is: a body's code and name; empty for the province's.
    about: str = ""
    figures: tuple[Figure, ...]
    sections: tuple[Section, ...]
    #: What a reader must know of the whole, such as what is not counted yet.
    notes: tuple[Text, ...] = field(default=())

    def section(self, name: str) -> Section:
        """Return a section."""
        return next(section for section in self.sections if section.name == name)
