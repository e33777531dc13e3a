"""The command that makes a province and lets it work."""

from __future__ import annotations

import resource
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn, track

from lgsp import telemetry
from lgsp.calendar import calendar_of
from lgsp.output import AsJson, complaints, rows, told_plainly
from lgsp.settings import CalendarSection
from lgsp.simulate.folder import configured, founded, postal
from lgsp.simulate.plan import Plan
from lgsp.simulate.replay import cores, replay
from lgsp.simulate.running import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from lgsp.simulate.running import Done
    from lgsp.simulate.units import Unit

simulate = typer.Typer(no_args_is_help=True, help="A province that never was, for trying and for showing.")

#: Envelopes to a document: itself, its statuses, and its part of dossiers. Only the progress bar rests on it.
_ENVELOPES: Final = 5.4


@simulate.callback()
def _simulations() -> None:
    """Group the simulations."""


@simulate.command()
def province(
    folder: Annotated[
        Path, typer.Option(help="Where it is made; run it again there to go on with the same keys.")
    ] = Path("var/province"),
    *,
    scale: Annotated[float, typer.Option(min=0.00001, max=10, help="1: 1.478.927 documents.")] = 0.01,
    seed: Annotated[int, typer.Option(help="The same seed makes the same documents.")] = 7,
    store: Annotated[str, typer.Option(help="The store's URL; SQLite in the folder unless told otherwise.")] = (
        "sqlite:///lgsp.db"
    ),
    documents_only: Annotated[
        bool, typer.Option("--replay", help="The documents alone, as fast as all cores take them in and deliver them.")
    ] = False,
    processes: Annotated[int, typer.Option(min=1, help="How many work side by side at --replay.")] = cores(),
    as_json: AsJson = False,
) -> None:
    """Make 621 bodies in three blocs and let them work from 1 January to 23 September 2020, through the real walks.

    Every document, status and dossier is written, signed, examined, routed, sealed, carried and answered by the code
    of a bus that runs; the clock is the plan's. Documents have no attachments.

        lgsp simulate province --scale 0.001

        lgsp simulate province --replay --scale 1 --store postgresql:///province

        lgsp report --config var/province/lgsp.toml
    """
    with told_plainly():
        folder.mkdir(parents=True, exist_ok=True)
        config = configured(folder.resolve(), store)
        (folder / "postal.csv").write_text("\n".join(postal(scale)) + "\n", encoding="utf-8")
        telemetry.configure("error", "json")
        plan = Plan(scale, seed, calendar_of(CalendarSection()))
        bus = founded(config, plan.bodies, _told_of_bodies)
        try:
            work = (
                partial(replay, bus, plan, config, processes)
                if documents_only
                else partial(run, bus, plan, folder.resolve())
            )
            done = _watched(work, round(plan.documents * (1 if documents_only else _ENVELOPES)))
        finally:
            bus.close()
    rows("The province has worked", list(_facts(done)), [_facts(done)], as_json=as_json)


def _watched(work: Callable[[Callable[[datetime, int], None]], Done], envelopes: int) -> Done:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=complaints, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("", total=envelopes)

        def told(at: datetime, handed_in: int) -> None:
            progress.update(task, advance=handed_in, description=f"{at:%d/%m/%Y}")

        return work(told)


def _told_of_bodies(bodies: Iterable[Unit]) -> Iterable[Unit]:
    return track(list(bodies), "Keys", console=complaints, transient=True, disable=not sys.stderr.isatty())


def _facts(done: Done) -> dict[str, object]:
    envelopes = done.documents + done.statuses + done.messages + done.refused.total()
    return {
        "documents": done.documents,
        "statuses": done.statuses,
        "messages": done.messages,
        "refused": dict(done.refused),
        "deliveries": done.deliveries,
        "seconds": round(done.seconds, 1),
        "cpu_seconds": round(done.cpu_seconds, 1),
        "envelopes_a_second": round(envelopes / done.seconds, 1) if done.seconds else None,
        "memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "digest": done.digest,
    }
