"""Rows that tell how a dossier goes on, written as messages to the agency that sent the dossier."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from adapters.dialect.answer import pick, say, translate
from adapters.dialect.dates import read_moment
from adapters.dialect.trouble import misconfigured
from lgsp.sdk import Progress, Rejected, Text, options, write_message, write_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lgsp.sdk import Connection

#: The national portal's states of a dossier: from newly submitted to result handed over.
_STATES: Final = frozenset(str(state) for state in range(1, 11))
_SERVICE: Final = "one-stop.progress"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressOptions:
    """Where a dossier's progress stands in one row. A row whose `number` holds something tells progress."""

    #: The dossier's number; it names the conversation.
    number: str
    state: str
    #: The system's codes as dossier states (1..10). Empty: it uses those. A code that is not here is skipped.
    states: Mapping[str, str] = field(default_factory=dict)
    #: Who gets the message: the agency that sent the dossier, as the bus handed it over (`{sender}`).
    agency: str
    #: The message that brought the dossier, as the bus handed it over (`{document_id}`).
    in_reply_to: str = ""
    #: Who handles it. Where the row names nobody, the agency's own name stands.
    officer: str
    title: str = ""
    unit: str = ""
    #: When; read by the feed's `time_form`.
    time: str
    note: str = ""


class ProgressRows:
    """Reads such rows of one system."""

    def __init__(self, connection: Connection, time_form: str) -> None:
        """Read `options.feed.progress`. Raises Misconfigured."""
        self._at = options(ProgressOptions, connection, "feed", "progress")
        self._agency, self._time_form = connection.agency, time_form
        for code, state in self._at.states.items():
            if state not in _STATES:
                place = f"agency {connection.agency.code}, options.feed.progress.states.{code}"
                raise misconfigured(place, Text("a text from '1' to '10'", "một chuỗi từ '1' đến '10'"), say(state))

    def has(self, row: Any) -> bool:
        """Say whether the row tells a dossier's progress."""
        return bool(_text(row, self._at.number))

    def message(self, row: Any, cursor: str) -> bytes | None:
        """Return the message, unsigned; None, with a warning, for a row that cannot be one.

        The same row at the same `cursor` is the same message: it has the row's own time, and an identifier made of
        what it says.
        """
        written = _text(row, self._at.state)
        try:
            progress = self._progress(row, translate(written, self._at.states))
            if progress is None:
                _log.warning("agency %s: progress with state '%s' is passed over", self._agency.code, written)
                return None
            payload, in_reply_to = write_progress(progress), _text(row, self._at.in_reply_to)
            facts = [self._agency.code, cursor, _text(row, self._at.agency), in_reply_to, payload.decode()]
            return write_message(
                sender=self._agency.code,
                recipients=[_text(row, self._at.agency)],
                service=_SERVICE,
                payload=payload,
                created=progress.time,
                conversation=progress.number,
                message_id=str(uuid5(NAMESPACE_URL, "\n".join(facts))),
                in_reply_to=in_reply_to,
            )
        except Rejected:  # a control character in a text
            _log.warning("agency %s: progress with state '%s' cannot be written", self._agency.code, written)
            return None

    def _progress(self, row: Any, state: str) -> Progress | None:
        at = read_moment(_text(row, self._at.time), self._time_form)
        if state not in _STATES or at is None or not _text(row, self._at.agency):
            return None
        return Progress(
            number=_text(row, self._at.number),
            state=int(state),
            officer=_text(row, self._at.officer) or self._agency.name,
            title=_text(row, self._at.title),
            unit=_text(row, self._at.unit),
            time=at,
            note=_text(row, self._at.note),
        )


def _text(row: Any, path: str) -> str:
    return say(pick(row, path)).strip() if path else ""
