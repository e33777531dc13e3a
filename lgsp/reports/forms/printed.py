"""A page to print on A4, or to read on a screen: one file, without script and without anything from elsewhere."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from lgsp.model.text import Text
from lgsp.reports.forms.charts import chart
from lgsp.reports.forms.wording import moment, period, say, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.model.text import Language
    from lgsp.reports.page import Figure, Report, Section, Value

_MADE: Final = Text("Made by the bus at", "Số liệu do trục liên thông tự động tổng hợp lúc")
_RULES: Final = Text(
    "Decision 28/2018/QĐ-TTg, Articles 11 and 15: statistics on sending and receiving are taken automatically.",
    "Căn cứ Điều 11, Điều 15 Quyết định số 28/2018/QĐ-TTg ngày 12/7/2018 của Thủ tướng Chính phủ: "
    "số liệu gửi, nhận văn bản điện tử được thống kê tự động.",
)
_FIGURES: Final = Text("Main figures", "Số liệu chính")
_APPENDIX: Final = Text("Appendix", "Phụ lục")
#: Longer words may be broken into lines.
_LINE: Final = 22


def as_html(report: Report, language: Language) -> str:
    """Return a report as one HTML file."""
    main = [section for section in report.sections if not section.appendix]
    after = [section for section in report.sections if section.appendix]
    title = say(report.title, language)
    body = [
        f"<header><h1>{escape(title)}</h1>",
        f'<p class="about">{escape(report.about)}</p>' if report.about else "",
        f'<p class="period">{escape(_sentence(period(report, language)))}</p></header>',
        *(f'<p class="warning">{escape(say(note, language))}</p>' for note in report.notes),
        _heads(report.figures, language),
        _day_chart(after, language),
        *(_section(section, f"{number}. ", language) for number, section in enumerate(main, 1)),
        *(
            _section(section, f"{say(_APPENDIX, language)} {number}. ", language)
            for number, section in enumerate(after, 1)
        ),
        f"<footer><p>{escape(say(_RULES, language))}</p>",
        f"<p>{escape(say(_MADE, language))} {escape(moment(report.made, language))}.</p></footer>",
    ]
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><meta name="viewport" content="width=device-width">'
    return f'<!doctype html><html lang="{language}"><head>{head}<style>{_style()}</style></head><body>' + "".join(
        [*body, "</body></html>\n"]
    )


@cache
def _style() -> str:
    return files("lgsp.reports.forms").joinpath("printed.css").read_text(encoding="utf-8")


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _heads(figures: Sequence[Figure], language: Language) -> str:
    cards = []
    for figure in figures:
        of = f" {say(figure.of, language)}" if figure.of else ""
        share = f'<span class="share">{shown(figure.share, language)}{escape(of)}</span>' if figure.share else ""
        name, value = escape(say(figure.title, language)), shown(figure.value, language)
        cards.append(f"<div><dt>{name}</dt><dd>{value}{share}</dd></div>")
    return (
        f'<section aria-label="{escape(say(_FIGURES, language))}"><dl class="figures">{"".join(cards)}</dl></section>'
    )


def _day_chart(appendices: Sequence[Section], language: Language) -> str:
    """Draw the days at the front; their table is an appendix."""
    days = next((section for section in appendices if section.name == "by_day"), None)
    if days is None:
        return ""
    heading = Text("Documents day by day", "Số văn bản từng ngày")
    return f"<section><h2>{say(heading, language)}</h2>{chart(days, language)}</section>"


def _section(section: Section, number: str, language: Language) -> str:
    drawn = "" if section.appendix else chart(section, language)
    notes = "".join(f'<p class="note">{escape(say(note, language))}</p>' for note in section.notes)
    kind = ' class="appendix"' if section.appendix else ""
    heading = escape(number + say(section.title, language))
    return f"<section{kind}><h2>{heading}</h2>{drawn}{_table(section, language)}{notes}</section>"


def _table(section: Section, language: Language) -> str:
    names = [column.name for column in section.columns]
    places = [names.index(name) for name in section.printed] if section.printed else range(len(names))
    rows = [[row[place] for place in places] for row in section.rows]
    numeric = [any(isinstance(row[n], (int, float)) for row in rows) for n in range(len(places))]
    titles = [escape(_sentence(say(section.columns[place].title, language))) for place in places]
    heads = "".join(
        f'<th scope="col"{" class=n" if number else ""}>{head}</th>'
        for number, head in zip(numeric, titles, strict=True)
    )
    body = "".join(f"<tr{_kind(row)}>{_cells(row, numeric, language)}</tr>" for row in rows)
    caption = escape(say(section.title, language))
    return f"<table><caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _kind(row: Sequence[Value]) -> str:
    return " class=total" if isinstance(row[0], Text) and row[0].en == "Total" else ""


def _cells(row: Sequence[Value], numeric: Sequence[bool], language: Language) -> str:
    first, *others = row
    cells = [f'<th scope="row"{_long(shown(first, language))}>{escape(shown(first, language))}</th>']
    for number, value in zip(numeric[1:], others, strict=True):
        words = shown(value, language)
        cells.append(f"<td{' class=n' if number else _long(words)}>{escape(words)}</td>")
    return "".join(cells)


def _long(words: str) -> str:
    """Let only long words be broken into lines: short ones are names of things."""
    return " class=long" if len(words) > _LINE else ""
