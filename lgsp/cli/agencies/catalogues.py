"""Commands that bring whole catalogues in: first what they would change, then, when asked, the change."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lgsp.catalogue import Catalogue, Difference, What, compared, missing, read_table, read_units
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import DIRECT, MAILBOX, State
from lgsp.output import AsJson, complaints, for_programs, line, rows
from lgsp.stages.policy import VIETNAM

if TYPE_CHECKING:
    from lgsp.assembly import Assembly

app = typer.Typer()

Apply = Annotated[bool, typer.Option("--apply", help="Write the difference; without this it is only shown.")]
Everything = Annotated[bool, typer.Option("--all", help="List what is unchanged too.")]


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV table; see config/agencies for its columns.", exists=True)],
    config: Config = DEFAULT_CONFIG,
    *,
    apply: Apply = False,
    all_: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Show what a table of agencies would change, and change it with --apply. Nothing is ever removed.

    lgsp agency import config/agencies/bac-kan.csv --apply
    """
    with assembled(config) as assembly:
        seen, known = _known(assembly)
        differences = compared(known, read_table(file, VIETNAM), datetime.now(UTC))
        _told(differences, all_=all_, as_json=as_json)
        _applied(assembly, differences, seen, apply=apply)


@app.command()
def sync(
    file: Annotated[Path, typer.Argument(help="JSON, as getSynchronizeUnit gives it.", exists=True)],
    config: Config = DEFAULT_CONFIG,
    *,
    apply: Apply = False,
    full: Annotated[bool, typer.Option("--full", help="The list is whole: what it leaves out is told.")] = False,
    close_missing: Annotated[bool, typer.Option("--close-missing", help="And closed.")] = False,
    new: Annotated[
        State, typer.Option(help="State of agencies that are new here: locked until they are connected.")
    ] = State.LOCKED,
    all_: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Show what the national list of units would change, and change it with --apply. Nothing is ever removed.

    lgsp agency sync don-vi.json --full
    """
    with assembled(config) as assembly:
        seen, known = _known(assembly)
        above = {national_id: code for code, (national_id, _) in known.contacts.items() if national_id}
        wishes, version = read_units(file, VIETNAM, above)
        now = datetime.now(UTC)
        differences = compared(known, wishes, now, new=new)
        if full or close_missing:
            differences += missing(known, wishes, now, close=close_missing)
        _told(differences, all_=all_, as_json=as_json)
        if version:
            complaints.print(f"version {version}: ask for what is newer next time", style="dim")
        _applied(assembly, differences, seen, apply=apply)


def _known(assembly: Assembly) -> tuple[int, Catalogue]:
    directory = assembly.directory
    seen = directory.revision()
    return seen, Catalogue(
        agencies={agency.code: agency for agency in directory.agencies()},
        aliases={alias.code: alias.agency for alias in directory.aliases()},
        groups=frozenset(group.code for group in directory.groups()),
        tenures_of=directory.tenures,
        contacts=directory.contacts(),
    )


def _told(differences: list[Difference], *, all_: bool, as_json: bool) -> None:
    listed = [each for each in differences if all_ or each.what is not What.UNCHANGED]
    if for_programs(as_json):
        for each in listed:
            line(_fact(each))
    else:
        shown = [{**_fact(each), "changes": _sentence(each)} for each in listed]
        rows("Differences", ("what", "place", "code", "name", "changes"), shown, as_json=False)
    counts = Counter(each.what for each in differences)
    summary = ", ".join(f"{counts[what]} {what}" for what in What)
    complaints.print(summary, style="yellow" if counts[What.DOUBTFUL] else "dim")


def _fact(each: Difference) -> dict[str, object]:
    fact: dict[str, object] = {"what": each.what, "place": each.place, "code": each.code, "name": each.name}
    fact["changes"] = {name: {"was": was, "becomes": becomes} for name, (was, becomes) in each.changes.items()}
    if each.reason is not None:
        fact |= {"reason": each.reason.en, "reason_vi": each.reason.vi}
    return fact


def _sentence(each: Difference) -> list[str]:
    if each.reason is not None:
        return [each.reason.en, each.reason.vi]
    return [f"{name}: {was or '–'} → {becomes or '–'}" for name, (was, becomes) in each.changes.items()]


def _applied(assembly: Assembly, differences: list[Difference], seen: int, *, apply: bool) -> None:
    entries = [each.entry for each in differences if each.entry is not None]
    if not apply:
        if entries:
            complaints.print("Nothing is written yet: --apply does it. Chưa ghi gì: thêm --apply để áp dụng.")
        return
    for entry in entries:
        if entry.tenures and entry.tenures[-1].state is State.ACTIVE:
            if entry.agency.adapter not in {MAILBOX, DIRECT}:
                assembly.adapter(entry.agency).close()  # an entry that cannot work is refused here, not at a delivery
            assembly.provide(entry.agency)
    assembly.directory.apply(entries, seen=seen)
