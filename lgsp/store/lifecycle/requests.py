"""Recalls, updates and replacements: one operation, whichever way they were asked, kept for each recipient.

Before a recipient has picked the document up, a recall or a replacement withdraws it in silence, and a recall is not
delivered to that recipient either. Afterwards the request is delivered and tracked to an answer, 15 or 16, or to none.
A mailbox is picked up when its agency says that it has taken the document; a system that the bus hands documents to,
when it was handed over; an agency that consumes its own queue, when the document is in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, func, or_, select, update

from lgsp.evidence.rows import Kind
from lgsp.model.agency import DIRECT, MAILBOX, AgencyCode
from lgsp.model.delivery import Outcome, Status
from lgsp.model.lifecycle import ANSWERS, REQUEST_FOLLOWS, Business, RequestKind, RequestState
from lgsp.model.text import Text
from lgsp.store.lifecycle.succession import inherited
from lgsp.store.rows import history_row
from lgsp.store.rowset import packed, rowset
from lgsp.store.tables import agency, business, matched, report, request, written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from lgsp.store.following import Standing
    from lgsp.store.lifecycle.reporting import Told
    from lgsp.store.pen import Pen

    Pair = tuple[str, AgencyCode]

_VIETNAM: Final = timezone(timedelta(hours=7))
_WORDS: Final = {
    RequestKind.RECALL: Text("recall", "thu hồi"),
    RequestKind.UPDATE: Text("update", "cập nhật"),
    RequestKind.REPLACE: Text("replacement", "thay thế"),
}
_TOLD: Final = {
    RequestState.WITHDRAWN: Text(
        "withdrawn before it was picked up: {kind}, dispatch {by}",
        "đã rút lại trước khi đơn vị nhận lấy văn bản: {kind}, mã chuyển {by}",
    ),
    RequestState.PENDING: Text(
        "{kind} asked, dispatch {by}; an answer is expected until {due} UTC",
        "có yêu cầu {kind}, mã chuyển {by}; chờ trả lời đến {due} UTC",
    ),
    RequestState.AGREED: Text("{kind}, dispatch {by}: agreed", "yêu cầu {kind}, mã chuyển {by}: đồng ý"),
    RequestState.REFUSED: Text("{kind}, dispatch {by}: refused", "yêu cầu {kind}, mã chuyển {by}: không đồng ý"),
    RequestState.NO_ANSWER: Text("{kind}, dispatch {by}: no answer", "yêu cầu {kind}, mã chuyển {by}: không trả lời"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request about one document, for some of those who got it."""

    dispatch_id: str
    about: str
    kind: RequestKind
    recipients: tuple[AgencyCode, ...]
    #: When the bus accepted it.
    at: datetime
    #: When its sender's system says that it was made: local time, as written; empty when it does not say.
    said: str = ""


def opened(pen: Pen, asked: Sequence[Asked], patience: timedelta, now: datetime) -> None:
    """Keep requests; withdraw what nobody has picked up. Recipients who never were to get a document are left out."""
    heirs = inherited(pen.connection, [(one.about, recipient) for one in asked for recipient in one.recipients])
    if not heirs:
        return
    standing = pen.locked((about, holder) for (about, _), holders in heirs.items() for holder in holders)
    adapters = _adapters(pen.connection, {recipient for _, recipient in standing})
    worked_on = _worked_on(pen.connection, standing)
    rows, outcomes = [], []
    # A replacement may name one document twice, in two ways.
    known = {(row["dispatch_id"], row["about"], row["recipient"]) for row in _about(pen.connection, standing)}
    for one in asked:
        named = (heirs.get((one.about, recipient), ()) for recipient in one.recipients)
        for pair in dict.fromkeys((one.about, holder) for holders in named for holder in holders):
            if (one.dispatch_id, *pair) in known:
                continue
            known.add((one.dispatch_id, *pair))
            free = pair not in worked_on and _is_free(one.kind, standing[pair], adapters.get(pair[1], MAILBOX))
            row = _row(one, pair[1], RequestState.WITHDRAWN if free else RequestState.PENDING, patience, now)
            rows.append(row)
            outcomes += _withdrawn(row) if free else []
    pen.enter(Kind.REQUEST, rows)
    pen.record(outcomes)
    pen.enter(Kind.HISTORY, [_line(row, now) for row in rows if row["state"] == RequestState.PENDING])
    _answered_before(pen, asked, rows, now)


