"""Commands about the evidence log: heads, proofs, growth."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.cli.paging import every
from lgsp.cli.witness import Bus, growths
from lgsp.evidence import Head
from lgsp.evidence.heads import read_lines
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.output import AsJson, complaints, console, for_programs, line, rows, told_plainly

Url = Annotated[str, typer.Option("--bus", help="Ask a bus by HTTP, e.g. https://lgsp.example.vn, not the own store.")]


def head(
    config: Config = DEFAULT_CONFIG,
    *,
    out: Annotated[Path | None, typer.Option(help="Write head.txt, .sig, .pem and .tst there, for openssl.")] = None,
    bus: Url = "",
    as_json: AsJson = False,
) -> None:
    """Show the newest head: how the log stood, in the bus's signed word. Keep it, and the bus is held to it.

    lgsp evidence head >> heads.jsonl

    lgsp evidence head --out .
    """
    with told_plainly():
        newest = _newest(config, bus)
        if newest is None:
            complaints.print("No head is signed yet. Chưa có đầu sổ nào được ký.", style="red")
            raise typer.Exit(1)
        if out is not None:
            _write(newest, out)
        if for_programs(as_json):
            line(newest.facts())
        else:
            console.print(newest.text.decode(), end="", markup=False)
            console.print("time stamp: " + ("yes" if newest.stamp else "none"))


def heads(
    config: Config = DEFAULT_CONFIG,
    *,
    after: Annotated[int, typer.Option(help="Only heads of more leaves than this.")] = 0,
    bus: Url = "",
    as_json: AsJson = False,
) -> None:
    """List heads, the oldest first: whoever keeps them is a witness that nobody rewrites the past.

    lgsp evidence heads --bus https://lgsp.example.vn --json > heads.jsonl
    """
    with told_plainly():
        found = _all(config, bus, after)
        facts = [{**each.facts(), "stamped": bool(each.stamp)} for each in found]
        rows("Heads of the evidence log", ["size", "time", "root", "stamped"], facts, as_json=as_json)


def prove(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="A dispatch id, or a refusal's correlation id.")],
    config: Config = DEFAULT_CONFIG,
    *,
    as_json: AsJson = False,
) -> None:
    """Give, for every row about a document, its bytes and the path to the newest head.

    lgsp evidence prove 0199a1b2c3d47e5f8a9b0c1d2e3f4a5b
    """
    with assembled(config) as assembly:
        proofs = assembly.log.proof_of(identifier)
    if not proofs:
        unknown = f"The log knows nothing of '{identifier}'. Sổ không có gì về mã này."
        complaints.print(unknown, style="red", markup=False)
        raise typer.Exit(1)
    if for_programs(as_json):
        for proof in proofs:
            line(proof.facts())
        return
    shown = [
        {
            "leaf": "waits for the notary" if proof.index is None else proof.index,
            "proven": "yes" if proof.holds() else "not yet",
            "row": proof.row.decode(),
        }
        for proof in proofs
    ]
    rows("What the log proves", ["leaf", "proven", "row"], shown, as_json=False)


def consistency(
    file: Annotated[Path, typer.Argument(metavar="OLD-HEAD-FILE", help="Heads that were kept.", exists=True)],
    config: Config = DEFAULT_CONFIG,
    *,
    bus: Url = "",
    as_json: AsJson = False,
) -> None:
    """Prove that the log only grew since the heads in a file. Exit status 1 when it was rewritten.

    lgsp evidence consistency heads.jsonl --bus https://lgsp.example.vn
    """
    with told_plainly():
        try:
            kept = read_lines(file.read_bytes())
        except (OSError, ValueError) as error:
            wanted = Text("heads, a line of JSON each", "các đầu sổ, mỗi dòng một JSON")
            raise Misconfigured(Problem(element=str(file), expected=wanted, found=str(error)[:200])) from None
        if bus:
            with Bus(bus) as remote:
                found = growths(kept, remote)
        else:
            with assembled(config) as assembly:
                found = growths(kept, assembly.log)
    rows("Since the heads that were kept", ["size", "time", "now", "verdict"], found, as_json=as_json)
    if not all(growth["grew"] for growth in found):
        raise typer.Exit(1)


def _newest(config: Path, bus: str) -> Head | None:
    if bus:
        with Bus(bus) as remote:
            return remote.newest()
    with assembled(config) as assembly:
        return assembly.log.newest()


def _all(config: Path, bus: str, after: int) -> list[Head]:
    if bus:
        with Bus(bus) as remote:
            return every(lambda last: remote.heads(last.size if last else after))
    with assembled(config) as assembly:
        return every(lambda last: assembly.log.heads(last.size if last else after))


def _write(newest: Head, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    parts = {"txt": newest.text, "sig": newest.signature, "pem": newest.certificate, "tst": newest.stamp}
    for ending, octets in parts.items():
        if octets:
            (folder / f"head.{ending}").write_bytes(octets)
