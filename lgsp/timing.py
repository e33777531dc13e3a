"""From what the operator says about time authorities to what asks and believes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from signing import Authorities, SigningError
from signing.stamper import Stamper, TimeSource

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lgsp.settings import TimeSection


def stamper_of(section: TimeSection) -> Stamper | None:
    """Return what asks the time authorities, or None when there are none. Raises Misconfigured."""
    sources = [
        TimeSource(
            url=one.url,
            authorities=_believed(one.certificates),
            policy=one.policy,
            timeout_seconds=one.timeout_seconds,
        )
        for one in section.authorities
    ]
    return Stamper(sources, tolerance_seconds=section.tolerance_seconds) if sources else None


def time_authorities_of(section: TimeSection) -> Authorities:
    """Return whose time stamps are believed. Raises Misconfigured."""
    return _believed(path for one in section.authorities for path in one.certificates)


def _believed(paths: Iterable[Path]) -> Authorities:
    try:
        return Authorities.load(paths)
    except (SigningError, OSError) as error:
        raise Misconfigured(
            Problem(
                element="[time] authorities, certificates",
                expected=Text("certificates of time authorities (PEM)", "chứng thư của CA cấp dấu thời gian (PEM)"),
                found=str(error)[:200],
            )
        ) from error
