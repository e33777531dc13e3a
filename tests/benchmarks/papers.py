"""Signed documents, made beforehand in several processes."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

from signing import EDXML_RULES, PemKey, sign_enveloped
from tests.builders import a_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SENDERS: Final = ("000.00.01.H03", "000.00.02.H03")
RECIPIENTS: Final = tuple(f"000.00.{n}.H03" for n in range(11, 19))
_AT_ONCE: Final = 50


def make_papers(keys: Path, count: int, first: int = 0) -> Iterator[list[bytes]]:
    """Yield `count` documents in portions; number `n` is of `sender_of(n)`, and no two are the same."""
    portions = [range(n, min(n + _AT_ONCE, first + count)) for n in range(first, first + count, _AT_ONCE)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(partial(_portion, keys), portions)


def sender_of(number: int) -> str:
    """Return who sends document `number`."""
    return SENDERS[number % len(SENDERS)]


def _portion(keys: Path, numbers: range) -> list[bytes]:
    held = {code: PemKey(keys / f"{code}.key", keys / f"{code}.crt").current() for code in SENDERS}
    return [sign_enveloped(_written(number), held[sender_of(number)], EDXML_RULES) for number in numbers]


def _written(number: int) -> bytes:
    at = number // len(SENDERS)
    recipients = [RECIPIENTS[at % len(RECIPIENTS)], RECIPIENTS[(at + 3) % len(RECIPIENTS)]]
    return a_document(sender=sender_of(number), recipients=recipients, number=str(number), priority=0)
