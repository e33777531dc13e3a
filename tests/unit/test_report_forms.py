from __future__ import annotations

import csv
import io
import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from lxml import html

from lgsp.model.errors import Misconfigured
from lgsp.model.text import Text
from lgsp.reports.cells import Counted
from lgsp.reports.forms import as_csv, as_html, as_json, as_xlsx
from lgsp.reports.forms.wording import period, shown
from lgsp.reports.making import agency_report, province_report
from lgsp.reports.postal import Declared, read_declared
from lgsp.store.tables.reports import AGENCY_FIGURES
from lgsp.store.tallies import AgencyDay, Delivered, Document, Dossier, Lag, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from lgsp.reports.page import Report
    from lgsp.store.tallies import Cell, Facts

MADE = datetime(2020, 9, 24, 1, 0, tzinfo=UTC)
NAMES = {"000.00.11.H03": "Sở Thông tin & Truyền thông", "000.20.31.H03": '=cmd|"/C calc"!A1'}
POST = [Declared(office="Bưu điện tỉnh", items=36862, received=16941, returned=19741)]


class Counts:
    """What reports read, made from facts in memory."""

    def __init__(self, *facts: Facts, waiting: int = 0) -> None:
        rules = Counted(targets={1: 30})
        self.cells: Counter[Cell] = sum((rules.count(one) for one in facts), Counter())
        self._waiting = waiting

    def totals(self, book: str, since: str = "", until: str = "") -> Counter[tuple[str, ...]]:
        return sum(self.daily(book, since, until).values(), Counter())

    def daily(self, book: str, since: str = "", until: str = "") -> dict[str, Counter[tuple[str, ...]]]:
        found: dict[str, Counter[tuple[str, ...]]] = {}
        for cell, amount in sorted(self.cells.items()):
            if cell.book == book and not cell.agency and since <= cell.day <= (until or "9999"):
                found.setdefault(cell.day, Counter())[tuple(cell.facets.split("|"))] += amount
        return found

    def agencies(self, since: str = "", until: str = "", only: str = "") -> list[AgencyDay]:
        found: dict[tuple[str, str], dict[str, int]] = {}
        for cell, amount in self.cells.items():
            if cell.agency and only in {"", cell.agency} and since <= cell.day <= (until or "9999"):
                found.setdefault((cell.agency, cell.facets), dict.fromkeys(AGENCY_FIGURES, 0))[cell.book] += amount
        return [
            AgencyDay._make((code, *facets.split("|"), figures)) for (code, facets), figures in sorted(found.items())
        ]

    def days_of(self, agency: str, since: str = "", until: str = "") -> dict[str, dict[str, int]]:
        days: dict[str, dict[str, int]] = {}
        for cell, amount in self.cells.items():
            if cell.agency == agency and since <= cell.day <= (until or "9999"):
                days.setdefault(cell.day, dict.fromkeys(AGENCY_FIGURES, 0))[cell.book] += amount
        return days

    def lag(self) -> Lag:
        return Lag(leaves=0, entries=self._waiting)


def a_fact(**changes: Any) -> Document:
    to = Delivered("000.20.31.H03", "commune", "government", "taken", "03", 1500, 3_600_000)
    given: dict[str, Any] = {
        "day": "2020-09-01",
        "sender": "000.00.11.H03",
        "level": "province",
        "bloc": "government",
        "verdict": "valid",
        "admission": "accept",
        "paper": "",
        "business": 0,
        "priority": 0,
        "deliveries": (to,),
    }
    return Document(**given | changes)


FACTS: tuple[Facts, ...] = (
    *(a_fact() for _ in range(1199)),
    a_fact(day="2020-09-02", paper="list", priority=1),
    a_fact(day="2020-09-02", level="commune", sender="000.20.31.H03", verdict="absent", admission="for-information"),
    a_fact(admission="hold"),
    Refused((("2020-09-01", "000.00.11.H03", "LGSP-1300"),)),
    Dossier("2020-09-01", "000.00.11.H03", "province", "government", 3, 9, "2020-09-03", "2020-09-02", late=False),
)


def a_report(**changes: Any) -> Report:
    given: dict[str, Any] = {"since": "2020-01-01", "until": "2020-09-23", "names": NAMES, "postal": POST, "at": MADE}
    return province_report(Counts(*FACTS), **given | changes)


def test_a_document_that_is_held_is_in_no_figure() -> None:
    assert {figure.name: figure.value for figure in a_report().figures} == {
        "documents": 1201,
        "sent": 1201,
        "received": 1201,
        "internal": 1201,
        "outgoing": 0,
        "incoming": 0,
        "signed": 1200,
        "electronic": 1200,
        "paper": 1,
    }


def test_a_workbook_says_the_same_as_the_report_to_another_reader() -> None:
    report = a_report()
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx(report, "vi")))
    assert book.sheetnames[:2] == ["Tổng hợp", "Theo cấp của nơi gửi"]
    summary = book["Tổng hợp"]
    assert [summary.cell(row, 2).value for row in range(6, 6 + len(report.figures))] == [
        f.value for f in report.figures
    ]
    sheet, section = book["Theo cơ quan, đơn vị"], report.section("by_agency")
    for row, values in enumerate(section.rows, 4):
        for place, value in enumerate(values, 1):
            cell = sheet.cell(row, place)
            assert cell.value == (value.vi if isinstance(value, Text) else value)
            assert cell.data_type != "f", "an agency's name is no formula"
    assert sheet.cell(4, 5).number_format == "#,##0"


