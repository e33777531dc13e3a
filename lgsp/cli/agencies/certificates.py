"""Commands about whose certificate is whose."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.cli.reading import read_certificate, read_issuers
from lgsp.model.agency import AgencyCode
from lgsp.output import AsJson, rows

app = typer.Typer()

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
