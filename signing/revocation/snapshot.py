"""All that is known about revocation at one moment, in memory: what the hot path asks, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from signing.revocation.issuing import issuer_id
from signing.revocation.status import UNKNOWN, Revocation, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cryptography import x509

    from signing.revocation.crl import Crl
    from signing.revocation.ocsp import Answer


class Snapshot:
    """Lists and answers whose signatures were checked when they were read. Never changed: a newer one replaces it."""

    def __init__(self, crls: Iterable[Crl] = (), answers: Iterable[Answer] = ()) -> None:
        """Know these."""
        self._crls: defaultdict[bytes, list[Crl]] = defaultdict(list)
        self._answers: defaultdict[tuple[bytes, int], list[Answer]] = defaultdict(list)
        for crl in crls:
            self._crls[crl.issuer].append(crl)
        for answer in answers:
            self._answers[answer.issuer, answer.serial].append(answer)

    def status(self, certificate: x509.Certificate, issuer: x509.Certificate) -> Revocation:
        """Return what is known of `certificate`: that it is revoked, when anybody says so, else the newest word."""
        identity = issuer_id(issuer)
        said = [*self._listed(certificate, identity), *self._answered(certificate, identity)]
        revoked = [one for one in said if one.state is State.REVOKED]
        good = [one for one in said if one.state is State.GOOD]
        return max(revoked or good or said or [UNKNOWN], key=lambda one: one.as_of.timestamp() if one.as_of else 0)

    def _listed(self, certificate: x509.Certificate, issuer: bytes) -> Iterator[Revocation]:
        for crl in self._crls.get(issuer, ()):
            said = crl.about(certificate)
            if said is not None:
                yield said

    def _answered(self, certificate: x509.Certificate, issuer: bytes) -> Iterator[Revocation]:
        for answer in self._answers.get((issuer, certificate.serial_number), ()):
            # A responder whose own certificate was taken back has nothing more to say.
            doubts = self._listed(answer.responder, issuer) if answer.responder else ()
            said = answer.said
            ended = said.as_of is not None and certificate.not_valid_after_utc < said.as_of
            # Of a certificate that has ended a responder may have forgotten that it was revoked.
            forgotten = ended and said.state is State.GOOD
            if not forgotten and not any(doubt.state is State.REVOKED for doubt in doubts):
                yield said


NOTHING_KNOWN: Final = Snapshot()
