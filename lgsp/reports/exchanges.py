"""Sections on what was exchanged: by level, bloc, way, day, and why paper went too."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from lgsp.model.agency import Level
from lgsp.model.text import Text
from lgsp.reports.cells import NOT_SENT
from lgsp.reports.figures import title
from lgsp.reports.page import Chart, Column, Section
from lgsp.reports.words import BLOCS, LEVELS, PAPER, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lgsp.reports.page import Value

#: Between these everything is to be signed and electronic.
_UPPER: Final = frozenset({Level.PROVINCE, Level.DISTRICT})
_FROM_DISTRICT: Final = Text("Of these: district level and up", "Trong đó: cấp huyện trở lên")
TOTAL: Final = Text("Total", "Tổng cộng")


class Sent(NamedTuple):
    """The facets of the book `sent`."""

    level: str
    bloc: str
    worth: str
    paper: str
    reach: str
    business: str
    lane: str


def counted(totals: Counter[tuple[str, ...]]) -> Counter[Sent]:
    """Return the documents that go or went their way: neither held nor refused after being held."""
    found = Counter({Sent(*facets): amount for facets, amount in totals.items()})
    return Counter({facets: amount for facets, amount in found.items() if facets.worth not in NOT_SENT})


def count(sent: Counter[Sent], **facets: str) -> int:
    """Return how many have these facets."""
    wanted = facets.items()
    return sum(amount for each, amount in sent.items() if all(getattr(each, name) == value for name, value in wanted))


_NAMES: Final = (
    "documents",
    "signed",
    "signed_share",
    "unsigned",
    "doubtful",
    "electronic",
    "paper",
    "electronic_share",
)


def by_level(sent: Counter[Sent]) -> Section:
    """Return documents by the level of who sent them."""
    return _split(sent, "level", LEVELS, Text("By level of the sender", "Theo cấp của nơi gửi"))


def by_bloc(sent: Counter[Sent]) -> Section:
    """Return documents by the bloc of who sent them."""
    return _split(sent, "bloc", BLOCS, Text("By bloc of the sender", "Theo khối của nơi gửi"))


def _split(sent: Counter[Sent], facet: str, words: Mapping[str, Text], heading: Text) -> Section:
    groups: dict[str, Counter[Sent]] = {}
    for facets, amount in sent.items():
        groups.setdefault(getattr(facets, facet), Counter())[facets] += amount
    rows: list[tuple[Value, ...]] = [(words[name], *_counts(groups[name])) for name in words if name in groups]
    if facet == "level":
        upper = Counter({facets: amount for facets, amount in sent.items() if facets.level in _UPPER})
        rows.append((_FROM_DISTRICT, *_counts(upper)))
    if len(rows) > 1:
        rows.append((TOTAL, *_counts(sent)))
    first = Text("Level", "Cấp") if facet == "level" else Text("Bloc", "Khối")
    columns = (Column(name=facet, title=first), *(Column(name=name, title=title(name)) for name in _NAMES))
    return Section(
        name=f"by_{facet}",
        title=heading,
        columns=columns,
        rows=rows,
        chart=Chart.SHARES,
        parts=("electronic", "paper"),
    )


def _counts(sent: Counter[Sent]) -> tuple[Value, ...]:
    every, signed, electronic = count(sent), count(sent, worth="signed"), count(sent, paper="")
    shares = (signed / every, electronic / every) if every else (None, None)
    unsigned, doubtful = count(sent, worth="unsigned"), count(sent, worth="doubtful")
    return every, signed, shares[0], unsigned, doubtful, electronic, every - electronic, shares[1]


def ways(totals: Counter[tuple[str, ...]]) -> Section:
    """Return deliveries by the levels of both ends."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for (level, _, to, _, worth, paper, _), amount in totals.items():
        cell = found.setdefault((level, to), Counter())
        cell.update({"deliveries": amount, "signed": amount * (worth == "signed"), "electronic": amount * (not paper)})
    order = list(LEVELS)
    rows = [
        (
            word(LEVELS, level),
            word(LEVELS, to),
            cell["deliveries"],
            cell["signed"],
            cell["electronic"],
            cell["deliveries"] - cell["electronic"],
            cell["electronic"] / cell["deliveries"],
        )
        for (level, to), cell in sorted(found.items(), key=lambda each: tuple(map(order.index, each[0])))
        if cell["deliveries"]
    ]
    figures = ("deliveries", "signed", "electronic", "paper", "electronic_share")
    return Section(
        name="ways",
        title=Text("From level to level", "Giữa các cấp"),
        columns=(
            Column(name="from", title=Text("From", "Cấp gửi")),
            Column(name="to", title=Text("To", "Cấp nhận")),
            *(Column(name=name, title=title(name)) for name in figures),
        ),
        rows=rows,
        notes=(
            Text(
                "Each document counts once for each of its recipients.",
                "Mỗi văn bản tính một lượt cho mỗi nơi nhận.",
            ),
        ),
    )


def paper_reasons(sent: Counter[Sent]) -> Section:
    """Return why paper went beside documents, by level."""
    found: Counter[tuple[str, str]] = Counter()
    for facets, amount in sent.items():
        if facets.paper:
            found[facets.paper, facets.level] += amount
    levels = [level for level in LEVELS if any(key[1] == level for key in found)]
    reasons = [reason for reason in PAPER if any(key[0] == reason for key in found)]
    every = sum(found.values())
    rows: list[tuple[Value, ...]] = []
    for reason in reasons:
        of_levels = [found[reason, level] for level in levels]
        rows.append((PAPER[reason], sum(of_levels), sum(of_levels) / every, *of_levels))
    return Section(
        name="paper",
        title=Text("Why paper went too", "Lý do gửi kèm bản giấy"),
        columns=(
            Column(name="reason", title=Text("Reason", "Lý do")),
            Column(name="documents", title=Text("documents", "Số văn bản")),
            Column(name="share", title=Text("share", "Tỷ lệ")),
            *(Column(name=level or "unknown", title=LEVELS[level]) for level in levels),
        ),
        rows=rows,
        chart=Chart.BARS,
    )


def by_day(days: Mapping[str, Counter[tuple[str, ...]]]) -> Section:
    """Return documents by the day of acceptance."""
    rows: list[tuple[Value, ...]] = [(day, *_of_day(counted(totals))) for day, totals in days.items()]
    names = ("documents", "internal", "outgoing", "incoming", "signed", "electronic", "paper")
    return Section(
        name="by_day",
        title=Text("By day", "Theo ngày"),
        columns=(
            Column(name="day", title=Text("Day", "Ngày")),
            *(Column(name=name, title=title(name)) for name in names),
        ),
        rows=rows,
        chart=Chart.DAYS,
        appendix=True,
    )


def _of_day(sent: Counter[Sent]) -> Iterable[int]:
    every, electronic = count(sent), count(sent, paper="")
    reaches = (count(sent, reach=reach) for reach in ("internal", "outgoing", "incoming"))
    return every, *reaches, count(sent, worth="signed"), electronic, every - electronic
