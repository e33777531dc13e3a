"""Evidence in one file: write it on the bus, judge it anywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lgsp.assembly import Assembly
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.container.export import export as packed
from lgsp.container.export import export_refusal
from lgsp.container.verification import verify_container
from lgsp.container.zipped import SIZE_LIMIT_BYTES
from lgsp.evidence import Head
from lgsp.evidence.heads import read_lines
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Language, Text
from lgsp.output import AsJson, complaints, console, for_programs, line, told_plainly
from lgsp.store.views import Held
from signing import PLAIN_NAME, Anchor, Authorities, SigningError, stamped_octets

Heads = Annotated[
    list[Path] | None,
    typer.Option(
        "--head", help="Heads that were kept as a witness (JSON lines of `lgsp evidence heads`).", exists=True
    ),
]


def export(
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="A dispatch id, the sender's DocumentId, or a refusal's correlation id.")
    ],
    config: Config = DEFAULT_CONFIG,
    *,
    out: Annotated[Path | None, typer.Option(help="Where to write; <dispatch id>.asice when left out.")] = None,
    head: Heads = None,
) -> None:
    """Write all that speaks for a document into one ASiC-E file, which a stranger can judge without the bus.

    Without the document itself when the bus no longer keeps it; a refusal has a container too. With --head, the log is
    shown to have grown out of that head.

        lgsp evidence export "000.00.00.H03,2020/09/24,5123/UBND-KGVX" --out evidence.asice
    """
    with assembled(config) as assembly:
        held = _held(assembly, identifier)
        container = _of_document(assembly, held, _heads(head)) if held else _of_refusal(assembly, identifier, head)
        name = f"{held.dispatch_id if held else identifier}.asice"
        out = out or Path(name if PLAIN_NAME.fullmatch(name) else "refusal.asice")
        with out.open("wb") as file:
            file.writelines(container)
    console.print(out, markup=False)


def verify(
    file: Annotated[Path, typer.Argument(help="A container that `lgsp evidence export` wrote.", exists=True)],
    *,
    authority: Annotated[list[Path] | None, typer.Option(help="Certificate (PEM) of an authority you trust.")] = None,
    head: Heads = None,
    vietnamese: Annotated[bool, typer.Option("--vi/--en", help="In Vietnamese, or in English.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say what a container proves, what it does not prove, and why. Needs no bus, no configuration and no network.

    Exit status 0 when nothing contradicts, however little is proven; otherwise 1.

        lgsp evidence verify evidence.asice --authority authority.crt --head kept.jsonl --vi
    """
    language: Language = "vi" if vietnamese else "en"
    with told_plainly(language):
        anchors, kept = _anchors(authority or ()), _heads(head)
        with file.open("rb") as opened:
            container = opened.read(SIZE_LIMIT_BYTES + 1)
        report = verify_container(container, anchors=anchors, kept=kept, at=datetime.now(UTC))
    if for_programs(as_json):
        line({"file": str(file), **report.to_json()})
    else:
        console.print(report.say(language), style="" if report.clean else "red", markup=False, soft_wrap=True)
    if not report.clean:
        raise typer.Exit(1)


def _of_document(assembly: Assembly, held: Held, kept: list[Head]) -> Iterator[bytes]:
    news = assembly.revocations
    anchored = (one for anchor in assembly.authorities.anchors for one in anchor.certificates)
    return packed(
        held,
        assembly.log,
        assembly.keys.current(),
        datetime.now(UTC),
        statuses=_statuses(assembly, held),
        kept=kept,
        issuers=[*dict.fromkeys((*news.issuers(), *anchored))],
        words=news.words(news.digests().keys()),
        stamp=_stamp(assembly, held),
    )


def _of_refusal(assembly: Assembly, correlation: str, head: Heads) -> Iterator[bytes]:
    try:
        return export_refusal(correlation, assembly.log, assembly.keys.current(), datetime.now(UTC), kept=_heads(head))
    except LookupError:
        told = f"No document and no refusal has the id '{correlation}'. Không có văn bản hay lần từ chối với mã này."
        complaints.print(told, style="red", markup=False)
        raise typer.Exit(1) from None


def _held(assembly: Assembly, identifier: str) -> Held | None:
    """Return the one document that an identifier names, or None; of several say which, and exit with 1."""
    found = assembly.views.document(identifier)
    if found is not None:
        return found
    traces = assembly.views.trace(identifier)
    if len(traces) > 1:
        several = ", ".join(one.dispatch_id for one in traces)
        told = f"Several documents have the id '{identifier}': choose one. Có nhiều văn bản mang mã này: {several}"
        complaints.print(told, style="red", markup=False)
        raise typer.Exit(1)
    return assembly.views.document(traces[0].dispatch_id) if traces else None


def _statuses(assembly: Assembly, held: Held) -> list[Held]:
    """Return what agencies reported about a document, as they handed it in."""
    (trace,) = assembly.views.trace(held.dispatch_id)
    found = (assembly.views.document(said.dispatch_id) for said in trace.business)
    return [status for status in found if status is not None]


def _stamp(assembly: Assembly, held: Held) -> bytes:
    """Return a time stamp of the seal; none without a time authority, or when none answers: heads have theirs."""
    if assembly.stamper is None:
        return b""
    try:
        return assembly.stamper.stamp(stamped_octets(held.seal)).token
    except SigningError as error:
        complaints.print(
            f"The seal gets no time stamp. Không có dấu thời gian cho dấu của trục: {error}", style="yellow"
        )
        return b""


def _heads(files: list[Path] | None) -> list[Head]:
    heads: list[Head] = []
    for file in files or ():
        try:
            heads += read_lines(file.read_bytes())
        except (OSError, ValueError) as error:
            raise _unusable(file, error, Text("heads, a line of JSON each", "các đầu sổ, mỗi dòng JSON")) from None
    return heads


def _anchors(files: list[Path] | tuple[()]) -> tuple[Anchor, ...]:
    anchors: list[Anchor] = []
    for file in files:
        try:
            anchors += Authorities.load([file]).anchors
        except (OSError, SigningError) as error:
            raise _unusable(file, error, Text("certificates (PEM)", "chứng thư số (PEM)")) from None
    return tuple(anchors)


def _unusable(file: Path, error: Exception, expected: Text) -> Misconfigured:
    return Misconfigured(Problem(element=str(file), expected=expected, found=str(error)[:200]))
