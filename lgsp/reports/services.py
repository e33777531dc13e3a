"""Sections on dossiers and on the post."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Final

from lgsp.model.text import Text
from lgsp.reports.exchanges import TOTAL
from lgsp.reports.figures import title
from lgsp.reports.page import Chart, Column, Section
from lgsp.reports.words import CHANNELS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from lgsp.reports.page import Value
    from lgsp.reports.postal import Declared

_VIETNAM: Final = timezone(timedelta(hours=7))
#: Names of QĐ 766/QĐ-TTg beside ours.
_INDICATORS: Final = {
    "TongTiepNhan": Text("Dossiers taken in, with those carried over", "Tổng số hồ sơ phải giải quyết"),
    "TiepNhanKyTruoc": title("dossiers_carried"),
    "TiepNhanTrucTiep": Text("taken in at the counter", "Tiếp nhận trực tiếp"),
    "TiepNhanQuaMang": Text("taken in online", "Tiếp nhận qua mạng"),
    "TiepNhanBCCI": Text("taken in by post", "Tiếp nhận qua bưu chính công ích"),
    "DaXuLyDungHan": title("dossiers_in_time"),
    "DaXuLyQuaHan": title("dossiers_late"),
    "DangXuLyTrongHan": title("dossiers_open"),
    "DangXuLyQuaHan": title("dossiers_overdue"),
}


def dossier_sections(
    totals: Counter[tuple[str, ...]],
    days: Mapping[str, Counter[tuple[str, ...]]],
    since: str,
    until: str,
    made: datetime,
) -> Iterator[Section]:
    """Yield dossiers by channel, and the indicators of QĐ 766/QĐ-TTg. `days` reaches back to the first dossier."""
    if not totals:
        return
    last = min(until or "9999", made.astimezone(_VIETNAM).date().isoformat())
    found: Counter[tuple[str, str]] = Counter()
    for day, of_day in days.items():
        for (channel, fate, timely, ended, due), amount in of_day.items():
            for name in _counted_as(day, (fate, timely, ended, due), since, last):
                found[name, channel] += amount
    yield _by_channel(found)
    yield _indicators(found)


def _counted_as(day: str, facets: tuple[str, str, str, str], since: str, last: str) -> Iterator[str]:
    fate, timely, ended, due = facets
    over = bool(ended) and ended <= last
    if day >= since:
        yield "taken_in"
    elif not ended or ended >= since:
        yield "carried"
    else:
        return
    if not over:
        # One that ended after the last day was open on it; when it was due is no longer known but as late or not.
        yield "overdue" if (due and due < last) or (ended and timely == "late") else "open"
    elif fate == "done":
        yield timely or "no_date"
    else:
        yield "ended"


def _by_channel(found: Counter[tuple[str, str]]) -> Section:
    names = ("taken_in", "carried", "in-time", "late", "no_date", "ended", "open", "overdue")
    rows: list[tuple[Value, ...]] = []
    for channel, heading in CHANNELS.items():
        amounts = [found[name, channel] for name in names]
        if sum(amounts):
            rows.append((heading, *amounts, _timely(found, (channel,))))
    rows.append((TOTAL, *(sum(found[name, c] for c in CHANNELS) for name in names), _timely(found, tuple(CHANNELS))))
    return Section(
        name="dossiers",
        title=Text("One-stop dossiers by channel", "Hồ sơ một cửa theo kênh tiếp nhận"),
        columns=(
            Column(name="channel", title=Text("Channel", "Kênh")),
            Column(name="taken_in", title=title("dossiers")),
            Column(name="carried", title=title("dossiers_carried")),
            Column(name="in_time", title=Text("done in time", "Đã xong, đúng hạn")),
            Column(name="late", title=Text("done late", "Đã xong, quá hạn")),
            Column(name="no_date", title=Text("done, no date promised", "Đã xong, không hẹn ngày")),
            Column(name="ended", title=Text("rejected, withdrawn, stopped", "Từ chối, rút, dừng")),
            Column(name="open", title=title("dossiers_open")),
            Column(name="overdue", title=title("dossiers_overdue")),
            Column(name="share", title=Text("share in time", "Tỷ lệ đúng hạn")),
        ),
        rows=rows,
        chart=Chart.SHARES,
        parts=("in_time", "late", "no_date", "ended", "open", "overdue"),
    )


def _timely(found: Counter[tuple[str, str]], channels: tuple[str, ...]) -> float | None:
    timely, late = (sum(found[name, channel] for channel in channels) for name in ("in-time", "late"))
    return timely / (timely + late) if timely + late else None


def _indicators(found: Counter[tuple[str, str]]) -> Section:
    def of(name: str) -> int:
        return sum(found[name, channel] for channel in CHANNELS)

    values = {
        "TongTiepNhan": of("taken_in") + of("carried"),
        "TiepNhanKyTruoc": of("carried"),
        "TiepNhanTrucTiep": found["taken_in", "1"],
        "TiepNhanQuaMang": found["taken_in", "2"],
        "TiepNhanBCCI": found["taken_in", "3"],
        "DaXuLyDungHan": of("in-time"),
        "DaXuLyQuaHan": of("late"),
        "DangXuLyTrongHan": of("open"),
        "DangXuLyQuaHan": of("overdue"),
    }
    return Section(
        name="indicators",
        title=Text("Indicators of Decision 766/QĐ-TTg", "Chỉ tiêu theo Quyết định 766/QĐ-TTg"),
        columns=(
            Column(name="indicator", title=Text("Indicator", "Chỉ tiêu")),
            Column(name="meaning", title=Text("Meaning", "Nội dung")),
            Column(name="amount", title=Text("dossiers", "Số hồ sơ")),
        ),
        rows=[(name, _INDICATORS[name], value) for name, value in values.items()],
    )


def postal_section(declared: Sequence[Declared]) -> Section:
    """Return what the post declares, with what its own parts do not explain."""
    sums = [sum(getattr(one, name) for one in declared) for name in ("items", "received", "returned", "remainder")]
    rows: list[tuple[Value, ...]] = [
        (one.office, one.items, one.received, one.returned, one.remainder) for one in declared
    ]
    rows.append((TOTAL, *sums))
    *_, remainder = sums
    notes = (
        Text(
            f"{abs(remainder)} items of the declared total are {'not explained' if remainder > 0 else 'too few'}: "
            "received and returned do not add up to it. The figures are the post's own.",
            f"Chênh lệch {abs(remainder)} bưu gửi: số nhận cộng số trả "
            f"{'chưa đủ' if remainder > 0 else 'vượt'} tổng số khai. Số liệu do bưu chính khai.",
        ),
    )
    return Section(
        name="postal",
        title=Text("Postal items", "Bưu gửi qua bưu chính công ích"),
        columns=(
            Column(name="office", title=Text("Post office", "Điểm bưu chính")),
            Column(name="items", title=Text("items declared", "Tổng số khai")),
            Column(name="received", title=Text("dossiers received", "Nhận hồ sơ")),
            Column(name="returned", title=Text("results returned", "Trả kết quả")),
            Column(name="remainder", title=Text("unexplained remainder", "Chênh lệch chưa rõ")),
        ),
        rows=rows,
        chart=Chart.NONE,
        notes=notes if remainder else (),
    )
