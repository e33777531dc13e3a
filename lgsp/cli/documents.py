"""Commands about documents: look at them, sign them, send them, fetch them."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar, cast

import typer
from rich.progress import track

from lgsp.cli.paging import every
from lgsp.model.errors import Misconfigured, Problem, Rejected, SignatureRejected
from lgsp.model.text import Text
from lgsp.output import AsJson, complaints, rows, told_plainly
from lgsp.sdk import secret as read_secret
from lgsp.stages.envelope import read
from lgsp.stages.signature import rules_of
from signing import Element, KeyUnusable, NotSignable, PemKey, SigningError, sign_enveloped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from lgsp.soap.client import Client

Item = TypeVar("Item")

Files = Annotated[list[Path], typer.Argument(help="Envelopes: edXML documents, statuses, or messages.", exists=True)]
Url = Annotated[str, typer.Option("--url", help="The bus.", envvar="LGSP_URL")]
SecretFile = Annotated[
    Path, typer.Option("--secret", help="A file that holds the secret.", envvar="LGSP_SECRET_FILE", exists=True)
]
DEFAULT_URL = "http://127.0.0.1:8080"


def sign(
    file: Annotated[Path, typer.Argument(help="The envelope to sign.", exists=True)],
    key: Annotated[Path, typer.Option(help="Private key (PEM).", exists=True)],
    cert: Annotated[Path, typer.Option(help="Its certificate (PEM), with intermediates after it.", exists=True)],
    out: Annotated[Path | None, typer.Option(help="Where to write; standard output when left out.")] = None,
) -> None:
    """Put an enveloped signature where the format wants it. Outside the signature no octet changes.

    lgsp sign document.edxml --key me.key --cert me.crt --out signed.edxml
    """
    with told_plainly(), signing_told(str(file)):
        octets = file.read_bytes()
        envelope = read(octets)
        rules = rules_of(envelope, cast("Element", envelope.proven_tree))
        signed = sign_enveloped(octets, PemKey(key, cert).current(), rules)
        if out is None:
            sys.stdout.buffer.write(signed)
        else:
            out.write_bytes(signed)


def send(
    files: Files,
    caller: Annotated[str, typer.Option("--as", metavar="CODE", help="Who you are: your system id.")],
    secret: SecretFile,
    url: Url = DEFAULT_URL,
    *,
    receipts: Annotated[Path | None, typer.Option(help="Folder to keep the signed receipts in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Hand signed envelopes in by SOAP and keep the receipts.

    lgsp send signed.edxml --as 000.00.00.H03 --secret my.secret --receipts receipts/
    """
    facts: list[dict[str, object]] = []
    with _client(url, caller, secret) as client:
        for path in _shown(files, "Sending"):
            receipt = client.send(path.read_bytes())
            facts.append({"file": path, "dispatch_id": receipt.dispatch_id, "document_id": receipt.document_id})
            if receipts is not None:
                receipts.mkdir(parents=True, exist_ok=True)
                (receipts / f"{receipt.dispatch_id}.receipt.xml").write_bytes(receipt.octets)
    rows("Accepted", ["file", "dispatch_id", "document_id"], facts, as_json=as_json)


def inbox(
    code: Annotated[str, typer.Argument(help="Who you are: your system id.")],
    secret: SecretFile,
    url: Url = DEFAULT_URL,
    *,
    save: Annotated[Path | None, typer.Option(help="Fetch each document into this folder and confirm it.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what waits for an agency; with --save fetch it, byte for byte, and confirm that you have it.

    lgsp inbox 000.00.11.H03 --secret my.secret --save incoming/
    """
    with _client(url, code, secret) as client:
        waiting = every(lambda last: client.received(after=last.dispatch_id if last else None))
        if save is not None:
            save.mkdir(parents=True, exist_ok=True)
            for item in _shown(waiting, "Fetching"):
                (save / f"{item.dispatch_id}.xml").write_bytes(client.document(item.dispatch_id).octets)
                client.confirm(item.dispatch_id, "done")
        columns = ["dispatch_id", "kind", "sender", "document_id", "subject"]
        rows(f"{len(waiting)} waiting for {code}", columns, [asdict(item) for item in waiting], as_json=as_json)


def _shown(work: Sequence[Item], what: str) -> Iterable[Item]:
    """Go through `work` with a progress bar, where somebody is looking."""
    return track(work, what, console=complaints, transient=True, disable=not sys.stderr.isatty())


@contextmanager
def _client(url: str, caller: str, secret: Path) -> Iterator[Client]:
    from lgsp.soap.client import Client  # noqa: PLC0415 - zeep takes long to load, and other commands need it not

    with told_plainly(), Client(url, caller, read_secret(str(secret))) as client:
        yield client


@contextmanager
def signing_told(about: str) -> Iterator[None]:
    """Tell what signing could not do as an error of ours about `about`."""
    try:
        yield
    except KeyUnusable as error:
        expected = Text("a key and its own certificate, in PEM", "khóa và đúng chứng thư của khóa, dạng PEM")
        raise SignatureRejected(Problem(element=about, expected=expected, found=str(error))) from None
    except NotSignable as error:
        expected = Text("an envelope that can take a signature", "gói tin có thể ký")
        raise Rejected(Problem(element=about, expected=expected, found=str(error))) from None
    except (SigningError, OSError) as error:
        expected = Text("files that can be read and written", "tệp đọc và ghi được")
        raise Misconfigured(Problem(element=about, expected=expected, found=str(error))) from None
