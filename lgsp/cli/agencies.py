"""Commands about who takes part."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import DIRECT, Agency, AgencyCode, Bloc, Level
from lgsp.output import AsJson, rows

app = typer.Typer(no_args_is_help=True, help="Agencies: who takes part, and how they are reached.")


@app.command()
def add(
    code: Annotated[str, typer.Argument(help="National code, e.g. 000.00.11.H03 or H03.11.")],
    name: Annotated[str, typer.Argument(help="Official name.")],
    config: Config = DEFAULT_CONFIG,
    *,
    adapter: Annotated[str, typer.Option(help="See `lgsp adapters`; `queue` for a system on AMQP.")] = "mailbox",
    options: Annotated[Path | None, typer.Option(help="TOML file with the adapter's options.", exists=True)] = None,
    certificate: Annotated[
        list[Path] | None, typer.Option(help="Certificate (PEM) it signs with; may be repeated.", exists=True)
    ] = None,
    level: Level = Level.PROVINCE,
    bloc: Bloc = Bloc.GOVERNMENT,
    parent: Annotated[str | None, typer.Option(help="Code of the body above.")] = None,
    secret: Annotated[bool, typer.Option(help="Give it a system id and secret; the secret is shown once.")] = True,
    as_json: AsJson = False,
) -> None:
    """Register an agency, or change how it is reached.

    lgsp agency add 000.00.11.H03 "Sở Thông tin và Truyền thông" --certificate stttt.crt
    """
    agency = Agency(
        code=AgencyCode(code),
        name=name,
        level=level,
        bloc=bloc,
        parent=AgencyCode(parent) if parent else None,
        adapter=adapter,
        options=tomllib.loads(options.read_text(encoding="utf-8")) if options else {},
    )
    with assembled(config) as assembly:
        if adapter != DIRECT:
            assembly.adapter(agency).close()  # an entry that cannot work is refused here, not at the first delivery
        assembly.directory.add(agency)
        for path in certificate or ():
            its_own, *above = x509.load_pem_x509_certificates(path.read_bytes())
            assembly.directory.bind(agency.code, its_own)
            assembly.revocations.saw(above)
        fact: dict[str, object] = {"code": agency.code, "name": name, "adapter": adapter}
        if secret:
            fact["system_id"], fact["secret"] = assembly.directory.give_secret(agency.code)
        rows("Registered", list(fact), [fact], as_json=as_json)


@app.command("list")
def list_(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """List the agencies.

    lgsp agency list --json | jq .code
    """
    columns = ["code", "name", "level", "bloc", "parent", "adapter"]
    with assembled(config) as assembly:
        facts = [{column: getattr(agency, column) for column in columns} for agency in assembly.directory.agencies()]
        rows(f"{len(facts)} agencies", columns, facts, as_json=as_json)


_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


@app.command()
def bind(
    code: Annotated[str, typer.Argument(help="The agency whose certificates these are.")],
    certificate: Annotated[list[Path], typer.Option(help="Certificate (PEM); may be repeated.", exists=True)],
    config: Config = DEFAULT_CONFIG,
    *,
    since: Annotated[
        datetime | None, typer.Option("--from", formats=_MOMENTS, help="Not before (UTC); from ever when left out.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_MOMENTS, help="No longer from then on (UTC); for ever when left out.")
    ] = None,
) -> None:
    """Say that certificates are an agency's. Several may count at once: bind the new one before the old one ends.

    A file may hold the issuing authorities after the certificate; nothing of it is trusted for standing there.

    lgsp agency bind 000.00.11.H03 --certificate moi.crt --from 2026-12-01
    """
    with assembled(config) as assembly:
        for path in certificate:
            its_own, *above = x509.load_pem_x509_certificates(path.read_bytes())
            assembly.directory.bind(AgencyCode(code), its_own, since=_utc(since), until=_utc(until))
            assembly.revocations.saw(above)  # so that they are asked about before the first document


@app.command()
def unbind(
    fingerprint: Annotated[str, typer.Argument(help="SHA-256 of the certificate, as `agency certificates` lists it.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """End a certificate's binding now: what it signs from here on is refused. It stays on record.

    lgsp agency unbind 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    """
    with assembled(config) as assembly:
        assembly.directory.unbind(fingerprint.replace(":", "").lower())


@app.command()
def certificates(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """List the certificates of agencies, and when each speaks for its agency.

    lgsp agency certificates
    """
    columns = ["fingerprint", "agency", "subject", "from", "until"]
    with assembled(config) as assembly:
        facts = [
            {
                "fingerprint": one.fingerprint,
                "agency": one.binding.agency,
                "subject": one.subject,
                "from": one.binding.since,
                "until": one.binding.until,
            }
            for one in assembly.directory.certificates()
        ]
        rows(f"{len(facts)} certificates", columns, facts, as_json=as_json)


def _utc(moment: datetime | None) -> datetime | None:
    """Read a moment without a zone as UTC."""
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
