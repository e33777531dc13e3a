"""Commands that tell what is in force."""

from __future__ import annotations

import re
from importlib.metadata import entry_points, packages_distributions
from typing import TYPE_CHECKING

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import DIRECT
from lgsp.model.errors import LgspError, Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.output import AsJson, rows
from lgsp.store import require_fitting

if TYPE_CHECKING:
    from collections.abc import Callable

    from lgsp.assembly import Assembly

#: The bus's top-level packages have everyday names: another distribution that owns one would shadow ours.
OURS = ("lgsp", "adapters", "signing", "schemas")


def check(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """Show the settings in force, and whether each part works. Exit status 1 when one does not.

    lgsp check --config /etc/lgsp/lgsp.toml
    """
    with assembled(config) as assembly:
        settings = [
            {"setting": f"[{table}] {key}", "value": _without_password(value)}
            for table, section in assembly.settings.model_dump(mode="json").items()
            for key, value in section.items()
        ]
        rows(f"Settings in {config}", ["setting", "value"], settings, as_json=as_json)
        parts = {
            "packages": _own_packages,
            "store": lambda: f"{assembly.engine.dialect.name}, revision {require_fitting(assembly.engine)}",
            "key": lambda: _subject(assembly),
            "trust": lambda: _authorities(assembly),
            "rules": lambda: ", ".join(f"{rule.name} ({rule.mode})" for rule in assembly.rules),
            "agencies": lambda: _agencies(assembly),
            "transport": lambda: _reached(assembly),
        }
        findings = [_finding(part, tell) for part, tell in parts.items()]
        rows("Parts", ["part", "works", "what"], findings, as_json=as_json)
        if not all(finding["works"] for finding in findings):
            raise typer.Exit(1)


def adapters(*, as_json: AsJson = False) -> None:
    """List the adapters that are installed, with the package each comes from.

    lgsp adapters
    """
    facts = [
        {"adapter": point.name, "class": point.value, "package": point.dist.name if point.dist else ""}
        for point in sorted(entry_points(group="lgsp.adapters"), key=lambda point: point.name)
    ]
    facts.append({"adapter": DIRECT, "class": "", "package": "the agency's system consumes its queue on the broker"})
    rows("Adapters", ["adapter", "class", "package"], facts, as_json=as_json)


def _finding(part: str, tell: Callable[[], str]) -> dict[str, object]:
    try:
        return {"part": part, "works": True, "what": tell()}
    except LgspError as error:
        return {"part": part, "works": False, "what": error.say("en")}


def _subject(assembly: Assembly) -> str:
    return assembly.keys.current().certificate.subject.rfc4514_string()


def _authorities(assembly: Assembly) -> str:
    told = [f"{anchor.name} ({anchor.freshness})" for anchor in assembly.trust.authorities.anchors]
    return f"{len(told)} authorities: {', '.join(told)}"


def _without_password(value: object) -> object:
    """Hide a password that somebody wrote into a URL after all."""
    if not isinstance(value, str) or "@" not in value:
        return value
    return re.sub(r"(?<=://)([^:/@]*):[^@]*@", r"\1:***@", value)


def _reached(assembly: Assembly) -> str:
    consumer = assembly.transport.consume([])
    try:
        consumer.receive(1, 0)
    finally:
        consumer.close()
    return f"{type(assembly.transport).__name__}, answers"


def _own_packages() -> str:
    owners = packages_distributions()
    foreign = {name: set(owners.get(name, ())) - {"lgsp"} for name in OURS}
    problems = [
        Problem(
            element=name,
            expected=Text("to belong to lgsp alone", "chỉ thuộc về lgsp"),
            found=", ".join(sorted(others)),
            cure=Text("install lgsp in an environment of its own", "cài lgsp trong môi trường riêng"),
        )
        for name, others in foreign.items()
        if others
    ]
    if problems:
        raise Misconfigured(problems)
    return ", ".join(OURS)


def _agencies(assembly: Assembly) -> str:
    known = assembly.directory.agencies()
    for agency in known:
        if agency.adapter != DIRECT:
            assembly.adapter(agency).close()
    return f"{len(known)} agencies, every adapter can be made"
