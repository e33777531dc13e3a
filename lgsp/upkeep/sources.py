"""Where to ask about revocation: from certificates and anchors to addresses. Nothing is asked here."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256

from lgsp.store.revocations import CRL, OCSP
from signing.revocation import distribution_points, issued, responders

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import timedelta

    from cryptography import x509

    from signing import Anchor

#: No chain is longer, so no walk up is.
_DEPTH = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One address to ask. The same address about the same is the same source."""

    #: `crl` or `ocsp`.
    kind: str
    url: str
    #: What it is kept under: the address of a list, the fingerprint of the certificate that is asked about.
    about: str
    #: The certificate that is asked about; None for a list.
    certificate: x509.Certificate | None = field(default=None, compare=False, repr=False)
    #: Who may have signed what comes.
    issuers: tuple[x509.Certificate, ...] = field(compare=False, repr=False)
    #: What comes is stale at this age.
    max_age: timedelta = field(compare=False)

    def joined(self, other: Source) -> Source:
        """Return the same source for the issuers of both, with the shorter patience."""
        issuers = tuple(dict.fromkeys((*self.issuers, *other.issuers)))
        return replace(self, issuers=issuers, max_age=min(self.max_age, other.max_age))


def sources(
    bound: Iterable[x509.Certificate], between: Sequence[x509.Certificate], anchors: Sequence[Anchor]
) -> list[Source]:
    """Return every source once: about bound certificates, the authorities between, and the anchors themselves.

    Only what leads to an anchor is asked about; only http and https are spoken.
    """
    anchored = {one: anchor for anchor in anchors for one in anchor.certificates}
    family = _Family(anchored=anchored, issuers=tuple(dict.fromkeys((*anchored, *between))))
    found = [source for one in dict.fromkeys((*bound, *family.issuers)) for source in _about(one, family)]
    configured = [
        Source(kind=CRL, url=url, about=url, issuers=family.issuers, max_age=anchor.max_age)
        for anchor in anchors
        for url in anchor.crl_urls
    ]
    merged: dict[Source, Source] = {}
    for one in (*configured, *found):
        if urlsplit(one.url).scheme in {"http", "https"}:
            merged[one] = merged[one].joined(one) if one in merged else one
    return list(merged.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """All authorities that are known, and which of them are anchors."""

    anchored: dict[x509.Certificate, Anchor]
    issuers: tuple[x509.Certificate, ...]

    def above(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """Return who issued a certificate."""
        return tuple(one for one in self.issuers if issued(certificate, one))

    def anchor(self, certificate: x509.Certificate, depth: int = _DEPTH) -> Anchor | None:
        """Return the first anchor that a certificate leads to."""
        if certificate in self.anchored:
            return self.anchored[certificate]
        above = (self.anchor(one, depth - 1) for one in self.above(certificate)) if depth else ()
        return next((anchor for anchor in above if anchor is not None), None)


def _about(certificate: x509.Certificate, family: _Family) -> Iterator[Source]:
    anchor, above = family.anchor(certificate), family.above(certificate)
    if anchor is None or not above:
        return
    for url in distribution_points(certificate):
        # The list of another authority there is no answer, however genuine it is.
        yield Source(kind=CRL, url=url, about=url, issuers=above, max_age=anchor.max_age)
    asked = (anchor.ocsp_url,) if anchor.ocsp_url else responders(certificate)[:1]
    for url in asked if certificate not in family.anchored else ():
        name = certificate.fingerprint(SHA256()).hex()
        yield Source(kind=OCSP, url=url, about=name, certificate=certificate, issuers=above, max_age=anchor.max_age)
