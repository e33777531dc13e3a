"""The command that holds the store against the evidence log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lgsp.assembly import Assembly
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.evidence.audit import SENTENCES, Finding
from lgsp.evidence.audit import audit as audited
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.output import AsJson, complaints, console, for_programs, line
from lgsp.store.books import open_books
from signing import Authorities


def audit(
    config: Config = DEFAULT_CONFIG,
    *,
    certificate: Annotated[
        list[Path] | None, typer.Option(help="Certificate (PEM) of a former key of the bus that is kept no more.")
    ] = None,
    time_authority: Annotated[
        list[Path] | None, typer.Option(help="Certificate (PEM) of a former time authority that is configured no more.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute everything from the rows: name what was changed, removed or slipped in. Exit status 1 then.

    lgsp evidence audit
    """
    programs, faults = for_programs(as_json), 0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with assembled(config) as assembly:
        ours, times = _ours(assembly, certificate or []), _times(assembly, time_authority or [])
        with open_books(assembly.engine) as books, Progress(*columns, console=complaints, transient=True) as progress:
            count = books.count()
            task = progress.add_task("rows", total=count)
            for finding in audited(books, ours, lambda judged: progress.advance(task, judged), times=times):
                faults += 1
                line(finding.facts()) if programs else _show(finding)
    if programs:
        line({"rows": count, "faults": faults})
    else:
        said = f"{count:,} rows, {faults:,} faults. {count:,} dòng, {faults:,} lỗi."
        console.print(said, style="red" if faults else "green", highlight=False)
    if faults:
        raise typer.Exit(1)


def faults_of(assembly: Assembly, told: Callable[[int, int], None]) -> int:
    """Return how many faults an audit finds; `told` how many of how many rows were judged."""
    judged = 0

    def count(more: int) -> None:
        nonlocal judged
        told(judged := judged + more, rows)

    with open_books(assembly.engine) as books:
        rows = books.count()
        return sum(1 for _ in audited(books, _ours(assembly, []), count, times=_times(assembly, [])))


def _times(assembly: Assembly, files: list[Path]) -> Authorities:
    return Authorities([*_named(files), *_configured(assembly.time_authorities)])


def _show(finding: Finding) -> None:
    said = SENTENCES[finding.fault]
    leaves = f" (leaf {', '.join(map(str, finding.leaves))})" if finding.leaves else ""
    console.print(f"{finding.table} {finding.row}{leaves} {said.en}. {said.vi}.", style="red", markup=False)
    if finding.detail:
        console.print(f"  {finding.detail}", markup=False)


def _ours(assembly: Assembly, files: list[Path]) -> Callable[[x509.Certificate, datetime], bool]:
    """Return what tells the bus's certificates: those of its keys, and those that the one who audits names."""
    known = {key.certificate for key in assembly.keychain.seal.all_keys()}
    known.update(_named(files))
    return lambda signer, _: signer in known


def _configured(authorities: Authorities) -> list[x509.Certificate]:
    return [one for anchor in authorities.anchors for one in anchor.certificates]


def _named(files: list[Path]) -> list[x509.Certificate]:
    found: list[x509.Certificate] = []
    for file in files:
        try:
            found += x509.load_pem_x509_certificates(file.read_bytes())
        except (OSError, ValueError) as error:
            expected = Text("certificates (PEM)", "chứng thư số (PEM)")
            raise Misconfigured(Problem(element=str(file), expected=expected, found=str(error)[:200])) from None
    return found