def test_csv_says_the_same_as_the_report_and_runs_nothing() -> None:
    section = a_report().section("by_agency")
    written = as_csv(section, "vi")
    assert written.startswith("\ufeff")
    head, *lines = csv.reader(io.StringIO(written.removeprefix("\ufeff")))
    assert head[:4] == ["Mã định danh", "Tên cơ quan", "Cấp", "Khối"]
    assert [line[4] for line in lines] == [str(value) for value in section.column("sent")]
    assert [line[1] for line in lines] == ["Sở Thông tin & Truyền thông", '\'=cmd|"/C calc"!A1']


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_page_has_no_script_and_asks_nothing_of_the_network(language: Any) -> None:
    page = as_html(a_report(), language)
    assert not re.search(r"<script|https?://|url\(|@import|\son\w+=|src=|href=", page)
    read = html.document_fromstring(page.encode())
    assert read.get("lang") == language
    drawings = read.findall(".//svg")
    assert drawings
    assert all(drawing.get("role") == "img" and drawing.findtext("title") for drawing in drawings)
    assert len(read.findall(".//table")) == len(a_report().sections)
    assert all(
        table.find("caption") is not None and table.findall(".//th[@scope]") for table in read.findall(".//table")
    )


def test_the_page_groups_numbers_as_vietnamese_do() -> None:
    page = html.document_fromstring(as_html(a_report(), "vi").encode())
    assert page.findtext(".//h1") == "Báo cáo gửi, nhận văn bản điện tử trên địa bàn tỉnh"
    assert page.find_class("period")[0].text == "Từ 01/01/2020 đến 23/09/2020"
    assert [dd.text for dd in page.findall(".//dd")][:2] == ["1.201", "1.201"]
    assert "99,9 %" in page.text_content()
    assert "Căn cứ Điều 11, Điều 15 Quyết định số 28/2018/QĐ-TTg" in page.text_content()


@pytest.mark.parametrize(
    ("value", "vi", "en"),
    [(1478927, "1.478.927", "1,478,927"), (0.8012, "80,1 %", "80.1 %"), (None, "–", "–"), (0, "0", "0")],
)
def test_numbers_are_written_in_the_readers_language(value: Any, vi: str, en: str) -> None:
    assert (shown(value, "vi"), shown(value, "en")) == (vi, en)


def test_a_report_without_an_end_ends_on_the_day_it_was_made() -> None:
    assert period(a_report(until=""), "vi") == "từ 01/01/2020 đến 24/09/2020"


def test_what_the_post_cannot_explain_is_shown() -> None:
    section = a_report().section("postal")
    assert section.rows[-1][1:] == (36862, 16941, 19741, 180)
    assert "180" in section.notes[0].vi
    assert "180" in as_html(a_report(), "vi")


@pytest.mark.parametrize("written", ["office,items\nA,1\n", "office,items,received,returned\nA,1,-1,0\n", "\0"])
def test_a_file_of_the_post_that_is_wrong_is_refused_with_its_line(tmp_path: Path, written: str) -> None:
    file = tmp_path / "post.csv"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"post\.csv"):
        read_declared(file)


def test_what_is_not_counted_yet_is_told() -> None:
    report = province_report(Counts(*FACTS, waiting=7), names={}, at=MADE)
    assert "Còn 7 mục" in report.notes[0].vi


def test_json_holds_every_section_by_name() -> None:
    found = as_json(a_report(), "vi")
    assert found["figures"]["signed"] == {"value": 1200, "share": 1200 / 1201}
    assert [row["amount"] for row in found["sections"]["refusals"]["rows"]] == [1]
    assert set(found["sections"]) >= {"by_level", "by_bloc", "ways", "by_day", "times", "urgent", "dossiers", "postal"}


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2020-09-01", "2020-09-30", {"TongTiepNhan": 1, "TiepNhanBCCI": 1, "DaXuLyDungHan": 1}),
        ("2020-09-02", "2020-09-30", {"TongTiepNhan": 1, "TiepNhanKyTruoc": 1, "DaXuLyDungHan": 1}),
        ("2020-09-01", "2020-09-01", {"TongTiepNhan": 1, "TiepNhanBCCI": 1, "DangXuLyTrongHan": 1}),
        ("2020-09-03", "2020-09-30", {}),
    ],
)
def test_a_dossier_is_carried_over_until_it_ends(since: str, until: str, expected: dict[str, int]) -> None:
    section = a_report(since=since, until=until).section("indicators")
    assert {name: amount for name, _, amount in section.rows if amount} == expected


def test_an_agencys_own_report_names_no_other() -> None:
    made = agency_report(Counts(*FACTS), "000.20.31.H03", "UBND xã Mẫu", at=MADE)
    assert {figure.name: figure.value for figure in made.figures}["received"] == 1201
    written = as_html(made, "vi") + str(as_json(made, "en"))
    assert "000.00.11.H03" not in written
    assert "UBND xã Mẫu" in written
