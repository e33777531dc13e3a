"""Errors in the bus's words: who must act, in both languages, with the system's own words and without secrets."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from lgsp.sdk import Misconfigured, Problem, RecipientUnavailable, Rejected, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_FOUND_LIMIT = 200


def unavailable(found: str, *, wait: str = "") -> RecipientUnavailable:
    """Return the error for a system that does not answer or is busy; `wait` is its Retry-After, as written."""
    cure = Text(f"it asks to wait: {wait}", f"hệ thống yêu cầu chờ: {wait}") if wait else None
    return RecipientUnavailable(
        Problem(
            expected=Text("an answer from the recipient's system", "hệ thống của đơn vị nhận trả lời"),
            found=shorten(found),
            cure=cure,
        )
    )


def rejected(found: str, element: str = "") -> Rejected:
    """Return the error for a system that says it will never take the document; `found` is what it said."""
    return Rejected(
        Problem(
            element=element,
            expected=Text(
                "a document that the recipient's system takes", "văn bản mà hệ thống của đơn vị nhận tiếp nhận được"
            ),
            found=shorten(found),
        )
    )


def not_taken(what: str) -> Rejected:
    """Return the error for a kind of envelope that the configuration maps to no call."""
    return Rejected(
        Problem(
            expected=Text(
                "a kind of document that the recipient's system has a service for",
                "loại gói tin mà hệ thống của đơn vị nhận có dịch vụ tiếp nhận",
            ),
            found=shorten(what),
            cure=Text(
                "ask the operator to configure a call for it", "đề nghị đơn vị vận hành cấu hình dịch vụ cho loại này"
            ),
        )
    )


def misconfigured(place: str, expected: Text, found: str = "") -> Misconfigured:
    """Return the error for an option that cannot work, naming it."""
    return Misconfigured(Problem(element=place, expected=expected, found=shorten(found)))


def shorten(words: str) -> str:
    """Return `words` on one line, at most 200 characters."""
    line = " ".join(words.split())
    return line if len(line) <= _FOUND_LIMIT else line[: _FOUND_LIMIT - 1] + "…"


@contextmanager
def conceal(secrets: Callable[[], Sequence[str]]) -> Iterator[None]:
    """Take secrets that the system echoed out of the errors raised inside; `secrets` is asked when one is raised."""
    try:
        yield
    except (RecipientUnavailable, Rejected) as error:
        problems = [replace(problem, found=_without(secrets(), problem.found)) for problem in error.problems]
        raise type(error)(problems) from None


def _without(secrets: Sequence[str], words: str) -> str:
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        words = words.replace(secret, "***")
    return words
