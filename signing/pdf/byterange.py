"""Which octets a signature speaks of, checked before any engine looks: the oldest trick is to leave a hole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOLE: Final = re.compile(rb"<[0-9A-Fa-f\s]*>")


def misplaced(octets: bytes, byte_range: Sequence[object], contents: bytes) -> str:
    """Say what is wrong with `byte_range`, or nothing.

    Two stretches of octets from the start of the file, and between them nothing but the signature value in hexadecimal.
    """
    numbers = [number for number in byte_range if isinstance(number, int)]
    if len(numbers) != len(byte_range) or len(numbers) != 4:  # noqa: PLR2004 - two stretches, each start and length
        return "ByteRange is not four numbers"
    start, before, after, rest = numbers
    if start != 0 or before <= 0 or after <= before or rest <= 0 or after + rest > len(octets):
        return "ByteRange does not lie within the file, from its first octet"
    hole = octets[before:after]
    if not _HOLE.fullmatch(hole):
        return "something else than the signature value is left out of what is signed"
    digits = b"".join(hole[1:-1].split())
    if bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")) != contents:
        return "the signature value stands elsewhere than ByteRange says"
    return ""
