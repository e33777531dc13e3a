"""A workbook: the figures on the first sheet, then a sheet a section, with Excel's own charts."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import xlsxwriter

from lgsp.model.text import Text
from lgsp.reports.forms.wording import moment, period, plain, say
from lgsp.reports.page import Chart

if TYPE_CHECKING:
    from lgsp.model.text import Language
    from lgsp.reports.page import Report, Section

_SUMMARY: Final = Text("Summary", "Tổng hợp")
_HEADS: Final = (Text("Figure", "Chỉ tiêu"), Text("Amount", "Số lượng"), Text("Share", "Tỷ lệ"))
_NAVY: Final = "#1F4E79"
_COLOURS: Final = ("#1F4E79", "#C9A227", "#7A9CC6", "#B04A3A", "#4D7C5A", "#8C8C8C")
_WIDEST: Final = 48
_SHEET_NAME: Final = 31


class _Looks(NamedTuple):
    """How cells look. Grouping follows the reader's own Excel: a dot where that is set to Vietnamese."""

    title: Any
    head: Any
    word: Any
    number: Any
    share: Any
    note: Any


def as_xlsx(report: Report, language: Language) -> bytes:
    """Return a report as an XLSX workbook. Nothing in it is a formula or a link."""
    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, options) as book:
        book.set_properties({"title": say(report.title, language), "created": report.made.replace(tzinfo=None)})
        looks = _looks(book)
        _summary(book, looks, report, language)
        for section in report.sections:
            _sheet(book, looks, section, language)
    return held.getvalue()


def _looks(book: Any) -> _Looks:
    plain_font = {"font_name": "Times New Roman", "font_size": 12}
    head = {"bold": True, "font_color": "white", "bg_color": _NAVY, "text_wrap": True, "valign": "vcenter", "border": 1}
    return _Looks(
        title=book.add_format({**plain_font, "font_size": 16, "bold": True, "font_color": _NAVY}),
        head=book.add_format({**plain_font, **head}),
        word=book.add_format({**plain_font, "border": 1}),
        number=book.add_format({**plain_font, "border": 1, "num_format": "#,##0"}),
        share=book.add_format({**plain_font, "border": 1, "num_format": "0.0%"}),
        note=book.add_format({**plain_font, "italic": True}),
    )


def _summary(book: Any, looks: _Looks, report: Report, language: Language) -> None:
    sheet = book.add_worksheet(say(_SUMMARY, language))
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 2, 16)
    sheet.write_string(0, 0, say(report.title, language), looks.title)
    sheet.write_string(1, 0, ", ".join(filter(None, (report.about, period(report, language)))), looks.note)
    sheet.write_string(2, 0, moment(report.made, language), looks.note)
    sheet.write_row(4, 0, [say(head, language) for head in _HEADS], looks.head)
    for row, figure in enumerate(report.figures, 5):
        sheet.write_string(row, 0, say(figure.title, language), looks.word)
        sheet.write_number(row, 1, figure.value, looks.number)
        if figure.share is None:
            sheet.write_blank(row, 2, None, looks.share)
        else:
            sheet.write_number(row, 2, figure.share, looks.share)
    for row, note in enumerate(report.notes, 6 + len(report.figures)):
        sheet.write_string(row, 0, say(note, language), looks.note)
    _for_paper(sheet, 0)


def _sheet(book: Any, looks: _Looks, section: Section, language: Language) -> None:
    sheet = book.add_worksheet(say(section.title, language).replace("/", "-")[:_SHEET_NAME])
    sheet.write_string(0, 0, say(section.title, language), looks.title)
    heads = [say(column.title, language) for column in section.columns]
    sheet.write_row(2, 0, heads, looks.head)
    widths = [max(10, min(len(head), 16)) for head in heads]
    for row, values in enumerate(section.rows, 3):
        for place, value in enumerate(values):
            written = plain(value, language)
            if isinstance(written, str):
                widths[place] = max(widths[place], min(len(written) + 2, _WIDEST))
                sheet.write_string(row, place, written, looks.word)
            elif written is None:
                sheet.write_blank(row, place, None, looks.word)
            else:
                sheet.write_number(row, place, written, looks.share if isinstance(value, float) else looks.number)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    last = 2 + len(section.rows)
    sheet.autofilter(2, 0, last, len(heads) - 1)
    sheet.freeze_panes(3, 1)
    for row, note in enumerate(section.notes, last + 2):
        sheet.write_string(row, 0, say(note, language), looks.note)
    if section.chart is not Chart.NONE:
        sheet.insert_chart(last + 3 + len(section.notes), 0, _chart(book, sheet.get_name(), section, language))
    _for_paper(sheet, 2)


def _chart(book: Any, sheet: str, section: Section, language: Language) -> Any:
    kind = {
        Chart.BARS: {"type": "bar"},
        Chart.DAYS: {"type": "column"},
        Chart.SHARES: {"type": "bar", "subtype": "percent_stacked"},
    }[section.chart]
    chart = book.add_chart(kind)
    names = [column.name for column in section.columns]
    first = next(place for place, value in enumerate(section.rows[0]) if isinstance(value, int))
    for number, place in enumerate(map(names.index, section.parts) if section.parts else (first,)):
        chart.add_series(
            {
                "name": [sheet, 2, place],
                "categories": [sheet, 3, 0, 2 + len(section.rows), 0],
                "values": [sheet, 3, place, 2 + len(section.rows), place],
                "fill": {"color": _COLOURS[number % len(_COLOURS)]},
            }
        )
    chart.set_title({"name": say(section.title, language), "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"} if section.parts else {"none": True})
    if section.chart is not Chart.DAYS:
        chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 860, "height": 120 + 30 * min(len(section.rows), 12)})
    return chart


def _for_paper(sheet: Any, heading: int) -> None:
    """Lay a sheet out for A4, its headings on every page."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(heading)
    sheet.set_footer("&C&P / &N")
