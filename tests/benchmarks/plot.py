"""Figures as pictures: SVG written by hand, of text, rectangles and lines, readable in light and in dark."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.benchmarks.figure import Figure

_COLOURS: Final = ("#4477aa", "#66ccee", "#228833", "#ccbb44", "#ee6677", "#aa3377", "#bbbbbb", "#e69f00", "#009e73")
_WIDTH: Final = 880
_LEFT, _RIGHT, _TOP = 130, 190, 64
_ROW: Final = 34
_STYLE: Final = (
    "<style>text{font:13px system-ui,sans-serif;fill:#333}.faint{fill:#777}.title{font-size:16px;font-weight:600}"
    ".grid{stroke:#8884;stroke-width:1}@media(prefers-color-scheme:dark){text{fill:#ddd}.faint{fill:#999}}</style>"
)


def costs(figures: Mapping[str, Figure], subtitle: str) -> str:
    """Return what a document costs: a bar a measurement, a colour a process, and the throughput at its end."""
    processes = list(dict.fromkeys(name for figure in figures.values() for name in figure.cpu))
    colours = dict(zip(processes, _COLOURS * (1 + len(processes) // len(_COLOURS)), strict=False))
    most = max(sum(figure.costs.values()) for figure in figures.values())
    scale = (_WIDTH - _LEFT - _RIGHT) / most
    height = _TOP + _ROW * len(figures) + 44
    parts = [_text(16, 26, "CPU milliseconds a document, by process", "title"), _text(16, 46, subtitle, "faint")]
    for row, (name, figure) in enumerate(figures.items()):
        parts += _bar(figure, name, _TOP + row * _ROW, scale, colours)
    return _drawing(height, [*parts, *_legend(colours, height - 22)])


def lines(title: str, subtitle: str, series: Mapping[str, Sequence[tuple[float, float]]], unit: str) -> str:
    """Return values over time: a line a name, at its end the name and the last value; both axes begin at nought."""
    high = _round_above(max(value for points in series.values() for _, value in points))
    long = max(at for points in series.values() for at, _ in points) or 1.0
    width, tall = _WIDTH - _LEFT - _RIGHT, 300

    def place(at: float, value: float) -> tuple[float, float]:
        return _LEFT + width * at / long, _TOP + tall * (1 - value / high)

    parts = [_text(16, 26, title, "title"), _text(16, 46, subtitle, "faint")]
    for step in range(5):
        value = high * step / 4
        y = place(0, value)[1]
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + width}" y1="{y:.1f}" y2="{y:.1f}"/>')
        parts.append(_text(_LEFT - 8, y + 4, f"{value:,.0f} {unit}", "faint", "end"))
        parts.append(_text(_LEFT + width * step / 4, _TOP + tall + 20, f"{long * step / 4:.3g} min", "faint", "middle"))
    ends = sorted((place(*points[-1])[1], name) for name, points in series.items())
    below = 0.0
    for number, (y, name) in enumerate(ends):
        points, colour = series[name], _COLOURS[number % len(_COLOURS)]
        path = " ".join(f"{x:.1f},{at:.1f}" for x, at in (place(*point) for point in points))
        parts.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{path}"/>')
        below = max(y + 4, below + 16)
        parts.append(f'<rect x="{_LEFT + width + 8}" y="{below - 10:.1f}" width="11" height="11" fill="{colour}"/>')
        parts.append(_text(_LEFT + width + 26, below, f"{name}, {points[-1][1]:,.0f}", ""))
    return _drawing(_TOP + tall + 40, parts)


def _round_above(value: float) -> float:
    """Return the next number that four lines divide into round ones."""
    size = 10.0 ** floor(log10(max(value, 1)))
    return next(size * step for step in (1, 1.2, 1.6, 2, 2.4, 4, 6, 8, 10, 12) if size * step > value)


def _bar(figure: Figure, name: str, top: int, scale: float, colours: Mapping[str, str]) -> Iterator[str]:
    yield _text(_LEFT - 10, top + 17, name, "", "end")
    left = float(_LEFT)
    for process, cost in figure.costs.items():
        width = cost * scale
        told = f"<title>{escape(process)}: {cost:.2f} ms</title>"
        yield (
            f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_ROW - 10}" fill="{colours[process]}">'
            f"{told}</rect>"
        )
        left += width
    yield _text(left + 8, top + 17, f"{figure.cost:.2f} ms, {figure.rate:,.0f}/s", "")


def _legend(colours: Mapping[str, str], y: int) -> Iterator[str]:
    left = 16
    for name, colour in colours.items():
        yield f'<rect x="{left}" y="{y - 10}" width="11" height="11" fill="{colour}"/>'
        yield _text(left + 16, y, name, "faint")
        left += 34 + 8 * len(name)


def _text(x: float, y: float, said: str, kind: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(said)}</text>'


def _drawing(height: int, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}">'
    return f"{head}\n{_STYLE}\n{inside}\n</svg>\n"
