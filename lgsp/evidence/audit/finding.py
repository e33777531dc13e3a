"""What an audit finds: one fault, its place, and words for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping


class Fault(StrEnum):
    """What is wrong."""

    CHANGED = "changed"
    REMOVED = "removed"
    SLIPPED_IN = "slipped-in"
    LATE = "late"
    UNSIGNED = "unsigned"
    FORKED = "forked"
    MISDATED = "misdated"
    UNSTAMPED = "unstamped"


#: A row is entered in the commit that writes it, and bears the time at which its work began; clocks differ a little.
#: More than this between two times that belong together is not how the bus works.
TOLERANCE: Final = timedelta(minutes=10)

SENTENCES: Final[Mapping[Fault, Text]] = {
    Fault.CHANGED: Text("is not what was written", "không còn như khi được ghi"),
    Fault.REMOVED: Text("is gone", "đã bị xóa"),
    Fault.SLIPPED_IN: Text("was put in afterwards, past the bus", "được chèn vào sau, không qua trục"),
    Fault.LATE: Text(
        "claims a time before a head that does not know it: it was put in afterwards",
        "ghi thời điểm trước một đầu nhật ký không biết đến nó: được chèn vào sau",
    ),
    Fault.UNSIGNED: Text("is not signed by the bus", "không có chữ ký của trục"),
    Fault.FORKED: Text("signs another log than this one", "ký cho một nhật ký khác với nhật ký này"),
    Fault.MISDATED: Text("bears a time that cannot be", "mang thời điểm không thể có"),
    Fault.UNSTAMPED: Text(
        "bears a time stamp of nobody whom the bus believes", "mang dấu thời gian không thuộc tổ chức trục tin cậy"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault."""

    fault: Fault
    #: Where: a table, e.g. `history`, `leaf`.
    table: str
    #: Which row there: its key, as people write it; for a row that is gone what it was about.
    row: str
    #: The leaves concerned, when known.
    leaves: tuple[int, ...] = ()
    #: What more there is to know; not for people alone.
    detail: str = ""

    def facts(self) -> dict[str, Any]:
        """Return the finding as JSON values."""
        said = SENTENCES[self.fault]
        return {
            "fault": self.fault,
            "table": self.table,
            "row": self.row,
            "leaves": list(self.leaves),
            "detail": self.detail,
            "sentence": said.en,
            "sentence_vi": said.vi,
        }
