"""Commands about keys and certificates."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

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
        try:
            made = _made(subject or name, kind, issuer)
            folder.mkdir(parents=True, exist_ok=True)
            write_private(folder / f"{name}.key", made.key)
            (folder / f"{name}.crt").write_bytes(made.certificate)
        except (OSError, SigningError) as error:
            raise Misconfigured(
                Problem(
                    element=str(folder / f"{name}.key"),
                    expected=Text("a place for a new key, and a readable issuer", "chỗ cho khóa mới, và CA đọc được"),
                    found=str(error),
                    cure=Text("choose another name or folder", "chọn tên hoặc thư mục khác"),
                )
            ) from None
        fact = {"key": folder / f"{name}.key", "certificate": folder / f"{name}.crt", "kind": kind}
        rows("Made", list(fact), [fact], as_json=as_json)


def _made(subject: str, kind: KeyKind, issuer: Path | None) -> Made:
    if issuer is None:
        return make_authority(subject, kind=kind)
    key, certificate = (issuer.with_name(f"{issuer.name}{ending}").read_bytes() for ending in (".key", ".crt"))
    return make_certificate(Made(key=key, certificate=certificate), subject, kind=kind)
