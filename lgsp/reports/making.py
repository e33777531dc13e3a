"""Making a report: from tallies to sections. It reads days and facets, never documents."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from lgsp.model.text import Text
from lgsp.reports import exchanges, fates, services
from lgsp.reports.bodies import by_agency, own_days
from lgsp.reports.figures import title
from lgsp.reports.page import Figure, Report

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from lgsp.reports.postal import Declared
    from lgsp.store.tallies import AgencyDay, Lag

_PROVINCE: Final = Text(
    "Sending and receiving of electronic documents in the province",
    "Báo cáo gửi, nhận văn bản điện tử trên địa bàn tỉnh",
)
_OWN: Final = Text("Sending and receiving of electronic documents", "Báo cáo gửi, nhận văn bản điện tử của cơ quan")


_OF_ALL: Final = Text("of all documents", "tổng số văn bản")


class Amounts(Protocol):
    """What is counted."""

    def totals(self, book: str, since: str = "", until: str = "") -> Counter[tuple[str, ...]]:
        """Return the amounts of a book by facets."""

    def daily(self, book: str, since: str = "", until: str = "") -> Mapping[str, Counter[tuple[str, ...]]]:
        """Return the same, day by day."""

    def agencies(self, since: str = "", until: str = "", only: str = "") -> Sequence[AgencyDay]:
        """Return what is counted of each agency, or of one."""

    def days_of(self, agency: str, since: str = "", until: str = "") -> Mapping[str, Mapping[str, int]]:
        """Return one agency's figures, day by day."""

    def lag(self) -> Lag:
        """Return how far the tallies are behind."""


def province_report(
    amounts: Amounts,
    *,
    since: str = "",
    until: str = "",
    names: Mapping[str, str],
    postal: Sequence[Declared] = (),
    at: datetime | None = None,
) -> Report:
    """Return the report of the whole province over days of Vietnam, both included; empty: without end."""
    made = at or datetime.now(UTC)
    sent = exchanges.counted(amounts.totals("sent", since, until))
    ways = amounts.totals("way", since, until)
    dossiers = amounts.totals("dossier", "", until)
    sections = (
        exchanges.by_level(sent),
        exchanges.by_bloc(sent),
        exchanges.ways(ways),
        exchanges.paper_reasons(sent),
        exchanges.by_day(amounts.daily("sent", since, until)),
        *fates.sections(amounts, since, until),
        *services.dossier_sections(dossiers, amounts.daily("dossier", "", until), since, until, made),
        *([services.postal_section(postal)] if postal else ()),
        by_agency(amounts.agencies(since, until), names),
    )
    return Report(
        title=_PROVINCE,
        since=since,
        until=until,
        made=made,
        figures=_heads(sent, ways),
        sections=tuple(section for section in sections if section.rows),
        notes=_notes(amounts.lag()),
    )


def agency_report(
    amounts: Amounts, code: str, name: str, *, since: str = "", until: str = "", at: datetime | None = None
) -> Report:
    """Return one body's own report: nothing of any other body stands in it."""
    found = amounts.agencies(since, until, only=code)
    sections = (by_agency(found, {code: name}), own_days(amounts.days_of(code, since, until)))
    total = {figure: sum(one.figures[figure] for one in found) for figure in (found[0].figures if found else ())}
    heads = ("sent", "received", "taken", "finished", "waiting", "statuses")
    return Report(
        title=_OWN,
        since=since,
        until=until,
        made=at or datetime.now(UTC),
        about=f"{code} {name}".strip(),
        figures=tuple(Figure(name=head, title=title(head), value=total.get(head, 0)) for head in heads),
        sections=tuple(section for section in sections if section.rows),
        notes=_notes(amounts.lag()),
    )


def _heads(sent: Counter[exchanges.Sent], ways: Counter[tuple[str, ...]]) -> tuple[Figure, ...]:
    def count(**facets: str) -> int:
        return exchanges.count(sent, **facets)

    all_of = count()
    received = sum(amount for facets, amount in ways.items() if facets[-1] in {"internal", "incoming"})
    values = {
        "documents": all_of,
        "sent": count(reach="internal") + count(reach="outgoing"),
        "received": received,
        "internal": count(reach="internal"),
        "outgoing": count(reach="outgoing"),
        "incoming": count(reach="incoming"),
        "signed": count(worth="signed"),
        "electronic": count(paper=""),
        "paper": all_of - count(paper=""),
    }
    shared = {"internal", "outgoing", "incoming", "signed", "electronic", "paper"}
    return tuple(
        Figure(
            name=name,
            title=title(name),
            value=value,
            share=value / all_of if name in shared and all_of else None,
            of=_OF_ALL if name in shared else None,
        )
        for name, value in values.items()
    )


def _notes(lag: Lag) -> tuple[Text, ...]:
    missing = lag.leaves + lag.entries
    if not missing:
        return ()
    return (
        Text(
            f"{missing} entries of the evidence log are not counted yet: run lgsp upkeep",
            f"Còn {missing} mục của nhật ký bằng chứng chưa được tính: hãy chạy lgsp upkeep",
        ),
    )
