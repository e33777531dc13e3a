"""What changes when the state is reorganised: bodies closed and merged, other codes, groups, who speaks for whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from lgsp.model.agency import CodeForm, State
from lgsp.model.tenures import amended
from lgsp.model.text import Text
from lgsp.store import tables
from lgsp.store.directory.registering import Registering
from lgsp.store.directory.snapshot import Span
from lgsp.store.directory.writing import Pen, refuse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Table

    from lgsp.model.agency import AgencyCode, Bloc, Level


class Reorganising(Registering):
    """Dated changes. Each is one commit, refused as a whole with Misconfigured; nothing is ever forgotten."""

    def amend(
        self,
        code: AgencyCode,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        level: Level | None = None,
        bloc: Bloc | None = None,
        state: State | None = None,
    ) -> None:
        """Change what an agency is from `since` (None: now) until before `until` (None: for ever)."""
        given = {"level": level, "bloc": bloc, "state": state}
        facts: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        if state is not None and state is not State.CLOSED:
            facts["successor"] = None
        self._write(lambda pen: _amend(pen, code, since or datetime.now(UTC), until, facts))

    def close(self, code: AgencyCode, *, successor: AgencyCode | None = None, since: datetime | None = None) -> None:
        """Close a body for ever from `since` (None: now). What is addressed to it then goes to its successor."""
        self.merge([code], successor, since=since)

    def merge(self, codes: Iterable[AgencyCode], into: AgencyCode | None, *, since: datetime | None = None) -> None:
        """Close several bodies for ever from `since` (None: now), all with one successor."""
        moment = since or datetime.now(UTC)

        def work(pen: Pen) -> None:
            successor = None if into is None else pen.filed(into, "--successor")
            for code in codes:
                _amend(pen, code, moment, None, {"state": State.CLOSED, "successor": successor})

        self._write(work)

    def add_alias(
        self,
        code: AgencyCode,
        agency: AgencyCode,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        malformed: bool = False,
    ) -> None:
        """Let an agency answer to another code, from `since` until before `until`; None: without end on that side.

        Refused for a code that means something else at any moment of that time, and for one of neither national form
        unless `malformed` says that partners do write it.
        """
        self._write(lambda pen: add_alias(pen, code, agency, Span(since, until), malformed=malformed))

    def end_alias(self, code: AgencyCode, *, until: datetime | None = None) -> None:
        """Let a code no longer count from `until` (None: now) on."""
        moment = until or datetime.now(UTC)
        self._write(lambda pen: _end(pen, tables.alias, f"alias {code}", moment, code=code))

    def add_group(self, code: AgencyCode, name: str) -> None:
        """Make a group of recipients, or change its name."""

        def work(pen: Pen) -> None:
            if code not in pen.known.groups:
                pen.require_free(code, f"group {code}")
            pen.put(tables.agency_group, {"code": code, "name": name})

        self._write(work)

    def add_members(
        self,
        group: AgencyCode,
        members: Iterable[AgencyCode],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        """Put agencies into a group from `since` until before `until`; None: without end on that side."""
        span = _span(since, until)

        def work(pen: Pen) -> None:
            known = pen.known.groups.get(group)
            if known is None:
                refuse(f"group {group}", Text("a group on record", "nhóm đã lập"), group)
            for code in dict.fromkeys(pen.filed(member, f"member {member}") for member in members):
                if not any(code == member and other.meets(span) for member, other in known.members):
                    row = {"group": group, "agency": code, "since": span.since, "until": span.until}
                    pen.put(tables.group_member, row)

        self._write(work)

    def end_member(self, group: AgencyCode, member: AgencyCode, *, until: datetime | None = None) -> None:
        """Take an agency out of a group from `until` (None: now) on."""
        moment = until or datetime.now(UTC)

        def work(pen: Pen) -> None:
            code = pen.filed(member, f"member {member}")
            _end(pen, tables.group_member, f"member {member}", moment, group=group, agency=code)

        self._write(work)

    def let_speak(
        self,
        speaker: AgencyCode,
        agency: AgencyCode,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        """Let one agency write in the name of another, from `since` until before `until`."""
        span = _span(since, until)

        def work(pen: Pen) -> None:
            row = {"speaker": pen.filed(speaker, f"agency {speaker}"), "agency": pen.filed(agency, f"agency {agency}")}
            pen.put(tables.representation, {**row, "since": span.since, "until": span.until})

        self._write(work)

    def end_speaking(self, speaker: AgencyCode, agency: AgencyCode, *, until: datetime | None = None) -> None:
        """Let one agency no longer write in the name of another from `until` (None: now) on."""
        moment = until or datetime.now(UTC)

        def work(pen: Pen) -> None:
            names = {"speaker": pen.filed(speaker, "SPEAKER"), "agency": pen.filed(agency, "AGENCY")}
            _end(pen, tables.representation, f"{speaker} for {agency}", moment, **names)

        self._write(work)


def add_alias(pen: Pen, code: AgencyCode, agency: AgencyCode, span: Span, *, malformed: bool) -> None:
    """Write an alias."""
    _span(span.since, span.until)
    element = f"alias {code}"
    if code.form is CodeForm.OTHER and not malformed:
        expected = Text("a code of one of the national forms", "mã theo một trong hai dạng của quốc gia")
        cure = Text("say --malformed when partners do write it so", "thêm --malformed nếu đối tác thực sự ghi như vậy")
        refuse(element, expected, code, cure)
    if code in pen.known.agencies or code in pen.known.groups:
        refuse(element, Text("a code that is nobody's own", "mã chưa là mã chính của đơn vị hay nhóm nào"), code)
    filed = pen.filed(agency, f"agency {agency}")
    for other in pen.known.aliases.get(code, ()):
        if span.meets(Span(other.since, other.until)):
            expected = Text("a code of no agency in that time", "mã chưa dùng cho đơn vị nào trong thời gian đó")
            refuse(element, expected, f"{code} = {other.agency}")
    row = {"code": code, "scheme": code.form, "agency": filed, "since": span.since, "until": span.until}
    pen.put(tables.alias, row)


def _amend(pen: Pen, code: AgencyCode, since: datetime, until: datetime | None, facts: dict[str, Any]) -> None:
    _span(since, until)
    filed = pen.filed(code, f"agency {code}")
    pen.put_tenures(filed, amended(pen.tenures(filed), since, until, **facts))
    pen.require_no_circle(filed)


def _end(pen: Pen, table: Table, element: str, until: datetime, **names: AgencyCode) -> None:
    """End the spans that reach beyond `until`; those that begin after it end where they begin, and never count."""
    which = [table.c[name] == value for name, value in names.items()]
    rows = pen.connection.execute(select(table.c.id, table.c.since, table.c.until).where(*which)).all()
    ending = [row for row in rows if row.until is None or row.until > until]
    if not ending:
        refuse(element, Text("something on record that counts", "nội dung đang có hiệu lực"), " ".join(names.values()))
    for row in ending:
        pen.change(table, row.id, until=max(until, row.since) if row.since else until)


def _span(since: datetime | None, until: datetime | None) -> Span:
    if since is not None and until is not None and until <= since:
        refuse("--until", Text("a moment after --from", "thời điểm sau --from"), until.isoformat())
    return Span(since, until)
