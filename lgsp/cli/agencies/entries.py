"""Commands that register agencies one by one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from cryptography.hazmat.primitives.hashes import SHA256

from lgsp.cli.agencies.asking import Code, known, refuse
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.cli.reading import read_certificate, read_issuers, read_options
from lgsp.model.agency import DIRECT, Agency, AgencyCode, Bloc, Level
from lgsp.model.text import Text
from lgsp.output import AsJson, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.assembly import Assembly

app = typer.Typer(no_args_is_help=True, help="Agencies: who takes part, and how they are reached.")

Options = Annotated[Path | None, typer.Option(help="TOML file with the adapter's options.", exists=True)]
Certificates = Annotated[
    list[Path] | None, typer.Option(help="Certificate (PEM) it signs with; may be repeated.", exists=True)
]


@app.command()
def add(
    code: Code,
    name: Annotated[str, typer.Argument(help="Official name.")],
    config: Config = DEFAULT_CONFIG,
    *,
    adapter: Annotated[str, typer.Option(help="See `lgsp adapters`; `queue` for a system on AMQP.")] = "mailbox",
    options: Options = None,
    certificate: Certificates = None,
    level: Level = Level.PROVINCE,
    bloc: Bloc = Bloc.GOVERNMENT,
    parent: Annotated[str | None, typer.Option(help="Code of the body above.")] = None,
    secret: Annotated[bool, typer.Option(help="Give it a system id and secret; the secret is shown once.")] = True,
    as_json: AsJson = False,
) -> None:
    """Register a new agency. All is judged first; what is refused leaves nothing behind.

    lgsp agency add 000.00.11.H03 "Sở Thông tin và Truyền thông" --certificate stttt.crt
    """
    with assembled(config) as assembly:
        agency = Agency(
            code=AgencyCode(code),
            name=name,
            level=level,
            bloc=bloc,
            parent=AgencyCode(parent) if parent else None,
            adapter=adapter,
            options=read_options(options) if options else {},
        )
        if assembly.directory.find(agency.code):
            _refuse_known(agency.code)
        fact = _registered(assembly, agency, certificate or (), with_secret=secret)
        rows("Registered", list(fact), [fact], as_json=as_json)


@app.command()
def change(
    code: Code,
    config: Config = DEFAULT_CONFIG,
    *,
    name: Annotated[str | None, typer.Option(help="Official name.")] = None,
    adapter: Annotated[str | None, typer.Option(help="See `lgsp adapters`.")] = None,
    options: Options = None,
    certificate: Certificates = None,
    level: Annotated[Level | None, typer.Option()] = None,
    bloc: Annotated[Bloc | None, typer.Option()] = None,
    parent: Annotated[str | None, typer.Option(help="Code of the body above; '' for none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change what is given of an agency's entry; all else stays, its secret too. Certificates are bound beside others.

    lgsp agency change 000.00.11.H03 --adapter folder --options folder.toml
    """
    with assembled(config) as assembly:
        agency = known(assembly, code)
        given: dict[str, object | None] = {"name": name, "adapter": adapter, "level": level, "bloc": bloc}
        wanted = {key: value for key, value in given.items() if value is not None}
        if options is not None:
            wanted["options"] = read_options(options)
        if parent is not None:
            wanted["parent"] = AgencyCode(parent) or None
        agency = replace(agency, **wanted)  # type: ignore[arg-type]
        fact = _registered(assembly, agency, certificate or (), with_secret=False)
        rows("Changed", list(fact), [fact], as_json=as_json)


@app.command()
def secret(code: Code, config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """Give an agency's system a new secret, shown once. The former secret ends here.

    lgsp agency secret 000.00.11.H03
    """
    with assembled(config) as assembly:
        system_id, made = assembly.directory.give_secret(known(assembly, code).code)
        fact = {"system_id": system_id, "secret": made}
        rows("Made", list(fact), [fact], as_json=as_json)


def _registered(
    assembly: Assembly, agency: Agency, certificates: Sequence[Path], *, with_secret: bool
) -> dict[str, object]:
    """Judge all, write it in one commit, and return what to tell."""
    if agency.parent is not None:
        known(assembly, agency.parent)
    read = [read_certificate(path) for path in certificates]
    for path, certificate in zip(certificates, read, strict=True):
        owner = assembly.directory.owner(certificate.fingerprint(SHA256()).hex())
        if owner not in {None, agency.code}:
            refuse(str(path), Text("a certificate of nobody else", "chứng thư chưa thuộc về đơn vị khác"), str(owner))
    if agency.adapter != DIRECT:
        assembly.adapter(agency).close()  # an entry that cannot work is refused here, not at the first delivery
    assembly.provide(agency)
    made = assembly.directory.register(agency, read, with_secret=with_secret)
    for path in certificates:
        assembly.revocations.saw(read_issuers(path))
    fact: dict[str, object] = {"code": agency.code, "name": agency.name, "adapter": agency.adapter}
    return fact if made is None else {**fact, "system_id": agency.code, "secret": made}


def _refuse_known(code: AgencyCode) -> NoReturn:
    cure = Text(
        "change it with `lgsp agency change`; a new secret comes from `lgsp agency secret`",
        "thay đổi bằng `lgsp agency change`; cấp khóa mới bằng `lgsp agency secret`",
    )
    refuse(f"agency {code}", Text("an agency not yet registered", "đơn vị chưa đăng ký"), code, cure)
