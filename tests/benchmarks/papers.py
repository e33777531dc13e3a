"""Signed documents, made beforehand in several processes."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Final, overload

from lgsp.sdk import File
from signing import EDXML_RULES, KeyKind, PemKey, sign_enveloped
from tests.builders import a_document
from tests.province import an_agency, make_province

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

SENDERS: Final = ("000.00.01.H03", "000.00.02.H03")
RECIPIENTS: Final = tuple(f"000.00.{n}.H03" for n in range(11, 19))
_AT_ONCE: Final = 50
#: What a document weighs beside its attachment, and what an attachment adds beside its base64.
_BARE_BYTES: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How the documents of a measurement look. All are signed with RSA-2048 by their senders."""

    #: Of the whole document; the smallest is some 3 KB, and carries no attachment.
    kilobytes: int = 3
    recipients: int = 2

    @property
    def attachment_bytes(self) -> int:
        """Of the one attachment, before base64."""
        return max(0, (1000 * self.kilobytes - _BARE_BYTES) * 3 // 4)


class Papers(Sequence[bytes]):
    """Documents in one file, so that many need no memory."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("x+b")
        self._bounds = [0]

    def add(self, documents: Iterable[bytes]) -> None:
        """Put documents behind those that are there."""
        self._file.seek(self._bounds[-1])
        for octets in documents:
            self._file.write(octets)
            self._bounds.append(self._bounds[-1] + len(octets))
        self._file.flush()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, number: int) -> bytes: ...
    @overload
    def __getitem__(self, number: slice) -> list[bytes]: ...
    def __getitem__(self, number: int | slice) -> bytes | list[bytes]:
        if isinstance(number, slice):
            return [self[each] for each in range(len(self))[number]]
        first = self._bounds[number]
        return os.pread(self._file.fileno(), self._bounds[number + 1] - first, first)


def make_keys(folder: Path, kind: KeyKind = KeyKind.RSA_2048) -> Path:
    """Make the keys that every province of a run shares; return where they are."""
    folder.mkdir(exist_ok=True)
    keys = folder / "keys"
    make_province(folder / "signers", [an_agency(code) for code in SENDERS], kind=kind, keys=keys)
    return keys


def make_papers(keys: Path, numbers: range, form: Form | None = None) -> Iterator[list[bytes]]:
    """Yield documents in portions; number `n` is of `sender_of(n)`, and no two are the same."""
    portions = [numbers[at : at + _AT_ONCE] for at in range(0, len(numbers), _AT_ONCE)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(partial(_portion, keys, form or Form()), portions)


def sender_of(number: int) -> str:
    """Return who sends document `number`."""
    return SENDERS[number % len(SENDERS)]


def recipients_of(number: int, form: Form) -> list[str]:
    """Return to whom document `number` goes."""
    at = number // len(SENDERS)
    return [RECIPIENTS[(at + 3 * n) % len(RECIPIENTS)] for n in range(form.recipients)]


def _portion(keys: Path, form: Form, numbers: range) -> list[bytes]:
    held = {code: PemKey(keys / f"{code}.key", keys / f"{code}.crt").current() for code in SENDERS}
    return [sign_enveloped(written(number, form), held[sender_of(number)], EDXML_RULES) for number in numbers]


def written(number: int, form: Form) -> bytes:
    """Return document `number`, not signed yet."""
    size = form.attachment_bytes
    # Like a photographed page: nothing that a compression would make smaller.
    content = b"\xff\xd8\xff\xe0" + Random(number).randbytes(size)
    return a_document(
        sender=sender_of(number),
        recipients=recipients_of(number, form),
        number=str(number),
        priority=0,
        attachments=[File(name="cong_van.jpg", content=content, content_id="tep-1")] if size else [],
    )
