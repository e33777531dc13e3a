"""Sections by agency, and one agency's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.model.text import Text
from lgsp.reports.figures import title
from lgsp.reports.page import Chart, Column, Section
from lgsp.reports.words import BLOCS, LEVELS, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lgsp.reports.page import Value
    from lgsp.store.tallies import AgencyDay

_SHOWN: Final = {
    "sent": title("sent"),
    "sent_internal": Text("sent, within the province", "Gửi trong tỉnh"),
    "sent_external": Text("sent outside", "Gửi ra ngoài"),
    "sent_signed": Text("sent, signed", "Gửi có ký số"),
    "sent_electronic": Text("sent electronic only", "Chỉ gửi điện tử"),
    "sent_paper": Text("sent with paper", "Gửi kèm giấy"),
    "received": title("received"),
    "received_internal": Text("received from within", "Nhận trong tỉnh"),
    "received_external": Text("received from outside", "Nhận từ ngoài"),
    **{
        name: title(name)
        for name in ("delivered", "taken", "registered", "finished", "returned", "failed", "withdrawn", "waiting")
    },
    **{name: title(name) for name in ("urgent", "urgent_in_time", "statuses", "refused")},
    **{name: title(name) for name in ("dossiers", "dossiers_in_time", "dossiers_late")},
}
_PRINTED: Final = ("name", "level", "sent", "electronic_share", "received", "taken", "finished", "waiting")
_BY_DAY: Final = ("sent", "sent_electronic", "sent_paper", "received", "taken", "finished", "waiting", "statuses")


def by_agency(found: Sequence[AgencyDay], names: Mapping[str, str]) -> Section:
    """Return every figure by agency. One whose level or bloc changed has a row for each."""
    rows: list[tuple[Value, ...]] = []
    for one in _joined(found):
        if not any(one.figures.values()):
            continue
        sent = one.figures["sent"]
        share = one.figures["sent_electronic"] / sent if sent else None
        words = (word(LEVELS, one.level), word(BLOCS, one.bloc))
        rows.append((one.agency, names.get(one.agency, ""), *words, *(one.figures[n] for n in _SHOWN), share))
    return Section(
        name="by_agency",
        title=Text("By agency", "Theo cơ quan, đơn vị"),
        columns=(
            Column(name="agency", title=Text("Code", "Mã định danh")),
            Column(name="name", title=Text("Name", "Tên cơ quan")),
            Column(name="level", title=Text("Level", "Cấp")),
            Column(name="bloc", title=Text("Bloc", "Khối")),
            *(Column(name=name, title=heading) for name, heading in _SHOWN.items()),
            Column(name="electronic_share", title=title("electronic_share")),
        ),
        rows=rows,
        printed=_PRINTED,
        appendix=True,
    )


def _joined(found: Sequence[AgencyDay]) -> list[AgencyDay]:
    """Return the same, where what is known without a level (refusals) stands with the agency's first."""
    joined: dict[tuple[str, str, str], AgencyDay] = {}
    for one in sorted(found, key=lambda each: (each.agency, not each.level, each.level, each.bloc)):
        key = (one.agency, one.level, one.bloc)
        if not one.level:
            key = next((known for known in joined if known[0] == one.agency), key)
        held = joined.get(key, one._replace(figures=dict.fromkeys(one.figures, 0)))
        joined[key] = held._replace(figures={name: held.figures[name] + n for name, n in one.figures.items()})
    return list(joined.values())


def own_days(days: Mapping[str, Mapping[str, int]]) -> Section:
    """Return one agency's figures by day."""
    return Section(
        name="by_day",
        title=Text("By day", "Theo ngày"),
        columns=(
            Column(name="day", title=Text("Day", "Ngày")),
            *(Column(name=name, title=_SHOWN[name]) for name in _BY_DAY),
        ),
        rows=[(day, *(figures[name] for name in _BY_DAY)) for day, figures in days.items()],
        chart=Chart.DAYS,
    )
