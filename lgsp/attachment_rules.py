"""From what the operator says about attachments to the values that examine and judge."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from lgsp.upkeep.attachments import Demand
from signing.pdf import DEFAULT_ROLES, Examiner, Part, PdfLimits, Role, RoleRule

if TYPE_CHECKING:
    from lgsp.settings import AttachmentsSection


def examiner_of(section: AttachmentsSection) -> Examiner:
    """Return who examines PDF files, with the operator's rules about roles before ours."""
    rules = (RoleRule(role=Role(one.role), part=Part(one.part), pattern=one.pattern) for one in section.roles)
    limits = PdfLimits(
        size_bytes=section.size_limit_bytes,
        signatures=section.signatures_limit,
        seconds=section.seconds_limit,
        memory_bytes=section.memory_limit_bytes,
    )
    return Examiner(limits, (*rules, *DEFAULT_ROLES))


def demands_of(section: AttachmentsSection) -> tuple[Demand, ...]:
    """Return whose signatures documents should carry."""
    return tuple(
        Demand(roles=one.signed_by, agency=one.agency.upper(), type_name=one.type_name) for one in section.demands
    )


def patience_of(section: AttachmentsSection) -> timedelta | None:
    """Return how long deliveries wait for the examination; None when attachments are not examined at all."""
    return timedelta(seconds=section.hold_seconds) if section.examine else None
