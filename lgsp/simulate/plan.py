"""What is sent, when, by whom: drawn from one seed, in the order of time. No crypto, no clock, no bus."""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import accumulate, count
from random import Random
from typing import TYPE_CHECKING, Final

from lgsp.model.agency import Bloc, Level
from lgsp.model.calendar import VIETNAM
from lgsp.model.envelope import BusinessType
from lgsp.simulate.events import Answer, Case, Letter, Paper, Planned, Step
from lgsp.simulate.units import GOVERNMENT, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.model.calendar import WorkingCalendar
    from lgsp.simulate.units import Unit

#: From the seed: documents, dossiers and days of 2020.
DOCUMENTS: Final = 1_478_927
DOSSIERS: Final = 122_000
FIRST: Final = date(2020, 1, 1)
LAST: Final = date(2020, 9, 23)

#: How much each level sends, per body, against a commune's.
_WEIGHT: Final = {Level.PROVINCE: 9.0, Level.DISTRICT: 6.0, Level.COMMUNE: 1.0, Level.CENTRAL: 5.0}
_BLOC_WEIGHT: Final = {Bloc.GOVERNMENT: 5.0, Bloc.PARTY: 1.5, Bloc.MASS_ORGANISATION: 0.6}
#: To which levels each level writes.
_TO: Final = {
    Level.CENTRAL: ((Level.PROVINCE, 9), (Level.DISTRICT, 1)),
    Level.PROVINCE: ((Level.PROVINCE, 5), (Level.DISTRICT, 4), (Level.COMMUNE, 2), (Level.CENTRAL, 1)),
    Level.DISTRICT: ((Level.PROVINCE, 4), (Level.DISTRICT, 3), (Level.COMMUNE, 6)),
    Level.COMMUNE: ((Level.DISTRICT, 8), (Level.COMMUNE, 3), (Level.PROVINCE, 1)),
}
#: Paper goes too: 20 % from district level up, 50 % in communes, where villages need paper.
_PAPER: Final = {Level.COMMUNE: 0.5}
_PAPER_ELSE: Final = 0.2
#: Everything is signed from district level up; a few communes have no token yet.
_UNSIGNED_IN_COMMUNES: Final = 0.06
#: Kinds of NĐ 30/2020/NĐ-CP Điều 7: number in QCVN 102, name, notation, weight.
KINDS: Final = (
    (18, "Công văn", "CV", 60),
    (5, "Thông báo", "TB", 9),
    (9, "Báo cáo", "BC", 9),
    (2, "Quyết định", "QĐ", 7),
    (7, "Kế hoạch", "KH", 5),
    (22, "Giấy mời", "GM", 4),
    (13, "Tờ trình", "TTr", 3),
    (4, "Chỉ thị", "CT", 1),
    (1, "Nghị quyết", "NQ", 1),
    (16, "Công điện", "CĐ", 1),
)
#: On the province's list of types that go on paper too.
LISTED: Final = ("Quyết định", "Nghị quyết", "Chỉ thị")
#: Priority and its share in a thousand.
_URGENT: Final = ((0, 930), (1, 45), (2, 15), (3, 8), (4, 2))
#: Status, how often it is sent, and after how many hours in the middle.
_STATUSES: Final = (("01", 0.93, 0.05), ("03", 0.88, 2.0), ("04", 0.35, 6.0), ("05", 0.3, 12.0), ("06", 0.42, 60.0))
_RETURNED: Final = 0.006
_RECALLED: Final = 0.002
_REPLACED: Final = 0.002
#: Altered after signing: the bus refuses it.
_SPOILT: Final = 0.004
#: Paper without any reason.
_UNREASONED: Final = 0.08
#: Of a dossier, in a thousand: done in time, done late, withdrawn, still open.
_FATES: Final = [960, 25, 8, 7]
_WITHDRAWN: Final = 2
_CHANNELS: Final = ((1, 62), (2, 29), (3, 9))
#: Hours of a day, with how much is sent in each.
_HOURS: Final = ((7, 4), (8, 16), (9, 18), (10, 16), (11, 5), (13, 8), (14, 15), (15, 16), (16, 12), (17, 3), (20, 1))


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent in the province, drawn anew in the same way each time it is asked for."""

    scale: float
    seed: int
    calendar: WorkingCalendar
    bodies: tuple[Unit, ...] = field(default_factory=units)

    @property
    def documents(self) -> int:
        """How many documents."""
        return max(1, round(DOCUMENTS * self.scale))

    @property
    def dossiers(self) -> int:
        """How many dossiers."""
        return max(1, round(DOSSIERS * self.scale))

    def events(self) -> Iterator[Planned]:
        """Yield everything in the order of time; what would come after the last day is left out."""
        random = Random(self.seed)  # noqa: S311  # to be repeated, not to be secret
        end = datetime.combine(LAST + timedelta(days=1), time(0), VIETNAM)
        waiting: list[tuple[datetime, int, Planned]] = []
        order = count()
        sources = heapq.merge(self._letters(random), self._cases(random), key=lambda one: one.at)
        for one in sources:
            while waiting and waiting[0][0] <= one.at:
                yield from self._following(heapq.heappop(waiting)[2], waiting, order, end)
            yield from self._following(one, waiting, order, end)
        while waiting:
            yield heapq.heappop(waiting)[2]

    def letters(self) -> Iterator[Letter]:
        """Yield the documents alone, the same ones, in the order of time."""
        return self._letters(Random(self.seed))  # noqa: S311  # to be repeated, not to be secret

    def _following(
        self, one: Planned, waiting: list[tuple[datetime, int, Planned]], order: count[int], end: datetime
    ) -> Iterator[Planned]:
        """Yield it, and let wait what it leads to."""
        yield one
        for later in self._consequences(one):
            if later.at < end:
                heapq.heappush(waiting, (later.at, next(order), later))

    def _consequences(self, one: Planned) -> Iterator[Planned]:
        if isinstance(one, Letter) and not one.spoilt:
            random = Random(f"{self.seed} {one.serial}")  # noqa: S311  # as above
            if one.business is BusinessType.NEW:
                for recipient in one.recipients:
                    yield from _answers(random, one, recipient)
        elif isinstance(one, Case):
            yield from _steps(Random(f"{self.seed} {one.number}"), one)  # noqa: S311  # as above

    def _letters(self, random: Random) -> Iterator[Letter]:
        draw = Random(random.random())  # noqa: S311  # as above
        weights = [_WEIGHT[body.level] * _BLOC_WEIGHT[body.bloc] for body in self.bodies]
        sums = list(accumulate(weights))
        of_level = {level: [body for body in self.bodies if body.level is level] for level in Level}
        numbers: Counter[str] = Counter()
        last: dict[str, Letter] = {}
        for serial, at in enumerate(self._moments(draw, self.documents)):
            sender = self.bodies[bisect_left(sums, draw.random() * sums[-1])]
            kind = KINDS[_drawn(draw, [weight for *_, weight in KINDS])]
            earlier, chance = last.get(sender.code), draw.random()
            to = _recipients(draw, sender, of_level)
            paper = draw.random() < _PAPER.get(sender.level, _PAPER_ELSE)
            signed = sender.level is not Level.COMMUNE or draw.random() >= _UNSIGNED_IN_COMMUNES
            priority = _URGENT[_drawn(draw, [share for _, share in _URGENT])][0]
            spoilt = signed and draw.random() < _SPOILT
            business = BusinessType.NEW
            if earlier is not None and chance < _RECALLED + _REPLACED:
                business = BusinessType.RECALL if chance < _RECALLED else BusinessType.REPLACE
                to = earlier.recipients
            if business is not BusinessType.RECALL:
                numbers[sender.code] += 1
            letter = Letter(
                at=at,
                sender=sender,
                serial=serial,
                recipients=to,
                number=earlier.number if earlier and business is BusinessType.RECALL else numbers[sender.code],
                kind=earlier.kind if earlier and business is BusinessType.RECALL else kind[:3],
                priority=priority,
                paper=_paper(draw, to, kind[1]) if paper else None,
                signed=signed,
                spoilt=spoilt,
                business=business,
                about=earlier if business is not BusinessType.NEW else None,
            )
            if business is BusinessType.NEW and not spoilt:
                last[sender.code] = letter
            yield letter

    def _cases(self, random: Random) -> Iterator[Case]:
        draw = Random(random.random())  # noqa: S311  # as above
        desks = [body for body in self.bodies if body.desk]
        ministries = [body for body in self.bodies if body.outside]
        numbers: Counter[tuple[str, date]] = Counter()
        for at in self._moments(draw, self.dossiers):
            desk = draw.choice(desks)
            day = at.date()
            numbers[desk.code, day] += 1
            days = draw.choice((2, 3, 5, 7, 10, 15))
            yield Case(
                at=at,
                sender=desk,
                number=f"{desk.code}-{day:%y%m%d}-{numbers[desk.code, day]:04}",
                channel=_CHANNELS[_drawn(draw, [share for _, share in _CHANNELS])][0],
                due=self._worked(day, days),
                to=draw.choice(ministries),
            )

    def _moments(self, random: Random, amount: int) -> Iterator[datetime]:
        """Yield moments in their order: working days by the calendar, a few on days of rest, hours as offices keep."""
        days = [FIRST + timedelta(days=ahead) for ahead in range((LAST - FIRST).days + 1)]
        weights = [self._weight(day) for day in days]
        drawn = Counter(random.choices(range(len(days)), weights, k=amount))
        for number in sorted(drawn):
            hours = random.choices([hour for hour, _ in _HOURS], [share for _, share in _HOURS], k=drawn[number])
            for second in sorted(hour * 3600 + random.randrange(3600) for hour in hours):
                yield datetime.combine(days[number], time(0), VIETNAM) + timedelta(seconds=second)

    def _weight(self, day: date) -> float:
        if not self.calendar.works(day):
            return 0.012
        return {0: 1.15, 4: 0.92}.get(day.weekday(), 1.0)

    def _worked(self, day: date, days: int) -> datetime:
        """Return the end of work on the day that is so many working days later."""
        for _ in range(days):
            day = self.calendar.worked_from(day + timedelta(days=1))
        return datetime.combine(day, time(17), VIETNAM)


def _recipients(random: Random, sender: Unit, of_level: dict[Level, list[Unit]]) -> tuple[Unit, ...]:
    wanted = random.choices((1, 2, 3, 5), (62, 24, 10, 4))[0]
    levels = random.choices([to for to, _ in _TO[sender.level]], [share for _, share in _TO[sender.level]], k=wanted)
    found = {body.code: body for body in (random.choice(of_level[level]) for level in levels) if body != sender}
    return tuple(found.values()) or (random.choice([body for body in of_level[Level.PROVINCE] if body != sender]),)


def _paper(random: Random, recipients: tuple[Unit, ...], type_name: str) -> Paper:
    given = type_name in LISTED or any(body.code == GOVERNMENT for body in recipients) or random.random() < _UNREASONED
    return Paper() if given else Paper(reason="Gửi kèm bản giấy theo đề nghị của nơi nhận")


def _answers(random: Random, letter: Letter, recipient: Unit) -> Iterator[Answer]:
    if random.random() < _RETURNED:
        yield Answer(at=_later(random, letter.at, 3.0), sender=recipient, code="02", about=letter)
        return
    for code, share, hours in _STATUSES:
        if random.random() < share:
            yield Answer(at=_later(random, letter.at, hours), sender=recipient, code=code, about=letter)


def _steps(random: Random, case: Case) -> Iterator[Step]:
    yield Step(at=_later(random, case.at, 4.0), sender=case.to, about=case, state=4)
    left = (case.due - case.at).total_seconds() / 3600
    fate = _drawn(random, _FATES)
    if fate == 0:
        early = left * random.uniform(0.35, 0.97)
        yield Step(at=case.at + timedelta(hours=early), sender=case.to, about=case, state=9)
    elif fate == 1:
        yield Step(at=case.due + timedelta(hours=random.uniform(1, 90)), sender=case.to, about=case, state=9)
    elif fate == _WITHDRAWN:
        yield Step(at=_later(random, case.at, 8.0), sender=case.to, about=case, state=7)


def _later(random: Random, at: datetime, hours: float) -> datetime:
    return at + timedelta(seconds=max(20.0, hours * 3600 * random.lognormvariate(0, 0.9)))


def _drawn(random: Random, weights: list[int]) -> int:
    return random.choices(range(len(weights)), weights)[0]
