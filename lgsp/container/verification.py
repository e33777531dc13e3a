"""Judging a container with nothing but the container, and what the one who judges brings along."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lgsp.container.case import Case, contradicted
from lgsp.container.checks import cover, head, log, sender, word
from lgsp.container.contents import BODIES, RECEIPT, SEAL
from lgsp.container.knowledge import informed, signers
from lgsp.container.log import proven_time
from lgsp.container.words import CONTAINER, Broken, Report, merged
from lgsp.container.zipped import unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from lgsp.container.words import Finding
    from lgsp.evidence import Head
    from signing import Anchor

    Check = Callable[[Case], Iterator[Finding]]

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
    body = next((files[name] for name in BODIES if name in files), b"")
    seal = files.get(SEAL, b"")
    authorities = informed(seal, signers(body, files.get(RECEIPT, b""), at), anchors, at)
    case = Case(files=files, authorities=authorities, at=at, kept=tuple(kept))
    case = replace(case, proven_at=proven_time(case))
    return Report(findings=merged(finding for check in CHECKS for finding in _asked(check, case)))


def _asked(check: Check, case: Case) -> Iterator[Finding]:
    """Yield what a check finds; what it cannot read is a finding too, and the others go on."""
    try:
        yield from check(case)
    except Broken as broken:
        yield broken.finding
    except Exception as error:  # noqa: BLE001  # a hostile container may raise anything; none of it is a proof
        yield contradicted(CONTAINER, f"cannot be judged: {error!r}"[:200], f"không kết luận được: {error!r}"[:200])
