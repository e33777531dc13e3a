"""The command that tells what was exchanged."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lgsp.assembly import Assembly
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import AgencyCode
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Language, Text
from lgsp.output import complaints, console, line, table
from lgsp.reports.forms import as_csv, as_html, as_json, as_xlsx
from lgsp.reports.forms.wording import period, say, shown
from lgsp.reports.making import agency_report, province_report
from lgsp.reports.page import Report, Section
from lgsp.reports.postal import read_declared


class Form(StrEnum):
    """The forms of a report."""

    TABLE = "table"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    HTML = "html"


class Tongue(StrEnum):
    """The languages of a report."""

    VI = "vi"
    EN = "en"


class By(StrEnum):
    """What tables and CSV are split by; the other forms hold everything."""

    LEVEL = "level"
    BLOC = "bloc"
    AGENCY = "agency"
    DAY = "day"


def report(
    config: Config = DEFAULT_CONFIG,
    *,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d", "%d/%m/%Y"], help="The first day, of Vietnam.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d", "%d/%m/%Y"], help="The last day, included.")
    ] = None,
    by: Annotated[By, typer.Option(help="What table and CSV are split by; other forms hold everything.")] = By.LEVEL,
    agency: Annotated[str, typer.Option(metavar="CODE", help="One agency's own report, and nothing of others.")] = "",
    language: Annotated[Tongue, typer.Option(help="Vietnamese or English.")] = Tongue.VI,
    form: Annotated[Form | None, typer.Option(help="A table in a terminal, JSON when piped.")] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write; standard output when left out.")] = None,
    postal: Annotated[Path | None, typer.Option(help="What the post declares, as CSV.", exists=True)] = None,
    recount: Annotated[bool, typer.Option("--recount", help="Count all raw rows anew and compare.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --form json.")] = False,
) -> None:
    """Tell what was sent, received, signed, on paper too, delivered, taken and finished, and when.

    The figures are kept as documents pass; what is not counted yet is counted first.

        lgsp report --from 2020-01-01 --to 2020-09-23

        lgsp report --form html --out bao-cao.html
    """
    with assembled(config) as assembly:
        assembly.counting.catch_up()
        if recount:
            _recount(assembly)
            return
        days = _day(since), _day(until)
        made = _own(assembly, agency, days) if agency else _of_province(assembly, postal, days)
        _hand_out(made, _section(made, by), Form.JSON if as_json else _form(form), language.value, out)


def _of_province(assembly: Assembly, postal: Path | None, days: tuple[str, str]) -> Report:
    declared = postal or assembly.settings.reports.postal_file
    names: dict[str, str] = {one.code: one.name for one in assembly.directory.agencies()}
    items = read_declared(declared) if declared else ()
    return province_report(assembly.tallies, since=days[0], until=days[1], names=names, postal=items)


def _own(assembly: Assembly, code: str, days: tuple[str, str]) -> Report:
    found = assembly.directory.find(AgencyCode(code))
    if found is None:
        expected = Text("the code of a registered agency", "mã của một cơ quan đã đăng ký")
        cure = Text("see: lgsp agency list", "xem: lgsp agency list")
        raise Misconfigured(Problem(element="--agency", expected=expected, found=code, cure=cure))
    return agency_report(assembly.tallies, found.code, found.name, since=days[0], until=days[1])


def _recount(assembly: Assembly) -> None:
    """Compare the figures that are kept with a count of every row."""
    found = assembly.counting.recount()
    facts = [{**one.cell._asdict(), "kept": one.kept, "recounted": one.recounted} for one in found]
    for fact in facts:
        line(fact)
    if found:
        waiting = sum(assembly.tallies.lag())
        words = f"{len(found)} figures differ. {len(found)} số liệu không khớp."
        busy = f" The bus is at work: {waiting} entries are not counted yet." if waiting else ""
        complaints.print(words + busy, style="red")
        raise typer.Exit(1)
    complaints.print("Every figure equals a recount. Mọi số liệu khớp với kết quả đếm lại.", style="green")


def _hand_out(made: Report, section: Section | None, form: Form, language: Language, out: Path | None) -> None:
    match form:
        case Form.TABLE:
            _print(made, section, language)
        case Form.JSON if out is None:
            line(as_json(made, language))
        case _:
            _write(_octets(made, section, form, language), out)


def _octets(made: Report, section: Section | None, form: Form, language: Language) -> bytes:
    import orjson  # noqa: PLC0415 - one form alone needs it

    match form:
        case Form.CSV:
            return (as_csv(section, language) if section else "").encode()
        case Form.XLSX:
            return as_xlsx(made, language)
        case Form.JSON:
            return orjson.dumps(as_json(made, language), option=orjson.OPT_APPEND_NEWLINE)
        case _:
            return as_html(made, language).encode()


def _write(octets: bytes, out: Path | None) -> None:
    if out is not None:
        out.write_bytes(octets)
    elif sys.stdout.isatty() and octets[:2] == b"PK":
        expected = Text("a file for the workbook", "tệp để ghi bảng tính")
        raise Misconfigured(Problem(element="--out", expected=expected))
    else:
        sys.stdout.buffer.write(octets)
        sys.stdout.buffer.flush()


def _print(made: Report, section: Section | None, language: Language) -> None:
    console.print(f"[bold]{say(made.title, language)}[/]", highlight=False)
    console.print(", ".join(filter(None, (made.about, period(made, language)))), markup=False, highlight=False)
    heads = [
        (
            say(each.title, language),
            shown(each.value, language),
            "" if each.share is None else shown(each.share, language),
        )
        for each in made.figures
    ]
    console.print(table("", ("", "", " "), heads))
    if section is not None:
        titles = [say(column.title, language) for column in section.columns]
        cells = [[shown(value, language) for value in row] for row in section.rows]
        console.print(table(say(section.title, language), titles, cells))
    for note in made.notes:
        complaints.print(say(note, language), style="yellow", markup=False)


def _section(made: Report, by: By) -> Section | None:
    return next((section for section in made.sections if section.name == f"by_{by}"), None)


def _form(asked: Form | None) -> Form:
    return asked or (Form.TABLE if sys.stdout.isatty() else Form.JSON)


def _day(given: datetime | None) -> str:
    return given.date().isoformat() if given else ""
