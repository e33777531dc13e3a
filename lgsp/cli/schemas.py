"""Commands about schemas: which are in force, what changes with a new version, and whom that would hit."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.output import AsJson, console, for_programs, rows, told_plainly
from lgsp.stages.schema import Schemas
from lgsp.stages.schema.comparison import Effect, compare
from lgsp.stages.schema.registry import FILE, Registry, read_version

if TYPE_CHECKING:
    from lgsp.stages.schema import SchemaVersion

app = typer.Typer(no_args_is_help=True, help="Schemas: which are in force, what a new version changes, whom it hits.")

_VIETNAM = timedelta(hours=7)
_EFFECTS = {Effect.BREAKS: "breaks / phá vỡ", Effect.ALLOWS: "allows / nới ra", Effect.DOUBTFUL: "look / cần xem"}


@app.command(name="list")
def list_(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """List every version with the days in which it is in force, and its digest, which is kept with each document.

    lgsp schemas list
    """
    with assembled(config) as assembly:
        section, today = assembly.settings.schemas, (datetime.now(UTC) + _VIETNAM).date()
        facts = [_fact(version, section.shadow, today) for version in assembly.registry.versions]
        rows("Schemas", ["schema", "state", "since", "until", "describes", "title", "digest"], facts, as_json=as_json)


@app.command()
def diff(
    older: Annotated[str, typer.Argument(help="Id of a version, or a folder.")],
    newer: Annotated[str, typer.Argument(help="Id of a version, or a folder.")],
    config: Config = DEFAULT_CONFIG,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what changed between two versions, and what of it breaks those who write as before.

    Exit status 1 when something breaks.

    lgsp schemas diff edxml-qcvn102-2016 ./edxml-qcvn102-2026
    """
    with told_plainly():
        changes = compare(_found(older, config), _found(newer, config))
    facts = [
        {
            "element": change.element,
            "effect": change.effect.value,
            "what": change.what.en,
            "what_vi": change.what.vi,
            "before": change.before,
            "after": change.after,
        }
        for change in changes
    ]
    if not for_programs(as_json):
        for fact, change in zip(facts, changes, strict=True):
            fact["effect"], fact["what"] = _EFFECTS[change.effect], f"{change.what.en}\n{change.what.vi}"
    rows(f"From {older} to {newer}", ["element", "effect", "what", "before", "after"], facts, as_json=as_json)
    breaks = sum(change.effect is Effect.BREAKS for change in changes)
    if not for_programs(as_json):
        console.print(f"{len(changes)} changes, {breaks} break / {len(changes)} thay đổi, {breaks} gây lỗi")
    if breaks:
        raise typer.Exit(1)


@app.command()
def check(folder: Annotated[Path, typer.Argument(help="The folder of one schema.", exists=True)]) -> None:
    """Check a schema's folder before the configuration names it: it compiles, and takes nothing from outside.

    lgsp schemas check ./birth-registration-1
    """
    with told_plainly():
        version = read_version(folder)
        Schemas(Registry((*Registry.load().versions, version)))
    console.print(f"{version.id}: usable / dùng được\n{version.digest}")


@app.command()
def shadow(
    config: Config = DEFAULT_CONFIG,
    schema: Annotated[str | None, typer.Argument(help="Id of a version; none: how far each has come.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what versions in the shadow would have refused of what was accepted since they were named.

    lgsp schemas shadow edxml-qcvn102-2026
    """
    with assembled(config) as assembly:
        tallies = [one for one in assembly.shadows.tallies() if schema in {None, one.schema.partition("@")[0]}]
        facts = [
            {"schema": one.schema, "judged": one.judged, "would_refuse": one.objected, "since": one.began.isoformat()}
            for one in tallies
        ]
        rows("In the shadow", ["schema", "judged", "would_refuse", "since"], facts, as_json=as_json)
        if schema is None:
            return
        grouped = [vars_of(group) for one in tallies for group in assembly.shadows.grouped(one.schema)]
        columns = ["sender", "element", "documents", "text_vi", "text_en", "example"]
        rows("Would have been refused", columns, grouped, as_json=as_json)


def vars_of(group: Any) -> dict[str, Any]:
    """Return a value's fields by name."""
    return {name: getattr(group, name) for name in group.__dataclass_fields__}


def _found(name: str, config: Path) -> SchemaVersion:
    folder = Path(name)
    if (folder / FILE).is_file():
        return read_version(folder)
    with assembled(config) as assembly:
        return assembly.registry.get(name)


def _fact(version: SchemaVersion, shadow: tuple[str, ...], today: date) -> dict[str, Any]:
    described = [*version.envelopes, *([version.payload.namespace] if version.payload else [])]
    return {
        "schema": version.id,
        "state": _state(version, shadow, today),
        "since": version.since,
        "until": version.until,
        "describes": described,
        "title": version.title.vi,
        "digest": version.digest,
    }


def _state(version: SchemaVersion, shadow: tuple[str, ...], today: date) -> str:
    if version.id in shadow:
        return "shadow"
    if version.holds(today):
        return "in force"
    return "ended" if version.until is not None and version.until <= today else "to come"
