"""How documents are cited, and when two ways of writing it mean the same.

Real systems copy number, notation, date and DocumentId by hand or through three conversions: blanks, capitals, leading
zeros, lost accents and other separators. What is compared here is what survives all of that.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lgsp.model.envelope import Reference

_LOST: Final = re.compile(r"[^0-9A-Z]+")
_YEAR_FIRST: Final = re.compile(r"(\d{4})\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})(?!\d)")
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\D{1,2}(\d{1,2})\D{1,2}(\d{4})(?!\d)")
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)")
#: A DocumentId that speaks: agency, date or year, number and notation, however parted (`000.00.00.H03,2020/09/24,5123/
#: UBND-KGVX`; QĐ 28/2018 Art. 10(2)(b); `H03-2020-5123/UBND-KGVX` in one vendor's systems).
_SPEAKING: Final = re.compile(
    r"\s*[0-9A-Za-z.]+?\s*[,;.\-_ ]\s*"
    r"((?:19|20)\d\d[/.\-]\d{1,2}[/.\-]\d{1,2}|\d{1,2}[/.\-]\d{1,2}[/.\-](?:19|20)\d\d|(?:19|20)\d\d)"
    r"\s*[,;.\-_ ]\s*(\d.*)",
    re.DOTALL,
)


@lru_cache(1024)  # one document's is asked for several times on its way
def numbered(number: str, notation: str = "") -> str:
    """Return number and notation as they are compared: `05123`, `ubnd - kgvx` and `5123/UBND-KGVX` are the same."""
    return _folded(f"{number}/{notation}").lstrip("0")


@lru_cache(1024)
def day(written: str) -> str:
    """Return a date as `yyyy/mm/dd`, as they are compared, whether or not the day exists; empty where there is none."""
    written = written.strip()
    if found := _YEAR_FIRST.match(written) or _COMPACT.fullmatch(written):
        year, month, date = found.groups()
    elif found := _DAY_FIRST.match(written):
        date, month, year = found.groups()
    else:
        return ""
    return f"{year}/{int(month):02}/{int(date):02}"


@lru_cache(1024)
def _plain(character: str) -> str:
    """Return the letter below accents: a key press was lost, not another letter meant."""
    return {"Đ": "D", "Ð": "D"}.get(character) or unicodedata.normalize("NFD", character)[0]


def _folded(written: str) -> str:
    capitals = unicodedata.normalize("NFC", written).upper()
    if not capitals.isascii():
        capitals = "".join(map(_plain, capitals))
    return _LOST.sub("", capitals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A document as somebody cites it, in the form that is compared. Empty parts are not known."""

    document_id: str = ""
    numbered: str = ""
    #: `yyyy/mm/dd`, or the beginning of it: a year alone.
    day: str = ""


def cited(reference: Reference) -> Cited:
    """Return what a reference cites. Number and date that are left out are looked for in a DocumentId that speaks."""
    said = spoken(reference.document_id)
    code = numbered(reference.code)
    # A number without its notation, where the DocumentId has both.
    code = said.numbered if code.isdigit() and said.numbered.startswith(code) else code
    return Cited(
        document_id=said.document_id,
        numbered=code or said.numbered,
        day=day(reference.promulgated) or said.day,
    )


def spoken(document_id: str) -> Cited:
    """Return what a DocumentId cites by itself."""
    speaking = _SPEAKING.fullmatch(document_id)
    said_day, said_number = speaking.groups() if speaking else ("", "")
    return Cited(
        document_id=document_id.strip(),
        numbered=numbered(said_number),
        day=day(said_day) or (f"{said_day}/" if said_day else ""),
    )
