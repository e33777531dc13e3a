"""The command that says of a file what is wrong with it, and what it should have been."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.text import Text as Styled

from lgsp.cli.documents import signing_told
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Language, Text
from lgsp.output import AsJson, complaints, console, for_programs, line, table, told_plainly
from lgsp.validation import Examined, Report, examine
from signing import Authorities

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What is looked for in a folder.
_ENDINGS: Final = frozenset({".edxml", ".xml", ".json", ".jsonc"})
_STDIN: Final = "-"

Paths = Annotated[
    list[str], typer.Argument(help="Envelopes of any variant; folders (with all below them); `-` for standard input.")
]
StrictForm = Annotated[
    bool, typer.Option("--strict-form", help="Print the edXML that a strict emitter would have written, unsigned.")
]
Out = Annotated[
    Path | None, typer.Option(help="With --strict-form: a folder to write into, a file for each that was read.")
]


def validate(
    paths: Paths,
    *,
    strict_form: StrictForm = False,
    out: Out = None,
    authority: Annotated[list[Path] | None, typer.Option(help="Certificate (PEM) of an authority you trust.")] = None,
    vietnamese: Annotated[bool, typer.Option("--vi/--en", help="In Vietnamese, or in English.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say of each file what it is, what is wrong with it, which rule says so, and how to mend it.

    Needs no server and no configuration. Reads on where the bus would stop, so that one answer names everything.
    Exit status 0 when the bus would refuse nothing of any file; 1 when it would; 2 when a file cannot be opened.
    Absent, weak, unverifiable and untrusted signatures are named, and refuse nothing here.

        lgsp validate tests/samples/document_new.edxml

        lgsp validate --vi tests/samples/variants

        lgsp validate --strict-form old.xml > new.edxml
    """
    language: Language = "vi" if vietnamese else "en"
    with told_plainly(language), signing_told(", ".join(map(str, authority or ()))):
        authorities = Authorities.load(authority) if authority else None
        files = list(_files(paths))
        if strict_form and out is None and len(files) > 1:
            raise typer.BadParameter(_SEVERAL.say(language), param_hint="--strict-form")
        if strict_form:
            _write_all(files, out, language, authorities)
            return
        reports = list(_told_all(files, language, authorities, as_json=as_json))
    if len(reports) > 1 and not for_programs(as_json):
        _summary(reports, language)
    if not all(report.ok for _, report in reports):
        raise typer.Exit(1)


def _examined(path: str, authorities: Authorities | None) -> Examined:
    return examine(sys.stdin.buffer.read() if path == _STDIN else Path(path).read_bytes(), authorities)


def _told_all(
    files: list[str], language: Language, authorities: Authorities | None, *, as_json: bool
) -> Iterator[tuple[str, Report]]:
    for path in files:
        report = _examined(path, authorities).report
        _tell(path, report, language, as_json=as_json)
        yield path, report


def _write_all(files: list[str], out: Path | None, language: Language, authorities: Authorities | None) -> None:
    taken = Counter[str]()
    for path in files:
        stem = "stdin" if path == _STDIN else Path(path).stem
        taken[stem] += 1
        name = stem if taken[stem] == 1 else f"{stem}-{taken[stem]}"
        _write(_examined(path, authorities), path, out, name, language)


def _files(paths: list[str]) -> Iterator[str]:
    """Yield each file, and those inside folders in the order of their names. Ends with 2 where there is none."""
    for path in paths:
        place = Path(path)
        if path == _STDIN or place.is_file():
            yield path
        elif place.is_dir():
            yield from sorted(str(one) for one in place.rglob("*") if one.suffix.lower() in _ENDINGS and one.is_file())
        else:
            complaints.print(f"{path}: {_NOTHING.en}\n{path}: {_NOTHING.vi}", style="red", markup=False)
            raise typer.Exit(2)


def _tell(path: str, report: Report, language: Language, *, as_json: bool) -> None:
    if for_programs(as_json):
        line({"file": path, **report.to_json()})
        return
    console.print(Styled(path, style="bold"))
    console.print(report.say(language), style="" if report.ok else "red", markup=False)


def _summary(lines: list[tuple[str, Report]], language: Language) -> None:
    good = sum(report.ok for _, report in lines)
    title = Text(
        f"{len(lines)} files: {good} good, {len(lines) - good} not good",
        f"{len(lines)} tệp: {good} đạt, {len(lines) - good} không đạt",
    )
    cells: list[list[str | Styled]] = [
        [
            Styled("✓", style="green") if report.ok else Styled("✗", style="red"),
            report.variant,
            report.error.code if report.error else "",
            str(len(report.problems) or ""),
            str(len(report.observations) or ""),
            path,
        ]
        for path, report in lines
    ]
    columns = [word.say(language) for word in _COLUMNS]
    console.print(table(title.say(language), columns, cells))


def _write(examined: Examined, path: str, out: Path | None, name: str, language: Language) -> None:
    """Write the strict form; on standard error, that nobody has signed it and what it could not hold."""
    octets = examined.strict_form()
    if octets is None:
        raise Misconfigured(_unreadable(path, examined.report))
    if out is None:
        sys.stdout.buffer.write(octets)
        sys.stdout.buffer.flush()
    else:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{name}.edxml").write_bytes(octets)
    complaints.print(f"{path}: {_UNSIGNED.say(language)}", style="yellow", markup=False, soft_wrap=True)
    for place, number in examined.left_out():
        complaints.print(f"{path}: {_LEFT_OUT.say(language)}: {place} ({number})", style="yellow", markup=False)


def _unreadable(path: str, report: Report) -> Problem:
    first = report.problems[0]
    return Problem(element=path, line=first.line, expected=first.expected, found=first.found, cure=first.cure)


_COLUMNS: Final = (
    Text("good", "đạt"),
    Text("variant", "biến thể"),
    Text("code", "mã lỗi"),
    Text("problems", "lỗi"),
    Text("worth knowing", "nên biết"),
    Text("file", "tệp"),
)
_NOTHING: Final = Text("no such file or folder", "không có tệp hoặc thư mục này")
_SEVERAL: Final = Text("name one file, or a folder with --out", "chỉ định một tệp, hoặc thư mục đích bằng --out")
_UNSIGNED: Final = Text(
    "the strict form carries no signature: check it, have it signed by who may sign, and send that",
    "bản chuẩn không có chữ ký số: hãy kiểm tra lại, trình người có thẩm quyền ký số rồi mới gửi",
)
_LEFT_OUT: Final = Text("left out, edXML has no such element", "đã bỏ vì edXML không có phần tử này")
