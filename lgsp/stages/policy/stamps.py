"""Finding the stamps of secrecy, MẬT, TỐI MẬT and TUYỆT MẬT, in a text: a heuristic that errs on the side of alarm.

TỐI MẬT and TUYỆT MẬT are found wherever they stand; MẬT where it stands as a stamp does: alone, in brackets, after a
label, set off at the beginning or the end, letter-spaced, or in capitals. Ordinary words that contain it (bảo mật, mật
khẩu, bí mật) are none, and neither are the names of the degrees in the title of a list of state secrets.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from lgsp.stages.policy.disguise import MARKS, plain, unusual

#: What may stand between the letters of a stamp: anything but letters and digits; marks count as noise.
_S: Final = r"[^a-z0-9đ\x1e]*"
_M: Final = f"[{MARKS}]*"


def _marked(letters: str, *marks: str) -> str:
    """Return a pattern for a letter with at least these marks, in any order."""
    return f"{letters}{''.join(f'(?={_M}{mark})' for mark in marks)}{_M}"


_HAT: Final = "\u0302"
_DOT: Final = "\u0323"
_ACUTE: Final = "\u0301"
_MAT: Final = f"m{_S}{_marked('a', _HAT, _DOT)}{_S}t"
_TOI: Final = f"t{_S}{_marked('[o0]', _HAT, _ACUTE)}{_S}[il1|]"
#: The dot may stand under the y, as some type it.
_TUYET: Final = f"t{_S}u{_S}y{_S}(?:{_marked('e', _HAT, _DOT)}|(?<=y{_DOT}){_marked('e', _HAT)}){_S}t"
_STAMP: Final = re.compile(f"(?:(?P<top>{_TUYET}|{_TOI}){_S})?(?P<mat>{_MAT})")
#: The same for a text in NFC and lower case that holds nothing unusual: is it worth a closer look?
_NEAR: Final = re.compile(r"m(?:[^\w\x1e]|_)*ậ(?:[^\w\x1e]|_)*t")

#: Words before and after `mật` that make an ordinary word of it.
_BEFORE: Final = (
    "bảo bí cơ thân giải cần cẩn trù nội ngọt ong túi gan dịch ống sỏi đường trăng tuần nước hoa mía chim rừng rót hút "
    "lấy giọt hũ chai độ mức thám tuyến viêm cắt nang"
)
_AFTER: Final = "khẩu mã ong độ thiết vụ đàm gấu danh hiệu tông ngữ ước thám khu thất mía cật hoa rừng dịch sơn hóa"
_PLAIN_BEFORE: Final = frozenset(map(plain, _BEFORE.split()))
_PLAIN_AFTER: Final = frozenset(map(plain, _AFTER.split()))

_WORD: Final = re.compile(f"[a-z0-9đ{MARKS}]+")
#: `độ` begins the next label: Độ khẩn, Độ mật.
_DEGREE: Final = plain("độ")
_DEGREES: Final = frozenset(map(plain, ("khẩn", "mật")))
_LETTER_BY_LETTER: Final = re.compile(f"[a-zđ][{MARKS}]*")
#: How far to look for the words beside a stamp.
_REACH: Final = 60
_LABEL: Final = re.compile(
    plain(r"(?:(?:độ|mức|cấp|dấu|loại)(?: độ)?(?: (?:mật|bảo mật))?|mật độ|secrecy|security)")
    + r"\s*[:=\u2013\u2014-]\s*[^\w\s]*\s*$"
)
_LIST: Final = re.compile(plain(r"bí\s+mật\s+nhà\s+nước\W.{0,60}?\bđộ(?:\s|,|;|và|hoặc|tuyệt|tối|mật)*$"))
_OPENED: Final = re.compile(r"[(\[{<«*_/|#]\s*$")
_CLOSED: Final = re.compile(r"^\s*[)\]}>»*_/|#]")
_NOTHING: Final = re.compile(r"^[\W_]*$")
_SET_OFF_AFTER: Final = re.compile(r"^\s*(?:[:;|/.\u2013\u2014!-]|v\s*/\s*v\b)")
_SET_OFF_BEFORE: Final = re.compile(r"[:;|/\u2013\u2014.!-][\W_]*$")


class _Seen(NamedTuple):
    """One place where `mật` stands: plain text in lower case, the same as written, and where."""

    lower: str
    cased: str
    start: int
    end: int

    @property
    def before(self) -> str:
        return self.lower[: self.start]

    @property
    def after(self) -> str:
        return self.lower[self.end :]

    def capitals(self, start: int, end: int) -> bool:
        """Tell whether all letters there are capitals."""
        letters = [letter for letter in self.cased[start:end] if letter.isalpha()]
        return bool(letters) and all(letter.isupper() for letter in letters)

    def alike(self, start: int, end: int) -> bool:
        """Tell whether a word is written in capitals exactly when `mật` is: otherwise they are no compound."""
        return self.capitals(start, end) == self.capitals(self.start, self.end)


def near(text: str) -> bool:
    """Tell whether `text` may hold a stamp: cheap, and never wrong when it says no."""
    return not text.isascii() and (unusual(text) or _NEAR.search(text.lower()) is not None)


def stamp(text: str) -> str:
    """Return the first stamp of secrecy in one field of a header, as written there but plain; empty without one."""
    cased = plain(text)
    lower = cased.lower()
    if len(lower) != len(cased):
        cased = lower  # a letter that grows in lower case: no telling any more what was in capitals
    for found in _STAMP.finditer(lower):
        seen = _Seen(lower, cased, found.start("mat"), found.end("mat"))
        top = found["top"] is not None
        if _is_top(seen, found.start(), tuyet="u" in found["top"]) if top else _is_stamp(seen):
            return " ".join(cased[found.start() : found.end()].split())
    return ""


def _is_top(seen: _Seen, start: int, *, tuyet: bool) -> bool:
    """Tell whether TỐI MẬT or TUYỆT MẬT is a stamp: always, but in the title of a list, or in `tối mật độ …`."""
    return _LIST.search(seen.lower[:start]) is None and (tuyet or not _compound_after(seen))


def _is_stamp(seen: _Seen) -> bool:
    """Tell whether MẬT is a stamp where it stands, and not a word among words."""
    if _LABEL.search(seen.before[-_REACH:]):
        return True
    if _compound_before(seen) or _compound_after(seen) or _LIST.search(seen.before):
        return False
    first, last = _NOTHING.match(seen.before), _NOTHING.match(seen.after)
    return bool(
        (first and last)
        or (first and _SET_OFF_AFTER.match(seen.after))
        or (last and _SET_OFF_BEFORE.search(seen.before))
        or (_OPENED.search(seen.before) and _CLOSED.match(seen.after))
        or _spaced(seen.lower[seen.start : seen.end])
        or seen.capitals(seen.start, seen.end)
    )


def _spaced(letters: str) -> bool:
    """Tell whether something stands between the letters."""
    return not _WORD.fullmatch(letters)


def _compound_before(seen: _Seen) -> bool:
    """Tell whether the word before makes an ordinary one of `mật`: bảo mật; also when all is letter-spaced."""
    words = list(_WORD.finditer(seen.lower, max(0, seen.start - _REACH), seen.start))
    single: list[str] = []
    for word in reversed(words):
        if not _LETTER_BY_LETTER.fullmatch(word[0]):
            break
        single.insert(0, word[0])
    if len(single) > 1:
        run = "".join(single)
        return any(run.endswith(known) for known in _PLAIN_BEFORE)
    return bool(words) and words[-1][0] in _PLAIN_BEFORE and seen.alike(*words[-1].span())


def _compound_after(seen: _Seen) -> bool:
    """Tell whether the word after makes an ordinary one of `mật`: mật khẩu; but not `MẬT Độ khẩn: …`."""
    words = list(_WORD.finditer(seen.lower, seen.end, seen.end + _REACH))
    if len(words) > 1 and all(_LETTER_BY_LETTER.fullmatch(word[0]) for word in words[:2]):
        run = "".join(word[0] for word in words)
        return any(run.startswith(known) for known in _PLAIN_AFTER)
    if not words or words[0][0] not in _PLAIN_AFTER or not seen.alike(*words[0].span()):
        return False
    return not (words[0][0] == _DEGREE and len(words) > 1 and words[1][0] in _DEGREES)
