"""What a system keeps to be fetched: asked for since a cursor, written as edXML statuses and progress of dossiers.

    [options.feed]
    call = "/api/trang-thai"
    method = "GET"
    request = { sauMa = "{cursor}" }
    rows = "data"
    cursor = "ma"
    time_form = "%d/%m/%Y %H:%M:%S"
    codes = { 1 = "01", 3 = "03" }
    [options.feed.status]
    code = "trangThai"
    document_id = "maDinhDanhVanBan"
    agency = "donViGui"
    number = "soKyHieu"
    promulgated = "ngayBanHanh"
    reported = "thoiGian"
    [options.feed.progress]
    number = "maHoSo"
    state = "trangThai"
    states = { DXL = "4", HT = "9" }
    agency = "donViGui"
    in_reply_to = "maThongDiep"
    officer = "nguoiXuLy"
    time = "thoiGian"
    note = "moTa"

Progress is signed with the key that the bus keeps for the agency (`[keys] agencies`).
"""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from adapters.dialect.answer import pick, say, translate
from adapters.dialect.dates import read_moment
from adapters.dialect.progress import ProgressRows
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
    """How rows are fetched. `request` is a template in which `{cursor}` is where the last fetch ended."""

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
    #: Where each part of a status stands: see StatusOptions; no table, no row is a status.
    status: Mapping[str, Any] | None = None
    #: Where each part of a dossier's progress stands: see ProgressOptions in progress.py; no table, no row is that.
    progress: Mapping[str, Any] | None = None
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
    """Fetches what one system has to tell."""

    def __init__(self, connection: Connection) -> None:
        """Read `options.feed`. Raises Misconfigured."""
        self.options = options(FeedOptions, connection, "feed")
        place = f"agency {connection.agency.code}, options.feed"
        if self.options.status is None and self.options.progress is None:
            raise misconfigured(place, Text("'status', 'progress' or both", "'status', 'progress' hoặc cả hai"))
        self._at = None if self.options.status is None else options(StatusOptions, connection, "feed", "status")
        self._progress = None if self.options.progress is None else ProgressRows(connection, self.options.time_form)
        self._agency, self._sign = connection.agency, connection.sign
        try:
            self._cursor = Cursor(self.options.cursor_file, self.options.start)
        except OSError as error:
            readable = Text("a readable file", "tệp đọc được")
            raise misconfigured(f"{place}.cursor_file", readable, self.options.cursor_file) from error

    def envelopes(self, fetch: Callable[[str], Any]) -> Iterator[bytes]:
        """Yield statuses and progress since the cursor; `fetch` asks the system and returns its answer.

        The cursor moves past a row only when the iterator is resumed. A row that says nothing that can be sent is
        passed over with a warning, so that it does not stop the others for ever. Raises Misconfigured for progress
        when no key is kept for the agency; the row then waits.
        """
        while rows := pick(fetch(self._cursor.value), self.options.rows):
            before = self._cursor.value
            for row in rows:
                cursor = say(pick(row, self.options.cursor))
                if (envelope := self._envelope(row, cursor)) is not None:
                    yield envelope
                self._cursor.move(cursor or self._cursor.value)
            if self._cursor.value == before:
                return

    def _envelope(self, row: Any, cursor: str) -> bytes | None:
        if self._progress is not None and self._progress.has(row):
            message = self._progress.message(row, cursor)
            return None if message is None else self._sign(message)
        if self._at is not None:
            return self._status(row, self._at)
        _log.warning("agency %s: a row without a dossier's number is passed over", self._agency.code)
        return None

    def _status(self, row: Any, where: StatusOptions) -> bytes | None:
        written = say(pick(row, where.code))
        code = translate(written, self.options.codes)
        at = read_moment(say(pick(row, where.reported)), self.options.time_form)
        agency = say(pick(row, where.agency))
        if not code or at is None or not agency:
            _log.warning("agency %s: a status with code '%s' is passed over", self._agency.code, written)
            return None
        try:
            return write_status(
                sender=Party(code=self._agency.code, name=self._agency.name),
                subject=Reference(
                    agency=AgencyCode(agency),
                    code=say(pick(row, where.number)),
                    promulgated=self._day(say(pick(row, where.promulgated))),
                    document_id=say(pick(row, where.document_id)),
                ),
                code=code,
                at=at,
                reason=say(pick(row, where.reason)) if where.reason else "",
                staff=Staff(name=say(pick(row, where.officer))) if where.officer else None,
            )
        except Rejected:  # a control character in a text
            _log.warning("agency %s: a status with code '%s' cannot be written", self._agency.code, written)
            return None

    def _day(self, written: str) -> str:
        day = read_moment(written, self.options.day_form)
        return f"{day:%Y/%m/%d}" if day else written
