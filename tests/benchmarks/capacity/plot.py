"""A plot as SVG, drawn by hand: how long documents take by how many come."""

from __future__ import annotations

from math import log10
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH, _HEIGHT, _LEFT, _TOP, _ROOM = 680, 320, 60, 30, 40
_COLOURS: Final = ("#1f4e79", "#b0432f")
_NAMES: Final = ("half are there", "99 of 100 are there")


def plot(points: Sequence[tuple[float, float, float]], title: str) -> str:
    """Return the plot of seconds over documents a second; seconds on a scale of powers of ten."""
    most = max(rate for rate, *_ in points)
    low = min(value for _, *values in points for value in values)
    high = max(value for _, *values in points for value in values)
    floor, ceiling = _power(low), _power(high) + 1

    def across(rate: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _ROOM) * rate / most

    def up(seconds: float) -> float:
        return _HEIGHT - _ROOM - (_HEIGHT - _ROOM - _TOP) * (log10(seconds) - floor) / (ceiling - floor)

    marks = [_text(_LEFT, 18, title, "start")]
    for power in range(floor, ceiling + 1):
        height = up(10.0**power)
        marks += [
            _line(_LEFT, height, _WIDTH - _ROOM, height, "#dddddd"),
            _text(_LEFT - 6, height + 4, f"{10.0**power:g} s", "end"),
        ]
    for rate, *_ in points[1::2]:
        marks.append(_text(across(rate), _HEIGHT - _ROOM + 18, f"{rate:,.0f}", "middle"))
    marks.append(_text(_WIDTH - _ROOM, _HEIGHT - 6, "documents a second", "end"))
    for number, (colour, name) in enumerate(zip(_COLOURS, _NAMES, strict=True)):
        path = " ".join(f"{across(rate):.1f},{up(values[number]):.1f}" for rate, *values in points)
        marks.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        marks.append(_text(_LEFT + 12, _TOP + 16 + 16 * number, name, "start", colour))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif"'
        f' font-size="12">\n<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>\n'
        + "\n".join(marks)
        + "\n</svg>\n"
    )


def _power(value: float) -> int:
    return int(log10(value) // 1)


def _line(x: float, y: float, to_x: float, to_y: float, colour: str) -> str:
    return f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, words: str, anchor: str, colour: str = "#333333") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{words}</text>'
