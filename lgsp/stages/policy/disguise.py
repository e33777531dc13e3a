"""Reading letters through their disguises: one plain form for whatever looks alike.

Compatibility forms (full-width, circled, mathematical letters) and precomposed letters are taken apart by Unicode
itself (NFKD). What it does not know stands here: letters of other scripts that look like the Latin ones that matter,
and characters that nobody sees.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Marks that make Vietnamese letters; all others are noise on top of a letter.
MARKS: Final = "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"

#: Cyrillic, Greek, Armenian, Coptic, Cherokee, Lisu and phonetic letters that look like those of TUYỆT, TỐI and MẬT.
_LOOKALIKES: Final = {
    "M": "МΜϺⱮᎷⲘꓟᛖ",
    "m": "мᴍɱⲙ",
    "A": "АΑᎪꓮᗅⲀ",
    "a": "аαᴀɑⲁ",
    "T": "ТΤᎢⲦꓔŦƬƮ",
    "t": "тτᴛⲧŧƭʈ",
    "U": "ՍꓴᑌɄ",
    "u": "ᴜυսʉ",
    "Y": "УΥҮᎩⲨꓬ",
    "y": "уγүʏⲩ",
    "E": "ЕΕᎬꓰⲈƐ",
    "e": "еεᴇⲉ℮ɛ",
    "O": "ОΟՕⲞꓳØ",
    "o": "оοօᴏⲟσø",
    "I": "ІΙӀⲒꓲ",
    "i": "іιӏɪıⲓⵏǀ",
    "\u0302": "\u0311\u1dcd",
    "\u0323": "\u0329\u0325\u0331",
}
#: Letters in boxes and flags, which NFKD leaves alone: negative circled, negative squared, regional indicators.
_BOXES: Final = (0x1F150, 0x1F170, 0x1F1E6)
#: Fillers and marks that show nothing, besides those that Unicode calls format characters.
_UNSEEN: Final = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"


class _Table(dict[int, str]):
    """What each character becomes; learnt when it is first met, and bounded."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        unseen = category == "Cf" or character in _UNSEEN or (category in {"Mn", "Me"} and character not in MARKS)
        meant = "" if unseen else character
        if len(self) < _LEARNT_AT_MOST:
            self[code] = meant
        return meant


_LEARNT_AT_MOST: Final = 20_000
_TABLE: Final = _Table(
    {ord(like): letter for letter, likes in _LOOKALIKES.items() for like in likes}
    | {first + n: chr(ord("A") + n) for first in _BOXES for n in range(26)}
)

_VIETNAMESE: Final = "".join(
    sorted(
        {
            unicodedata.normalize("NFC", letter + shape + tone)
            for letter in "aeiouyAEIOUY"
            for shape in ("", "\u0302", "\u0306", "\u031b")
            for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
            if len(unicodedata.normalize("NFC", letter + shape + tone)) == 1
        }
        | set("đĐ")
    )
)
#: Anything but what an ordinary Vietnamese text in NFC is written with.
_UNUSUAL: Final = re.compile(f"[^\x09-\x7e\x1e{_VIETNAMESE}“”‘’–—…§°²³µ«»•·№]")


def unusual(text: str) -> bool:
    """Tell whether `text` holds a character that an ordinary Vietnamese text does not; cheap."""
    return not text.isascii() and _UNUSUAL.search(text) is not None


def plain(text: str) -> str:
    """Return `text` taken apart into plain letters, each followed by its Vietnamese marks."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFKD", text).translate(_TABLE))
