"""Sections on what became of documents: standing, progress, times, urgency, requests, refusals."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from lgsp.model.errors import LgspError
from lgsp.model.text import Text
from lgsp.reports.cells import CLASSES, LONGER
from lgsp.reports.page import Chart, Column, Section
from lgsp.reports.words import PRIORITIES, PROGRESS, REQUEST_STATES, REQUESTS, STATUSES, TIMES, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lgsp.reports.page import Value


class Amounts(Protocol):
    """What is counted."""

    def totals(self, book: str, since: str = "", until: str = "") -> Counter[tuple[str, ...]]:
        """Return the amounts of a book by facets."""


_COUNT: Final = Column(name="amount", title=Text("amount", "Số lượt"))
_SHARE: Final = Column(name="share", title=Text("share", "Tỷ lệ"))
_MEDIAN, _MOST, _ALMOST_ALL = 0.5, 0.9, 0.99


def sections(amounts: Amounts, since: str, until: str) -> Iterator[Section]:
    """Yield what became of the documents of these days."""
    standing = amounts.totals("standing", since, until)
    yield _listed(
        ("statuses", Text("Deliveries by status", "Tình trạng giao"), Text("Status", "Tình trạng")),
        STATUSES,
        _by(standing, 1),
    )
    yield _listed(
        (
            "progress",
            Text("Business status at recipients", "Trạng thái xử lý tại nơi nhận"),
            Text("Status", "Trạng thái"),
        ),
        PROGRESS,
        _by(standing, 2),
    )
    yield _times(amounts.totals("speed", since, until))
    yield _urgent(amounts.totals("haste", since, until))
    yield _requests(amounts.totals("request", since, until))
    yield _refusals(amounts.totals("refusal", since, until))


def _by(totals: Counter[tuple[str, ...]], place: int) -> Counter[str]:
    found: Counter[str] = Counter()
    for facets, amount in totals.items():
        found[facets[place]] += amount
    return found


def _listed(heads: tuple[str, Text, Text], words: Mapping[str, Text], found: Counter[str]) -> Section:
    name, heading, first = heads
    every = found.total()
    rows = [(word(words, key), found[key], found[key] / every) for key in words if found[key]]
    columns = (Column(name="status", title=first), _COUNT, _SHARE)
    return Section(name=name, title=heading, columns=columns, rows=rows, chart=Chart.BARS)


def _times(totals: Counter[tuple[str, ...]]) -> Section:
    found = {what: Counter({f[2]: n for f, n in totals.items() if f[:2] == what}) for what in {f[:2] for f in totals}}
    there = sum((each for (what, _), each in found.items() if what == "there"), Counter[str]())
    taken = sum((each for (what, _), each in found.items() if what == "taken"), Counter[str]())
    every, said = there.total(), taken.total()
    rows = [
        (
            TIMES[name],
            there[name],
            there[name] / every if every else None,
            taken[name],
            taken[name] / said if said else None,
        )
        for name in (*CLASSES.values(), LONGER)
        if there[name] or taken[name]
    ]
    return Section(
        name="times",
        title=Text("Time from acceptance", "Thời gian kể từ khi tiếp nhận"),
        columns=(
            Column(name="time", title=Text("Time", "Thời gian")),
            Column(name="delivered", title=Text("until delivered", "Đến khi giao")),
            Column(name="delivered_share", title=Text("share", "Tỷ lệ giao")),
            Column(name="taken", title=Text("until taken", "Đến khi bên nhận xác nhận")),
            Column(name="taken_share", title=Text("share", "Tỷ lệ xác nhận")),
        ),
        rows=rows,
        chart=Chart.BARS,
        notes=tuple(_percentiles(there, taken)),
    )


def _percentiles(there: Counter[str], taken: Counter[str]) -> Iterator[Text]:
    for found, en, vi in ((there, "delivered", "được giao"), (taken, "taken", "được bên nhận xác nhận")):
        if not found:
            continue
        half, most, nearly = (TIMES[_within(found, share)] for share in (_MEDIAN, _MOST, _ALMOST_ALL))
        yield Text(
            f"Half of all were {en} in {half.en}, 90 % in {most.en}, 99 % in {nearly.en}.",
            f"50 % số lượt {vi} trong: {half.vi.lower()}; 90 %: {most.vi.lower()}; 99 %: {nearly.vi.lower()}.",
        )


def _within(found: Counter[str], share: float) -> str:
    """Return the class of time by whose end this share was done."""
    left = share * found.total()
    for name in (*CLASSES.values(), LONGER):
        left -= found[name]
        if left <= 0:
            return name
    return LONGER


def _urgent(totals: Counter[tuple[str, ...]]) -> Section:
    fates = ("in-time", "late", "waiting", "never")
    rows: list[tuple[Value, ...]] = []
    for priority in PRIORITIES:
        amounts = [totals[priority, fate] for fate in fates]
        every = sum(amounts)
        if every:
            rows.append((PRIORITIES[priority], every, *amounts, amounts[0] / every))
    return Section(
        name="urgent",
        title=Text("Urgent documents", "Văn bản khẩn"),
        columns=(
            Column(name="priority", title=Text("Urgency", "Độ khẩn")),
            Column(name="deliveries", title=Text("deliveries", "Số lượt")),
            Column(name="in_time", title=Text("in time", "Đúng chỉ tiêu")),
            Column(name="late", title=Text("late", "Chậm")),
            Column(name="waiting", title=Text("waiting", "Đang chờ")),
            Column(name="never", title=Text("not delivered", "Không giao được")),
            Column(name="share", title=Text("share in time", "Tỷ lệ đúng chỉ tiêu")),
        ),
        rows=rows,
        chart=Chart.SHARES,
        parts=("in_time", "late", "waiting", "never"),
    )


def _requests(totals: Counter[tuple[str, ...]]) -> Section:
    rows: list[tuple[Value, ...]] = []
    for kind, heading in REQUESTS.items():
        amounts = [totals[kind, state] for state in REQUEST_STATES]
        if sum(amounts):
            rows.append((heading, sum(amounts), *amounts))
    return Section(
        name="requests",
        title=Text("Recalls, updates and replacements", "Thu hồi, cập nhật, thay thế"),
        columns=(
            Column(name="request", title=Text("Request", "Yêu cầu")),
            Column(name="amount", title=Text("recipients asked", "Số nơi nhận")),
            *(Column(name=state, title=heading) for state, heading in REQUEST_STATES.items()),
        ),
        rows=rows,
        notes=(
            Text(
                "By the day of the document that they are about (Decision 28/2018/QĐ-TTg, Art. 8).",
                "Tính theo ngày của văn bản được yêu cầu (QĐ 28/2018/QĐ-TTg Điều 8).",
            ),
        ),
    )


def _refusals(totals: Counter[tuple[str, ...]]) -> Section:
    sentences = _sentences()
    rows = [(code, sentences.get(code, Text(code, code)), amount) for (code,), amount in totals.most_common()]
    return Section(
        name="refusals",
        title=Text("What the bus refused", "Gói tin trục từ chối"),
        columns=(
            Column(name="code", title=Text("Code", "Mã lỗi")),
            Column(name="sentence", title=Text("Sentence", "Nội dung")),
            _COUNT,
        ),
        rows=rows,
    )


def _sentences() -> Mapping[str, Text]:
    found: dict[str, Text] = {}
    left: Sequence[type[LgspError]] = [LgspError]
    while left:
        found |= {error.code: error.sentence for error in left if hasattr(error, "code")}
        left = [child for error in left for child in error.__subclasses__()]
    return found
