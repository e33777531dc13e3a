"""Judging a container with nothing but the container, and what the one who judges brings along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lgsp.container.case import Case, contradicted
from lgsp.container.checks import cover, head, log, refusal, sender, status, word
from lgsp.container.contents import BODIES, MANIFEST, RECEIPT, SEAL
from lgsp.container.knowledge import informed, signers
from lgsp.container.log import proven_time
from lgsp.container.manifest import Subject, read_subject
from lgsp.container.words import CONTAINER, Broken, Report, Weight, merged
from lgsp.container.zipped import unpack
from signing import Authorities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from cryptography import x509

    from lgsp.container.words import Finding
    from lgsp.evidence import Head
    from signing import Anchor

    Check = Callable[[Case], Iterator[Finding]]

#: By what a container is about, in the order they are told.
CHECKS: Final[Mapping[Subject, tuple[Check, ...]]] = {
    Subject.DOCUMENT: (
        cover.files_are_those_that_were_packed,
        word.the_document_is_the_one_accepted,
        sender.the_sender_signed_it,
        word.the_seal_is_over_the_document,
        word.the_receipt_is_signed,
        status.the_agencies_said_so,
        log.the_acceptance_is_a_row,
        log.the_rows_are_in_the_log,
        head.the_heads_are_signed,
        log.the_witness_agrees,
        log.the_rows_tell,
    ),
    Subject.REFUSAL: (
        cover.files_are_those_that_were_packed,
        refusal.it_was_refused,
        log.the_rows_are_in_the_log,
        head.the_heads_are_signed,
        log.the_witness_agrees,
    ),
}


def verify_container(
    container: bytes, *, anchors: Sequence[Anchor] = (), kept: Sequence[Head] = (), at: datetime
) -> Report:
    """Say what a container proves at the time `at` to one who trusts `anchors` and kept the heads `kept`.

    Raises nothing, whatever the container holds. Nothing is written to disk, nothing is fetched, and memory stays
    within a few times the container's size.
    """
    try:
        files = unpack(container)
    except Broken as broken:
        return Report(findings=(broken.finding,))
    case = Case(files=files, authorities=Authorities(anchors=anchors), at=at, kept=tuple(kept))
    try:
        subject = read_subject(files)
    except Broken as broken:
        if broken.finding.weight is not Weight.UNKNOWN:
            return _judged(case, CHECKS[Subject.DOCUMENT][:1], broken)
        changed = cover.changed(case, MANIFEST)
        return Report(findings=(changed or broken.finding,))
    case = replace(case, authorities=informed(files.get(SEAL, b""), _signers(files, at), anchors, at))
    case = replace(case, proven_at=proven_time(case))
    return _judged(case, CHECKS[subject])


def _signers(files: Mapping[str, bytes], at: datetime) -> list[x509.Certificate]:
    """Return who signed the document and the statuses, and their receipts."""
    folders = dict.fromkeys(name.rpartition(RECEIPT)[0] for name in files if name.endswith(RECEIPT))
    found: dict[x509.Certificate, None] = {}
    for folder in folders:
        body = next((files[f"{folder}{name}"] for name in BODIES if f"{folder}{name}" in files), b"")
        found |= dict.fromkeys(signers(body, files[f"{folder}{RECEIPT}"], at))
    return list(found)


def _judged(case: Case, checks: Iterable[Check], *broken: Broken) -> Report:
    found = (finding for check in checks for finding in _asked(check, case))
    return Report(findings=merged((*(one.finding for one in broken), *found)))


def _asked(check: Check, case: Case) -> Iterator[Finding]:
    """Yield what a check finds; what it cannot read is a finding too, and the others go on."""
    try:
        yield from check(case)
    except Broken as broken:
        yield broken.finding
    except Exception as error:  # noqa: BLE001  # a hostile container may raise anything; none of it is a proof
        yield contradicted(CONTAINER, f"cannot be judged: {error!r}"[:200], f"không kết luận được: {error!r}"[:200])
