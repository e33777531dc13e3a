"""Commands about who takes part."""

from __future__ import annotations

import tomllib
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
        assembly.provide(agency)
        assembly.directory.add(agency)
        for path in certificate or ():
            assembly.directory.bind(agency.code, x509.load_pem_x509_certificate(path.read_bytes()))
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
