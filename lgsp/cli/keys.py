"""Commands about keys and certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography import x509

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.output import AsJson, rows, told_plainly
from signing import KeyKind, Made, SigningError, make_authority, make_certificate, write_private

app = typer.Typer(no_args_is_help=True, help="Keys and certificates: for trials, and for a province with its own CA.")


@app.callback()
def _keys() -> None:
    """Group the commands about keys."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="The file's name, and the name in the certificate unless --subject.")],
    *,
    folder: Annotated[Path, typer.Option(help="Where NAME.key and NAME.crt are written.")] = Path("var/keys"),
    issuer: Annotated[
        Path | None, typer.Option(help="Path of an authority's files without ending. Left out: a new authority.")
    ] = None,
    subject: Annotated[str, typer.Option(help="The name in the certificate.")] = "",
    kind: Annotated[KeyKind, typer.Option(help="P-256 is fastest.")] = KeyKind.P_256,
    as_json: AsJson = False,
) -> None:
    """Make a private key and its certificate. Never overwrites.

    lgsp keys new authority

    lgsp keys new bus --issuer var/keys/authority
    """
    with told_plainly():
        if Path(name).name != name or name == "..":
            _refuse(
                name, Text("a name, not a path: --folder says where", "một tên, không phải đường dẫn: dùng --folder")
            )
        try:
            made = _made(subject or name, kind, issuer)
            folder.mkdir(parents=True, exist_ok=True)
            write_private(folder / f"{name}.key", made.key)
            (folder / f"{name}.crt").write_bytes(made.certificate)
        except (OSError, ValueError, SigningError) as error:  # ValueError: no PEM at all
            expected = Text("a place for a new key, and a readable issuer", "chỗ cho khóa mới, và CA đọc được")
            cure = Text("choose another name or folder", "chọn tên hoặc thư mục khác")
            _refuse(str(folder / f"{name}.key"), expected, str(error), cure)
        fact = {"key": folder / f"{name}.key", "certificate": folder / f"{name}.crt", "kind": kind}
        rows("Made", list(fact), [fact], as_json=as_json)


def _made(subject: str, kind: KeyKind, issuer: Path | None) -> Made:
    if issuer is None:
        return make_authority(subject, kind=kind)
    key, certificate = (issuer.with_name(f"{issuer.name}{ending}").read_bytes() for ending in (".key", ".crt"))
    if not _is_authority(x509.load_pem_x509_certificate(certificate)):
        expected = Text("the certificate of an authority", "chứng thư của một CA")
        cure = Text("make one with: lgsp keys new NAME", "tạo CA bằng: lgsp keys new TÊN")
        _refuse(f"--issuer {issuer}", expected, "no CA:TRUE in its basic constraints", cure)
    return make_certificate(Made(key=key, certificate=certificate), subject, kind=kind)


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _refuse(element: str, expected: Text, found: str = "", cure: Text | None = None) -> NoReturn:
    raise Misconfigured(Problem(element=element, expected=expected, found=found, cure=cure)) from None
