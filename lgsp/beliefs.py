"""From what the operator says about trust to the values that judge."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from lgsp.model.envelope import Admission, Kind
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.stages.signature.admission import Finding, Rule
from signing import Anchor, Authorities, Freshness, SigningError, read_certificates

if TYPE_CHECKING:
    from lgsp.settings import AnchorSection, TrustSection


def authorities_of(section: TrustSection) -> Authorities:
    """Return the authorities that are believed. Raises Misconfigured."""
    try:
        plain = read_certificates(section.authorities)
    except (SigningError, OSError) as error:
        raise _misconfigured("[trust] authorities", error) from error
    return Authorities(plain, map(_anchor, section.anchors))


def rules_of(section: TrustSection) -> tuple[Rule, ...]:
    """Return what verdicts lead to, before the defaults."""
    return tuple(
        Rule(
            finding=Finding(one.verdict),
            admission=Admission(one.outcome),
            kind=Kind(one.kind) if one.kind else None,
            agency=one.agency.upper(),
        )
        for one in section.admission
    )


def _anchor(section: AnchorSection) -> Anchor:
    try:
        certificates = read_certificates(section.certificates)
    except (SigningError, OSError) as error:
        raise _misconfigured(f"[[trust.anchors]] {section.name}, certificates", error) from error
    return Anchor(
        name=section.name,
        certificates=certificates,
        vouches_for=tuple(pattern.upper() for pattern in section.agencies),
        freshness=Freshness(section.freshness),
        max_age=timedelta(seconds=section.max_age_seconds),
        crl_urls=section.crl_urls,
        ocsp_url=section.ocsp_url,
    )


def _misconfigured(element: str, error: Exception) -> Misconfigured:
    expected = Text("certificates (PEM) that can be read", "chứng thư số (PEM) đọc được")
    return Misconfigured(Problem(element=element, expected=expected, found=str(error)))