def answered(pen: Pen, told: Sequence[Told], now: datetime) -> None:
    """Let answers count for every open request of that recipient about that document, however late they come."""
    said: dict[Pair, list[Told]] = {}
    for one in told:
        if one.code in ANSWERS:
            for holder in one.holders:
                said.setdefault((one.about, holder), []).append(one)
    if not said:
        return
    changed = []
    for row in _about(pen.connection, said):
        # An answer may name the request itself, which may have an identifier of its own.
        answers = said.get((row["dispatch_id"], row["recipient"])) or said.get((row["about"], row["recipient"]), [])
        after: Mapping[str, Any] = row
        for one in answers:
            after = _answered(after, ANSWERS[one.code], one.dispatch_id, now)
        changed += [after] if after is not row else []
    _change(pen, changed, now)


def reopen(pen: Pen, pairs: Collection[Pair], now: datetime) -> None:
    """Ask after all for what was withdrawn and yet reached its recipient: a courier had been on its way."""
    if not pairs:
        return
    rows = [row for row in _about(pen.connection, pairs) if row["state"] == RequestState.WITHDRAWN]
    rows = [row for row in rows if (row["about"], row["recipient"]) in set(pairs)]
    _change(pen, [{**row, "state": RequestState.PENDING} for row in rows], now)
    pen.record(
        [
            Outcome(
                dispatch_id=row["dispatch_id"], recipient=row["recipient"], status=Status.ACCEPTED, attempt=0, due=now
            )
            for row in rows
            if row["kind"] == RequestKind.RECALL
        ]
    )


