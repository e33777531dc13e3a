"""All that a rule of the exchange sees of the bus. Semantic versioning applies to every name here.

A rule is a class registered under the entry point group `lgsp.policies`; the name there is the rule's name everywhere:
in `[rules] modes`, in remarks and refusals, in `lgsp rules`. docs/how-to/write-a-rule.md shows one as a whole.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from lgsp.model.envelope import DocumentHeader, Envelope, Kind, MessageHeader, StatusHeader, Verified
from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.remark import Mode
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "DocumentHeader",
    "Envelope",
    "Kind",
    "MessageHeader",
    "Mode",
    "Policy",
    "PolicyContract",
    "PolicyDenied",
    "Problem",
    "StatusHeader",
    "Text",
    "Verified",
]


class Policy(Protocol):
    """One rule of the exchange.

    It is made once a process, with the keys of `[rules.options.NAME]` as keyword arguments; without such a table, with
    none.
    """

    @property
    def sentence(self) -> Text:
        """What is demanded, in one sentence."""

    @property
    def source(self) -> Text:
        """Where that is written: act and article."""

    @property
    def mode(self) -> Mode:
        """What an objection leads to where the operator says nothing."""

    def check(self, verified: Verified, at: datetime) -> None:
        """Say nothing, or raise PolicyDenied with problems that the sender can act on, in both languages.

        Called once for every document, status and message, from several threads at once, on its way in: no I/O, and
        microseconds. `at` is the time of arrival, UTC. Any other exception refuses the document as unexamined.
        """


class PolicyContract:
    """What a rule promises. Subclass it in a class whose name begins with `Test`, and run it with pytest."""

    def rule(self) -> Policy:
        """Return the rule, made as the bus makes it."""
        raise NotImplementedError

    def good(self) -> Iterable[Verified]:
        """Return documents that it lets pass."""
        raise NotImplementedError

    def bad(self) -> Iterable[Verified]:
        """Return documents that it objects to."""
        raise NotImplementedError

    def at(self) -> datetime:
        """Return the time of arrival."""
        return datetime.now(UTC)

    def test_it_says_what_it_demands_and_where_that_is_written_in_both_languages(self) -> None:
        rule = self.rule()
        assert all((rule.sentence.en, rule.sentence.vi, rule.source.en, rule.source.vi))
        assert rule.sentence.en != rule.sentence.vi
        assert rule.mode in set(Mode)

    def test_it_is_silent_about_what_is_good_each_time_it_is_asked(self) -> None:
        rule = self.rule()
        for verified in self.good():
            for _ in range(2):
                assert rule.check(verified, self.at()) is None  # type: ignore[func-returns-value]  # that is the promise

    def test_it_objects_to_what_is_bad_with_what_would_have_been_right_in_both_languages(self) -> None:
        rule = self.rule()
        for verified in self.bad():
            for _ in range(2):
                problems = _objections(rule, verified, self.at())
                assert problems
                assert all(problem.expected.en and problem.expected.vi for problem in problems)
                assert all(len(problem.found) <= 200 for problem in problems)  # noqa: PLR2004 - as Problem says


def _objections(rule: Policy, verified: Verified, at: datetime) -> tuple[Problem, ...]:
    try:
        rule.check(verified, at)
    except PolicyDenied as denied:
        return denied.problems
    return ()
