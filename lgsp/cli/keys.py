"""Commands that make keys, put one in another's place, and list what is in force."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from rich.text import Text as Coloured

from lgsp.assembly import Assembly
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.output import AsJson, console, for_programs, line, rows, table, told_plainly
from lgsp.upkeep.expiry import InForce
from signing import HandedKey, KeyKind, Made, SigningError, Term, make_authority, make_certificate, write_private

_COLUMNS = ("role", "name", "days_left", "until", "algorithm", "subject", "fingerprint")

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


@app.command("list")
def list_(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """List every key and certificate in force, with the days that are left. Yellow: renew it soon. Red: it has ended.

    lgsp keys list
    """
    with assembled(config) as assembly:
        now, warn_days = datetime.now(UTC), assembly.settings.keys.warn_days
        facts = [_fact(one, now) for one in assembly.keychain.in_force()]
        if for_programs(as_json):
            for fact in facts:
                line(fact)
            return
        cells = [[_cell(fact, column, warn_days) for column in _COLUMNS] for fact in facts]
        console.print(table("Keys and certificates in force", _COLUMNS, cells))


@app.command()
def rotate(
    *,
    issuer: Annotated[
        Path | None, typer.Option(help="Make the key under this authority: path of its files without ending.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="Take this key instead: a PEM file, a .p12 or .pfx file, or a pkcs11: URI.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Its certificate (PEM), intermediates after it. Not for a .p12.")
    ] = None,
    password_file: Annotated[Path | None, typer.Option(help="Holds the password of the .p12, or the PIN.")] = None,
    agency: Annotated[str, typer.Option(help="The key that signs in this agency's name; left out: the seal.")] = "",
    begins: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%dT%H:%M:%S"], help="UTC; when a key made here takes over.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How long a key made here is good.")] = 730,
    kind: Annotated[KeyKind, typer.Option(help="P-256 is fastest.")] = KeyKind.P_256,
    config: Config = DEFAULT_CONFIG,
    as_json: AsJson = False,
) -> None:
    """Give the seal, or an agency's connector, its next key. What ran goes on: it takes the key up when its time comes.

    That is when its certificate begins. The former key stays where it is, and what it signed stays valid.

    lgsp keys rotate --issuer var/keys/authority --begins 2026-12-01T00:00:00

    lgsp keys rotate --key new.p12 --password-file new.password

    lgsp keys rotate --agency 000.00.11.H03 --key 'pkcs11:token=so;object=ky-so?module-path=/usr/lib/token.so'
    """
    with assembled(config) as assembly:
        now = datetime.now(UTC)
        try:
            if key is not None:
                given = HandedKey.at(key, certificate, password_file)
            elif issuer is not None:
                term = Term(start=begins and begins.replace(tzinfo=UTC), days=days)
                given = HandedKey.made(_made(_name_of(assembly, agency), kind, issuer, term))
            else:
                raise _refused("--issuer, or --key", "")
            put, file = assembly.keychain.put_next(given, assembly.authorities, now, agency)
        except (OSError, ValueError, SigningError) as error:
            raise _refused(str(key or issuer), str(error)) from error
        starts = put.certificate.not_valid_before_utc
        fact = {"key": str(file), "signs_from": starts.isoformat(), **_fact(put, now)}
        rows(f"The next key of {agency or 'the seal'}", list(fact), [fact], as_json=as_json)


def _made(subject: str, kind: KeyKind, issuer: Path | None, term: Term | None = None) -> Made:
    if issuer is None:
        return make_authority(subject, kind=kind)
    key, certificate = (issuer.with_name(f"{issuer.name}{ending}").read_bytes() for ending in (".key", ".crt"))
    if not _is_authority(x509.load_pem_x509_certificate(certificate)):
        expected = Text("the certificate of an authority", "chứng thư của một CA")
        cure = Text("make one with: lgsp keys new NAME", "tạo CA bằng: lgsp keys new TÊN")
        _refuse(f"--issuer {issuer}", expected, "no CA:TRUE in its basic constraints", cure)
    return make_certificate(Made(key=key, certificate=certificate), subject, kind=kind, term=term)


def _name_of(assembly: Assembly, agency: str) -> str:
    """Return the name in the certificate that signs now."""
    ring = assembly.keychain.connector(agency) if agency else assembly.keys
    names = ring.current().certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else "LGSP"


def _fact(one: InForce, now: datetime) -> dict[str, object]:
    certificate = one.certificate
    return {
        "role": one.role,
        "name": one.name,
        "days_left": one.days_left(now),
        "until": f"{certificate.not_valid_after_utc:%Y-%m-%d}",
        "algorithm": _algorithm(certificate),
        "subject": certificate.subject.rfc4514_string(),
        "fingerprint": certificate.fingerprint(SHA256()).hex(),
    }


def _algorithm(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA-{key.key_size}"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"P-{key.key_size}" if key.curve.name.endswith("r1") else key.curve.name
    return type(key).__name__


def _cell(fact: Mapping[str, object], column: str, warn_days: int) -> str | Coloured:
    if column == "fingerprint":
        return str(fact[column])[:16]
    if column != "days_left":
        return str(fact[column])
    left = int(str(fact[column]))
    return Coloured(str(left), style="red" if left < 0 else "yellow" if left < warn_days else "")


def _refused(wanted: str, found: str) -> Misconfigured:
    return Misconfigured(
        Problem(
            element="lgsp keys rotate",
            expected=Text("a key and certificate that can be used", "khóa và chứng thư dùng được"),
            found=f"{wanted}: {found}"[:200] if found else "",
            cure=None if found else Text(f"give {wanted}", f"cần {wanted}"),
        )
    )


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _refuse(element: str, expected: Text, found: str = "", cure: Text | None = None) -> NoReturn:
    raise Misconfigured(Problem(element=element, expected=expected, found=found, cure=cure)) from None