def lapsed(pen: Pen, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Give up waiting for answers that are due, and return those requests."""
    query = (
        select(request)
        .where(request.c.state == RequestState.PENDING, request.c.due <= now)
        .order_by(request.c.due)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = [_kept(row) for row in pen.connection.execute(query)]
    _change(pen, [{**row, "state": RequestState.NO_ANSWER} for row in rows], now)
    return rows


def _is_free(kind: RequestKind, standing: Standing, adapter: str) -> bool:
    """Return whether the bus can still keep a document from its recipient. An update is one more document."""
    if kind is RequestKind.UPDATE:
        return False
    if standing.status is Status.DELIVERED:
        return adapter == MAILBOX
    if standing.status is Status.QUEUED:
        return adapter != DIRECT
    return standing.status in {Status.ACCEPTED, Status.WITHDRAWN}


def _withdrawn(row: Mapping[str, Any]) -> list[Outcome]:
    """Return what becomes of the document, and of the recall: it is not delivered to who never had the document."""
    detail = _said(row)
    ids = (row["about"], row["dispatch_id"]) if row["kind"] == RequestKind.RECALL else (row["about"],)
    return [
        Outcome(dispatch_id=i, recipient=row["recipient"], status=Status.WITHDRAWN, attempt=0, detail=detail)
        for i in ids
    ]


def _answered_before(pen: Pen, asked: Sequence[Asked], rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Let answers count that overtook their request: by their own clocks they were given after it was made."""
    made = {one.dispatch_id: _moment(one.said) for one in asked}
    open_rows = [row for row in rows if row["state"] == RequestState.PENDING and made[row["dispatch_id"]] is not None]
    if not open_rows:
        return
    said = _answers(pen.connection, {row["about"] for row in open_rows})
    changed = []
    for row in open_rows:
        after = row
        for code, by, reported in said.get((row["about"], row["recipient"]), ()):
            given, since = _moment(reported), made[row["dispatch_id"]]
            if given is not None and since is not None and given >= since:
                after = _answered(after, ANSWERS[Business(code)], by, now)
        changed += [after] if after is not row else []
    _change(pen, changed, now)


def _answered(row: Mapping[str, Any], state: RequestState, by: str, now: datetime) -> Mapping[str, Any]:
    if state not in REQUEST_FOLLOWS[RequestState(row["state"])]:
        return row
    return {**row, "state": state, "answer": by, "changed": written(now)}


def _change(pen: Pen, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    rows = [{**row, "changed": written(now)} for row in rows]
    pen.add(_update(pen.connection.dialect.name), rows)
    pen.tell(Kind.REQUEST, rows)
    pen.enter(Kind.HISTORY, [_line(row, now) for row in rows])


def _row(one: Asked, recipient: AgencyCode, state: RequestState, patience: timedelta, now: datetime) -> dict[str, Any]:
    return {
        "dispatch_id": one.dispatch_id,
        "about": one.about,
        "recipient": recipient,
        "kind": one.kind,
        "state": state,
        "asked": written(one.at),
        "due": written(one.at + patience),
        "answer": None,
        "changed": written(now),
    }


def _line(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return history_row(row["about"], row["recipient"], None, 0, _said(row), now)


def _said(row: Mapping[str, Any]) -> str:
    """Return the line of history, for readers of either language."""
    words, kind = _TOLD[RequestState(row["state"])], _WORDS[RequestKind(row["kind"])]
    facts = {"by": row["dispatch_id"], "due": str(row["due"])[:16]}
    return f"{words.vi.format(kind=kind.vi, **facts)}\n{words.en.format(kind=kind.en, **facts)}"


def _kept(row: Any) -> dict[str, Any]:
    """Return a row as it was written."""
    moments = {name: written(getattr(row, name)) for name in ("asked", "due", "changed")}
    return {str(name): value for name, value in row._mapping.items()} | moments  # noqa: SLF001  # its public face


def _moment(local: str) -> datetime | None:
    try:
        return datetime.strptime(local.strip(), "%Y/%m/%d %H:%M:%S").replace(tzinfo=_VIETNAM).astimezone(UTC)
    except ValueError:
        return None


def _adapters(connection: Connection, codes: Iterable[AgencyCode]) -> dict[AgencyCode, str]:
    query = select(agency.c.code, agency.c.adapter).where(agency.c.code.in_(list(codes)))
    return {AgencyCode(row.code): row.adapter for row in connection.execute(query)}


def _worked_on(connection: Connection, pairs: Iterable[Pair]) -> set[Pair]:
    """Return those that their recipients have spoken of: they have them, whatever the bus knows."""
    spoken = or_(business.c.progress.is_not(None), business.c.asked.in_(sorted(ANSWERS)))
    query = select(business.c.dispatch_id, business.c.recipient).where(
        business.c.dispatch_id.in_({about for about, _ in pairs}), spoken
    )
    return {(row.dispatch_id, AgencyCode(row.recipient)) for row in connection.execute(query)}


def _about(connection: Connection, pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """Return the requests about these documents, or that are these documents, at these recipients; locked."""
    query = _requests(connection.dialect.name)
    rows = packed({"about": i, "recipient": r} for i, r in sorted(pairs))
    return [_kept(row) for row in connection.execute(query, {"rows": rows})]


def _answers(connection: Connection, about: Collection[str]) -> dict[Pair, list[tuple[str, str, str]]]:
    meant = func.coalesce(report.c.about, matched.c.about)
    query = (
        select(meant.label("about"), report.c.reporter, report.c.code, report.c.dispatch_id, report.c.reported)
        .outerjoin_from(report, matched, matched.c.dispatch_id == report.c.dispatch_id)
        .where(or_(report.c.about.in_(about), matched.c.about.in_(about)), report.c.code.in_(list(ANSWERS)))
        .order_by(report.c.dispatch_id)
    )
    rows = connection.execute(query).all()
    heirs = inherited(connection, [(row.about, row.reporter) for row in rows]) if rows else {}
    said: dict[Pair, list[tuple[str, str, str]]] = {}
    for row in rows:
        for holder in heirs.get((row.about, row.reporter), ()):
            said.setdefault((row.about, holder), []).append((row.code, row.dispatch_id, row.reported))
    return said


@lru_cache
def _requests(dialect: str) -> Any:
    keys = rowset(dialect, request.c.about, request.c.recipient)
    named = or_(request.c.about == keys.c.about, request.c.dispatch_id == keys.c.about)
    found = select(request.c.dispatch_id, request.c.about, request.c.recipient).where(
        named, request.c.recipient == keys.c.recipient
    )
    mine = found.subquery()
    same = and_(*(request.c[name] == mine.c[name] for name in ("dispatch_id", "about", "recipient")))
    query = select(request).where(select(mine.c.about).where(same).exists())
    return query.order_by(request.c.dispatch_id, request.c.about, request.c.recipient).with_for_update()


@lru_cache
def _update(dialect: str) -> Any:
    given = rowset(dialect, *request.c)
    same = and_(*(request.c[name] == given.c[name] for name in ("dispatch_id", "about", "recipient")))
    return update(request).where(same).values({name: given.c[name] for name in ("state", "answer", "changed")})
