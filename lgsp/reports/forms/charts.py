"""Charts as SVG inside the page: no script, no network. Each stands beside a table that says the same."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from lgsp.model.text import Text
from lgsp.reports.forms.wording import say, shown
from lgsp.reports.page import Chart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from lgsp.model.text import Language
    from lgsp.reports.page import Section, Value

#: Told apart on paper without colour too, and by people who see colours otherwise.
COLOURS: Final = ("#1f4e79", "#d9a520", "#7fa6cf", "#b0432f", "#4d7c5a", "#9a9a9a")
_WIDTH: Final = 680
_LABEL: Final = 214
_ROW: Final = 26
_HEIGHT: Final = 170
#: A share that is too small to bear its number inside.
_NARROW: Final = 46
_LONGEST: Final = 30
_CHART: Final = Text("Chart", "Biểu đồ")


def chart(section: Section, language: Language) -> str:
    """Return a section's chart; empty for one without."""
    drawn = {Chart.BARS: _bars, Chart.SHARES: _shares, Chart.DAYS: _days}.get(section.chart)
    if drawn is None or not section.rows:
        return ""
    height, marks = drawn(section, language)
    title = f"{say(_CHART, language)}: {say(section.title, language)}"
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="chart-{section.name}">'
        f'<title id="chart-{section.name}">{escape(title)}</title>{"".join(marks)}</svg>'
    )


def _bars(section: Section, language: Language) -> tuple[int, list[str]]:
    place = _first_count(section)
    amounts = [_count(row[place]) for row in section.rows]
    most = max(1, *amounts)
    room = _WIDTH - _LABEL - 80
    marks = []
    for number, (row, amount) in enumerate(zip(section.rows, amounts, strict=True)):
        top = number * _ROW
        width = max(1.5, room * amount / most) if amount else 0
        marks += [
            _label(row[0], top, language),
            f'<rect x="{_LABEL}" y="{top + 5}" width="{width:.1f}" height="{_ROW - 10}" fill="{COLOURS[0]}"/>',
            _text(_LABEL + width + 6, top + 17, shown(amount, language)),
        ]
    return len(amounts) * _ROW + 4, marks


def _shares(section: Section, language: Language) -> tuple[int, list[str]]:
    names = [column.name for column in section.columns]
    places = [names.index(name) for name in section.parts]
    used = [place for place in places if any(_count(row[place]) for row in section.rows)]
    marks = list(_legend([say(section.columns[place].title, language) for place in used]))
    room = _WIDTH - _LABEL - 4
    for number, row in enumerate(section.rows, 1):
        top, left = number * _ROW + 4, float(_LABEL)
        whole = sum(_count(row[place]) for place in used)
        marks.append(_label(row[0], top, language))
        for colour, place in enumerate(used):
            share = _count(row[place]) / whole if whole else 0.0
            width = room * share
            if not width:
                continue
            fill = COLOURS[colour % len(COLOURS)]
            marks.append(
                f'<rect x="{left:.1f}" y="{top + 3}" width="{width:.1f}" height="{_ROW - 7}" '
                f'fill="{fill}" stroke="#fff"/>'
            )
            if width > _NARROW:
                ink = "#222" if fill in COLOURS[1:3] else "#fff"
                marks.append(_text(left + width / 2, top + 17, shown(share, language), anchor="middle", ink=ink))
            left += width
    return (len(section.rows) + 1) * _ROW + 8, marks


def _days(section: Section, language: Language) -> tuple[int, list[str]]:
    place = _first_count(section)
    amounts = [_count(row[place]) for row in section.rows]
    most = max(1, *amounts)
    left, room = 52, _WIDTH - 56
    step = room / len(amounts)
    marks = [
        f'<line x1="{left}" x2="{_WIDTH}" y1="{_height(share)}" y2="{_height(share)}" stroke="#ccc"/>'
        + _text(left - 6, _height(share) + 4, shown(round(most * share), language), anchor="end", ink="#555")
        for share in (0, 0.5, 1)
    ]
    for number, (row, amount) in enumerate(zip(section.rows, amounts, strict=True)):
        top = _height(amount / most)
        at = left + number * step
        marks.append(
            f'<rect x="{at:.2f}" y="{top}" width="{max(step - 0.8, 0.7):.2f}" height="{_height(0) - top:.1f}" '
            f'fill="{COLOURS[0]}"/>'
        )
        if number in {0, len(amounts) // 2, len(amounts) - 1}:
            anchor = "start" if number == 0 else "end" if number == len(amounts) - 1 else "middle"
            edge = at + (step if anchor == "end" else 0)
            marks.append(_text(edge, _HEIGHT + 18, shown(row[0], language), anchor=anchor, ink="#555"))
    return _HEIGHT + 26, marks


def _height(share: float) -> float:
    return round(_HEIGHT - (_HEIGHT - 14) * share, 1)


def _legend(titles: Sequence[str]) -> Iterator[str]:
    left = float(_LABEL)
    for colour, title in enumerate(titles):
        yield f'<rect x="{left}" y="6" width="12" height="12" fill="{COLOURS[colour % len(COLOURS)]}"/>'
        yield _text(left + 17, 16, title)
        left += 34 + 6.6 * len(title)


def _label(value: Value, top: float, language: Language) -> str:
    words = shown(value, language)
    words = words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"
    return _text(_LABEL - 8, top + 17, words, anchor="end")


def _text(left: float, top: float, words: str, *, anchor: str = "start", ink: str = "#222") -> str:
    return f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}" fill="{ink}">{escape(words)}</text>'


def _first_count(section: Section) -> int:
    return next(place for place, value in enumerate(section.rows[0]) if isinstance(value, int))


def _count(value: Value) -> int:
    return value if isinstance(value, int) else 0
