"""Judging a container with nothing but the container, and what the one who judges brings along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from lgsp.container.case import Case
from lgsp.container.checks import cover, head, log, sender, word
from lgsp.container.contents import ISSUERS
from lgsp.container.log import proven_time
from lgsp.container.words import Broken, Report
from lgsp.container.zipped import unpack
from signing import Authorities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from lgsp.container.words import Finding
    from lgsp.evidence import Head
    from signing import Anchor, Judgement

    Check = Callable[[Case], Iterator[Finding]]

#: More would make the search for a chain long.
_ISSUERS_LIMIT: Final = 8

#: In the order they are told.
CHECKS: Final[tuple[Check, ...]] = (
    cover.files_are_those_that_were_packed,
    word.the_document_is_the_one_accepted,
    sender.the_sender_signed_it,
    word.the_seal_is_over_the_document,
    word.the_receipt_is_signed,
    log.the_acceptance_is_a_row,
    log.the_rows_are_in_the_log,
    head.the_heads_are_signed,
    log.the_witness_agrees,
    log.the_rows_tell,
)


def verify_container(
    container: bytes, *, anchors: Sequence[Anchor] = (), witness: Head | None = None, at: datetime
) -> Report:
    """Say what a container proves at the time `at` to one who trusts `anchors` and kept the head `witness`.

    Raises nothing, whatever the container holds. Nothing is written to disk, nothing is fetched, and memory stays
    within a few times the container's size.
    """
    try:
        files = unpack(container)
    except Broken as broken:
        return Report(findings=(broken.finding,))
    authorities = _Helped(anchors, _issuers(files.get(ISSUERS, b"")))
    case = Case(files=files, authorities=authorities, at=at, witness=witness)
    case = replace(case, proven_at=proven_time(case))
    return Report(findings=tuple(finding for check in CHECKS for finding in _asked(check, case)))


def _asked(check: Check, case: Case) -> Iterator[Finding]:
    """Yield what a check finds; what it cannot read is a finding too, and the others go on."""
    try:
        yield from check(case)
    except Broken as broken:
        yield broken.finding


def _issuers(octets: bytes) -> list[x509.Certificate]:
    """Return the certificates in a file; a file that nobody can read helps nobody."""
    if octets.count(b"-----BEGIN") > _ISSUERS_LIMIT:
        return []
    try:
        return x509.load_pem_x509_certificates(octets)
    except ValueError:
        return []


class _Helped(Authorities):
    """The judge's own authorities, with the container's certificates as untrusted help between signer and anchor."""

    def __init__(self, anchors: Sequence[Anchor], help_: Sequence[x509.Certificate]) -> None:
        super().__init__(anchors=anchors)
        self._help = tuple(help_)

    def judge(
        self, certificate: x509.Certificate, intermediates: Sequence[x509.Certificate], at: datetime, **more: Any
    ) -> Judgement:
        return super().judge(certificate, (*intermediates, *self._help), at, **more)
