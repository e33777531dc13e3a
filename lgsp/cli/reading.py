"""What an operator hands in to register an agency, read and judged before anything is written."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NoReturn

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text

if TYPE_CHECKING:
    from pathlib import Path

_RSA_BITS: Final = 2048
_CURVES: Final = frozenset({"secp256r1", "secp384r1", "secp521r1"})


def read_certificate(path: Path) -> x509.Certificate:
    """Return the certificate (PEM) that an agency may sign with from now on. Raises Misconfigured."""
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
        key, end = certificate.public_key(), certificate.not_valid_after_utc
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        _refuse(path, Text("a certificate in PEM", "chứng thư dạng PEM"), str(error))
    if end < datetime.now(UTC):
        _refuse(path, Text("a certificate that is still valid", "chứng thư còn hạn"), f"{end:%Y-%m-%d}")
    strong = isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS
    if not strong and not (isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES):
        wanted = Text(
            "a key that may sign: RSA of at least 2048 bits, or P-256, P-384 or P-521",
            "khóa được dùng để ký: RSA từ 2048 bit, hoặc P-256, P-384, P-521",
        )
        _refuse(path, wanted, f"{type(key).__name__}, {getattr(key, 'key_size', '?')} bits")
    return certificate


def read_issuers(path: Path) -> list[x509.Certificate]:
    """Return the certificates that stand after the first in a file that `read_certificate` has read."""
    return x509.load_pem_x509_certificates(path.read_bytes())[1:]


def read_options(path: Path) -> dict[str, Any]:
    """Return an adapter's options from a TOML file. Raises Misconfigured."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # neither TOML nor UTF-8: both are ValueErrors
        _refuse(path, Text("the adapter's options in TOML", "tùy chọn của bộ nối dạng TOML"), str(error))


def _refuse(path: Path, expected: Text, found: str) -> NoReturn:
    raise Misconfigured(Problem(element=str(path), expected=expected, found=found[:200])) from None
