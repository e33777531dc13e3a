"""Elements as strings: an element a line, every value escaped, nothing that XML cannot carry."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Final

from lgsp.model.errors import Problem, SchemaViolation
from lgsp.model.text import Text

if TYPE_CHECKING:
    from datetime import datetime

DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'

#: Vietnam's time; without summer time since 1975, so that no time zone database is needed.
VIETNAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

_IMPOSSIBLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})


def escape(element: str, value: str) -> str:
    """Return `value` as it stands in XML. Raises SchemaViolation, naming `element`, for a control character."""
    if (impossible := _IMPOSSIBLE.search(value)) is not None:
        raise SchemaViolation(
            Problem(
                element=element,
                expected=Text("text without control characters", "văn bản không chứa ký tự điều khiển"),
                found=f"U+{ord(impossible.group()):04X}",
                cure=Text(
                    f"remove the character at position {impossible.start() + 1}",
                    f"bỏ ký tự ở vị trí {impossible.start() + 1}",
                ),
            )
        )
    return value.translate(_ESCAPES)


def leaf(name: str, value: object, *, always: bool = False) -> str:
    """Return an element with text; nothing for an empty value unless `always`."""
    text = str(value)
    if not text and not always:
        return ""
    return f"<{name}>{escape(name.rpartition(':')[2], text)}</{name}>\n"


def branch(name: str, *children: str, attributes: str = "", always: bool = False) -> str:
    """Return an element with elements inside; nothing when none has content, unless `always`."""
    content = "".join(children)
    if not content and not always:
        return ""
    return f"<{name}{attributes}>\n{content}</{name}>\n"


def instant(moment: datetime | None) -> str:
    """Return an xs:dateTime in Vietnam's time with its offset; empty for None."""
    return "" if moment is None else moment.astimezone(VIETNAM).isoformat(timespec="seconds")
