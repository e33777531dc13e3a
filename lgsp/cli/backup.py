"""Commands that keep what must not be lost, and bring it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from lgsp.backup import HEAD, Manifest, Progress, Source, Target, missing, papers_of, restore, take, verify
from lgsp.cli.auditing import faults_of
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.cli.witness import growths
from lgsp.evidence.heads import read_lines
from lgsp.output import AsJson, complaints, rows, told_plainly
from lgsp.store.points import Points

app = typer.Typer(no_args_is_help=True, help="Keep store, blobs and evidence as they are at one moment.")

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="The backup: a folder of its own.")]
Hands = Annotated[int, typer.Option("--jobs", min=1, help="How many tables PostgreSQL's tools copy at once.")]


@app.command("take")
def take_(
    folder: Folder,
    config: Config = DEFAULT_CONFIG,
    *,
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Put private keys and passwords in, too.")] = False,
    jobs: Hands = 2,
    as_json: AsJson = False,
) -> None:
    """Write a backup while the bus works. Exit status 1 when a document that lies apart is missing.

    lgsp backup take /backup/2026-12-01
    """
    with assembled(config) as assembly, _bars() as told:
        source = Source(
            store=Points(assembly.engine),
            blobs=assembly.blobs,
            papers=papers_of(config, assembly.settings.model_dump()),
        )
        manifest = take(folder, source, told, with_keys=with_keys, hands=jobs)
    _end(f"Backup in {folder}", manifest, missing(manifest), as_json=as_json)


@app.command("verify")
def verify_(folder: Folder, *, as_json: AsJson = False) -> None:
    """Compare every file of a backup with its manifest, and restore nothing. Exit status 1 when one is not so.

    lgsp backup verify /backup/2026-12-01
    """
    with told_plainly(), _bars() as told:
        manifest, wrong = verify(folder, lambda done, total: told("digests", done, total))
    _end(f"Backup in {folder}", manifest, wrong, as_json=as_json)


def restore_(folder: Folder, config: Config = DEFAULT_CONFIG, *, jobs: Hands = 2, as_json: AsJson = False) -> None:
    """Make store and blobs out of a backup where there are none, and audit them. Exit status 1 when that finds a fault.

    lgsp restore /backup/2026-12-01
    """
    with assembled(config) as assembly, _bars() as told:
        target = Target(
            store=Points(assembly.engine),
            blobs=assembly.blobs,
            ledger=assembly.ledger,
            brokered=not assembly.settings.transport.url.startswith("embedded:"),
        )
        manifest, again = restore(folder, target, told, hands=jobs)
        faults = faults_of(assembly, lambda done, total: told("evidence", done, total))
        kept = read_lines((folder / HEAD).read_bytes()) if HEAD in manifest.files else []
        grew = all(growth["grew"] for growth in growths(kept, assembly.log))
    more = {"put_out_again": again, "faults": faults, "grew_from_head": grew}
    wrong = [] if not faults and grew else ["The evidence does not hold: run lgsp evidence audit. Chứng cứ không khớp."]
    _end(f"Restored from {folder}", manifest, wrong, as_json=as_json, **more)


def _end(title: str, manifest: Manifest, wrong: list[str], *, as_json: bool, **more: Any) -> None:
    fact = {
        "point": manifest.point,
        "version": manifest.version,
        "store": manifest.store,
        "revision": manifest.revision,
        "documents": manifest.documents,
        "files": len(manifest.files),
        "octets": sum(each["size"] for each in manifest.files.values()),
        "head_size": manifest.head_size,
        "head_root": manifest.head_root,
        "left_out": manifest.left_out,
        "wrong": wrong,
        **more,
    }
    rows(title, list(fact), [fact], as_json=as_json)
    for sentence in wrong:
        complaints.print(sentence, style="red", markup=False, soft_wrap=True)
    if wrong:
        raise typer.Exit(1)


@contextmanager
def _bars() -> Iterator[Progress]:
    """Show on standard error how far each part is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=complaints, transient=True) as bars:
        tasks: dict[str, Any] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=None)
            bars.update(tasks[what], completed=done, total=total or None)

        yield told
