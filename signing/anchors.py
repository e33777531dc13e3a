"""An anchor: an authority believed because it is configured; for whom it may vouch, how fresh news must be."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509

from signing.errors import CertificateUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class Freshness(StrEnum):
    """What becomes of a signer about whose revocation nothing recent is known."""

    HARD = "hard"  # indeterminate: neither believed nor disbelieved
    SOFT = "soft"  # believed; the verdict tells how old the news is


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Certificates of one authority, and what it is believed about."""

    name: str
    certificates: tuple[x509.Certificate, ...] = field(repr=False)
    #: For whom it may vouch: names as the caller of `judge` gives them; `*` and `?` stand for any part of one.
    vouches_for: tuple[str, ...] = ("*",)
    freshness: Freshness = Freshness.SOFT
    #: News older than this is stale, whatever the source says about the next.
    max_age: timedelta = timedelta(days=7)
    #: Where lists are fetched besides what certificates say, and which responder is asked instead of theirs.
    crl_urls: tuple[str, ...] = ()
    ocsp_url: str = ""

    def vouches(self, speaker: str) -> bool:
        """Tell whether it may vouch for `speaker`; for nobody in particular it may."""
        return not speaker or any(fnmatchcase(speaker, pattern) for pattern in self.vouches_for)


def believed_alone(certificate: x509.Certificate) -> Anchor:
    """Return a certificate as an anchor without conditions, named by its subject."""
    return Anchor(name=certificate.subject.rfc4514_string(), certificates=(certificate,))


def read_certificates(paths: Iterable[Path | str]) -> tuple[x509.Certificate, ...]:
    """Return what stands in these PEM files; of a folder, every `.pem` and `.crt`. Raises CertificateUnreadable."""
    return tuple(certificate for path in paths for certificate in _read(Path(path)))


def _read(path: Path) -> Iterator[x509.Certificate]:
    if path.is_dir():
        for file in sorted((*path.glob("*.pem"), *path.glob("*.crt"))):
            yield from _read(file)
        return
    try:
        yield from x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError) as error:
        message = f"{path}: {error}"
        raise CertificateUnreadable(message) from error
