"""Statuses that a system keeps to be fetched: asked for since a cursor, written as edXML statuses."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.dialect.answer import pick, say, translate
from adapters.dialect.dates import read_moment
from adapters.dialect.template import Grammar
from adapters.dialect.trouble import misconfigured
from lgsp.sdk import AgencyCode, Party, Reference, Rejected, Staff, Text, options, write_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from lgsp.sdk import Connection

#: What the template of a fetch may say.
CURSOR: Final = Grammar(words=frozenset({"cursor"}))

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusOptions:
    """Where a status stands in one row of the answer."""

    code: str
    #: The document answered: identifier, sender, number/notation and date, as the bus handed them over.
    document_id: str
    agency: str
    number: str
    promulgated: str
    reported: str
    reason: str = ""
    officer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """How statuses are fetched. `request` is a template in which `{cursor}` is where the last fetch ended."""

    #: The call: a path of the REST system, or an operation of the SOAP service.
    call: str
    method: str = "POST"
    request: Mapping[str, Any] = field(default_factory=dict)
    #: Where the rows stand in the answer, oldest first, and the cursor in each row.
    rows: str
    cursor: str
    #: The cursor before the first fetch.
    start: str = "0"
    #: A file that keeps the cursor over restarts. Without it everything comes again then, which is harmless.
    cursor_file: str = ""
    #: Where each part of the status stands: see StatusOptions.
    status: Mapping[str, Any]
    #: The system's codes as edXML business statuses (01..16). Empty: it uses those. A code that is not here is skipped.
    codes: Mapping[str, str] = field(default_factory=dict)
    #: strptime formats of the system's times and days; empty tries the usual ones.
    time_form: str = ""
    day_form: str = ""


class Cursor:
    """Where the last fetch ended; in a file when it shall survive a restart."""

    def __init__(self, path: str, start: str) -> None:
        """Read the file if there is one."""
        self._path = Path(path) if path else None
        self.value = start
        if self._path is not None and self._path.exists():
            self.value = self._path.read_text(encoding="utf-8").strip() or start

    def move(self, value: str) -> None:
        """Remember `value`, atomically."""
        self.value = value
        if self._path is not None:
            new = self._path.with_name(self._path.name + ".new")
            with new.open("w", encoding="utf-8") as file:
                file.write(value)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)


class Feed:
    """Fetches the statuses of one system."""

    def __init__(self, connection: Connection) -> None:
        """Read `options.feed`. Raises Misconfigured."""
        self.options = options(FeedOptions, connection, "feed")
        self._at = options(StatusOptions, connection, "feed", "status")
        self._agency = connection.agency
        try:
            self._cursor = Cursor(self.options.cursor_file, self.options.start)
        except OSError as error:
            place = f"agency {connection.agency.code}, options.feed.cursor_file"
            raise misconfigured(place, Text("a readable file", "tệp đọc được"), self.options.cursor_file) from error

    def statuses(self, fetch: Callable[[str], Any]) -> Iterator[bytes]:
        """Yield the statuses since the cursor; `fetch` asks the system and returns its answer.

        The cursor moves past a status only when the iterator is resumed. A row that says no status is passed over
        with a warning, so that it does not stop the others for ever.
        """
        while rows := pick(fetch(self._cursor.value), self.options.rows):
            before = self._cursor.value
            for row in rows:
                if (status := self._status(row)) is not None:
                    yield status
                self._cursor.move(say(pick(row, self.options.cursor)) or self._cursor.value)
            if self._cursor.value == before:
                return

    def _status(self, row: Any) -> bytes | None:
        written = say(pick(row, self._at.code))
        code = translate(written, self.options.codes)
        at = read_moment(say(pick(row, self._at.reported)), self.options.time_form)
        agency = say(pick(row, self._at.agency))
        if not code or at is None or not agency:
            _log.warning("agency %s: a status with code '%s' is passed over", self._agency.code, written)
            return None
        try:
            return write_status(
                sender=Party(code=self._agency.code, name=self._agency.name),
                subject=Reference(
                    agency=AgencyCode(agency),
                    code=say(pick(row, self._at.number)),
                    promulgated=self._day(row),
                    document_id=say(pick(row, self._at.document_id)),
                ),
                code=code,
                at=at,
                reason=say(pick(row, self._at.reason)) if self._at.reason else "",
                staff=Staff(name=say(pick(row, self._at.officer))) if self._at.officer else None,
            )
        except Rejected:  # a control character in a text
            _log.warning("agency %s: a status with code '%s' cannot be written", self._agency.code, written)
            return None

    def _day(self, row: Any) -> str:
        written = say(pick(row, self._at.promulgated))
        day = read_moment(written, self.options.day_form)
        return f"{day:%Y/%m/%d}" if day else written
