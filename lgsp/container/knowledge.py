"""What a seal carries so that it lasts (XAdES-LT): certificates and news of revocation, gathered and read again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from cryptography import x509

from lgsp.container.receipt import read_receipt
from lgsp.container.words import Broken
from lgsp.model.errors import MalformedEnvelope
from lgsp.stages.envelope import read
from lgsp.stages.signature import rules_of
from signing import RECEIPT_RULES, Authorities, Lasting, NotSignable, RevocationUnusable, disclose, split_seal, verify
from signing.revocation import Answer, Crl, Snapshot, issued, read_answer, read_crl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from signing import Anchor, Element, Judgement

#: More would make the search for chains long, and no chain here needs more.
_CERTIFICATES_LIMIT: Final = 12
_NEWS_LIMIT: Final = 16
_NOBODY: Final = Authorities()


class Word(Protocol):
    """What one source said about revocation, as the store keeps it."""

    @property
    def certificate(self) -> x509.Certificate | None:
        """The certificate that an answer is about; None for a list."""

    @property
    def issuer(self) -> x509.Certificate:
        """Who issued what it is about."""

    @property
    def octets(self) -> bytes:
        """As it came."""


def signers(octets: bytes, receipt: bytes, at: datetime) -> list[x509.Certificate]:
    """Return the certificates that signed the document and its receipt, as far as they can be read."""
    found = [_bus(receipt, at), _sender(octets, at)]
    return [one for one in found if one is not None]


def gathered(
    held: Sequence[x509.Certificate], pool: Sequence[x509.Certificate], words: Iterable[Word]
) -> dict[str, Any]:
    """Return what `signing.lengthen` adds to a seal: of `pool` and `words` what speaks of the certificates held."""
    chain: list[x509.Certificate] = []
    front = list(held)
    while front:
        below = front.pop()
        above = [one for one in pool if one not in chain and issued(below, one)]
        chain += above
        front += above
    concerned = {*held, *chain}
    said = [word for word in words if word.issuer in concerned and word.certificate in {None, *concerned}]
    return {
        "certificates": chain,
        "crls": [word.octets for word in said if word.certificate is None],
        "answers": [word.octets for word in said if word.certificate is not None],
    }


def informed(seal: bytes, others: Iterable[x509.Certificate], anchors: Sequence[Anchor], at: datetime) -> Authorities:
    """Return the judge's anchors, told what the container's seal carries: none of it believed unchecked.

    Every list and every answer is signed by an issuer whose certificate is there. `others` are certificates that may
    be asked about.
    """
    try:
        _, held = split_seal(disclose(seal) or b"")
    except NotSignable:
        held = Lasting()
    pool = list(_certificates(held))
    authorities = _Helped(anchors, pool)
    known = [*pool, *(one for anchor in anchors for one in anchor.certificates)]
    crls = (crl for octets in held.crls[:_NEWS_LIMIT] for crl in _lists(octets, known, at))
    asked = [*known, *others][: 2 * _CERTIFICATES_LIMIT]
    answers = (answer for octets in held.answers[:_NEWS_LIMIT] for answer in _answers(octets, asked, known, at))
    authorities.learn(Snapshot(crls, answers))
    return authorities


class _Helped(Authorities):
    """The judge's own anchors, with the container's certificates as untrusted help between signer and anchor."""

    def __init__(self, anchors: Sequence[Anchor], between: Sequence[x509.Certificate]) -> None:
        super().__init__(anchors=anchors)
        self._between = tuple(between)

    def judge(
        self, certificate: x509.Certificate, intermediates: Sequence[x509.Certificate], at: datetime, **more: Any
    ) -> Judgement:
        return super().judge(certificate, tuple(dict.fromkeys((*intermediates, *self._between))), at, **more)


def _bus(receipt: bytes, at: datetime) -> x509.Certificate | None:
    try:
        said = read_receipt(receipt)
    except Broken:
        return None
    return verify(said.root, RECEIPT_RULES, _NOBODY, at).certificate


def _sender(octets: bytes, at: datetime) -> x509.Certificate | None:
    try:
        envelope = read(octets)
    except MalformedEnvelope:
        return None
    root = cast("Element", envelope.proven_tree)
    return verify(root, rules_of(envelope, root), _NOBODY, at, octets=octets).certificate


def _certificates(held: Lasting) -> Iterator[x509.Certificate]:
    for der in held.certificates[:_CERTIFICATES_LIMIT]:
        try:
            yield x509.load_der_x509_certificate(der)
        except ValueError:  # a certificate that nobody can read helps nobody
            continue


def _lists(octets: bytes, issuers: Iterable[x509.Certificate], at: datetime) -> Iterator[Crl]:
    for issuer in issuers:
        try:
            yield read_crl(octets, issuer, at)
        except RevocationUnusable:
            continue


def _answers(
    octets: bytes, asked: Sequence[x509.Certificate], issuers: Sequence[x509.Certificate], at: datetime
) -> Iterator[Answer]:
    for certificate in asked:
        for issuer in issuers:
            if issued(certificate, issuer):
                try:
                    yield read_answer(octets, certificate, issuer, at)
                except RevocationUnusable:
                    continue
