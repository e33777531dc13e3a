"""Asking the rules: which are in force, and what an objection leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.remark import Mode, Remark
from lgsp.model.text import Text
from lgsp.sdk.rules import Policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from lgsp.model.envelope import Verified

__all__ = ["Mode", "Policy", "Rule", "nobody", "permit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A policy in force: under its name, in a mode."""

    name: str
    policy: Policy
    mode: Mode = Mode.REFUSE


def nobody(_rule: str, _digest: str) -> str | None:
    """Overrule nothing."""
    return None


def permit(
    verified: Verified,
    rules: Iterable[Rule],
    at: datetime,
    overruled: Callable[[str, str], str | None] = nobody,
) -> tuple[Remark, ...]:
    """Let `verified` pass with what the rules remark, or raise PolicyDenied from the first that refuses.

    `overruled` says why a refusal by the rule of that name does not count for the octets of that digest; None: it
    counts. It is asked after an objection only.
    """
    remarks: list[Remark] = []
    for rule in rules:
        if rule.mode is Mode.OFF:
            continue
        try:
            rule.policy.check(verified, at)
        except PolicyDenied as objection:
            why = overruled(rule.name, verified.envelope.digest) if rule.mode is Mode.REFUSE else ""
            if why is None:
                raise PolicyDenied(objection.problems, rule=rule.name) from None
            remarks += [Remark(rule=rule.name, problem=_let_pass(problem, why)) for problem in objection.problems]
    return tuple(remarks)


def _let_pass(problem: Problem, why: str) -> Problem:
    """Return what is remarked: the objection, or that it was overruled and why."""
    if not why:
        return problem
    return Problem(
        element=problem.element,
        line=problem.line,
        expected=problem.expected,
        found=problem.found,
        cure=Text(f"overruled by the operator: {why}", f"đơn vị vận hành đã cho qua: {why}"),
    )
