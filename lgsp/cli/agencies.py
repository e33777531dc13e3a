"""Commands about who takes part."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from cryptography.hazmat.primitives.hashes import SHA256

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.cli.reading import read_certificate, read_issuers, read_options
from lgsp.model.agency import DIRECT, Agency, AgencyCode, Bloc, Level
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.output import AsJson, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lgsp.assembly import Assembly

app = typer.Typer(no_args_is_help=True, help="Agencies: who takes part, and how they are reached.")

Code = Annotated[str, typer.Argument(help="National code, e.g. 000.00.11.H03 or H03.11.")]
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
        known = _known(assembly, code)
        given: dict[str, object | None] = {"name": name, "adapter": adapter, "level": level, "bloc": bloc}
        wanted = {key: value for key, value in given.items() if value is not None}
        if options is not None:
            wanted["options"] = read_options(options)
        if parent is not None:
            wanted["parent"] = AgencyCode(parent) or None
        agency = replace(known, **wanted)  # type: ignore[arg-type]
        fact = _registered(assembly, agency, certificate or (), with_secret=False)
        rows("Changed", list(fact), [fact], as_json=as_json)


@app.command()
def secret(code: Code, config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """Give an agency's system a new secret, shown once. The former secret ends here.

    lgsp agency secret 000.00.11.H03
    """
    with assembled(config) as assembly:
        system_id, made = assembly.directory.give_secret(_known(assembly, code).code)
        fact = {"system_id": system_id, "secret": made}
        rows("Made", list(fact), [fact], as_json=as_json)


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
            assembly.directory.bind(AgencyCode(code), read_certificate(path), since=_utc(since), until=_utc(until))
            assembly.revocations.saw(read_issuers(path))  # so that they are asked about before the first document


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


def _registered(
    assembly: Assembly, agency: Agency, certificates: Sequence[Path], *, with_secret: bool
) -> dict[str, object]:
    """Judge all, write it in one commit, and return what to tell."""
    if agency.parent is not None:
        _known(assembly, agency.parent)
    read = [read_certificate(path) for path in certificates]
    for path, certificate in zip(certificates, read, strict=True):
        owner = assembly.directory.owner(certificate.fingerprint(SHA256()).hex())
        if owner not in {None, agency.code}:
            _refuse(str(path), Text("a certificate of nobody else", "chứng thư chưa thuộc về đơn vị khác"), str(owner))
    if agency.adapter != DIRECT:
        assembly.adapter(agency).close()  # an entry that cannot work is refused here, not at the first delivery
    assembly.provide(agency)
    made = assembly.directory.register(agency, read, with_secret=with_secret)
    for path in certificates:
        assembly.revocations.saw(read_issuers(path))
    fact: dict[str, object] = {"code": agency.code, "name": agency.name, "adapter": agency.adapter}
    return fact if made is None else {**fact, "system_id": agency.code, "secret": made}


def _known(assembly: Assembly, code: str) -> Agency:
    found = assembly.directory.find(AgencyCode(code))
    if found is None:
        cure = Text("see: lgsp agency list", "xem: lgsp agency list")
        _refuse(f"agency {code}", Text("a registered agency", "đơn vị đã đăng ký"), code, cure)
    return found


def _refuse_known(code: AgencyCode) -> NoReturn:
    cure = Text(
        "change it with `lgsp agency change`; a new secret comes from `lgsp agency secret`",
        "thay đổi bằng `lgsp agency change`; cấp khóa mới bằng `lgsp agency secret`",
    )
    _refuse(f"agency {code}", Text("an agency not yet registered", "đơn vị chưa đăng ký"), code, cure)


def _refuse(element: str, expected: Text, found: str, cure: Text | None = None) -> NoReturn:
    raise Misconfigured(Problem(element=element, expected=expected, found=found, cure=cure))
