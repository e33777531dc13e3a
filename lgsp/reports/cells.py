"""What one thing is counted as. The rules of counting stand here and nowhere else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from itertools import starmap
from typing import TYPE_CHECKING, Final

from lgsp.model.agency import Level
from lgsp.model.delivery import Status
from lgsp.model.lane import Lane, lane_of
from lgsp.model.lifecycle import Business
from lgsp.reports.dossiers import step_of
from lgsp.store.tallies import Cell, Delivered, Document, Dossier, Message, Refused, Said

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lgsp.store.tallies import Facts, Step

#: Changes whenever something is counted in another way than before.
VERSION: Final = 1
#: Upper ends of the classes of time, in seconds, and how they are called; then everything longer.
CLASSES: Final[Mapping[int, str]] = {
    2: "2s",
    10: "10s",
    60: "1m",
    300: "5m",
    1800: "30m",
    3600: "1h",
    14400: "4h",
    86400: "1d",
    259200: "3d",
}
LONGER: Final = "longer"
_WAITING: Final = frozenset({Status.ACCEPTED, Status.QUEUED})
#: As which figures of a recipient a delivery counts.
_FIGURES_OF: Final[Mapping[Status, tuple[str, ...]]] = {
    Status.ACCEPTED: ("waiting",),
    Status.QUEUED: ("waiting",),
    Status.DELIVERED: ("delivered",),
    Status.TAKEN: ("delivered", "taken"),
    Status.REFUSED: ("returned",),
    Status.FAILED: ("failed",),
    Status.WITHDRAWN: ("withdrawn",),
}
_REGISTERED: Final = frozenset({Business.REGISTERED, Business.ASSIGNED, Business.PROCESSING, Business.FINISHED})
_SIGNED: Final = frozenset({"valid", "weak"})
#: In the ledger, but not (yet) a document that goes its way.
NOT_SENT: Final = frozenset({"waiting", "refused"})


@dataclass(frozen=True)
class Counted:
    """The rules of counting of one province. Keeps `lgsp.store.tallies.Counting`."""

    #: Level-1 codes of the province, such as `H03`; empty: every body that is not central is of the province.
    province: tuple[str, ...] = ()
    #: In how many seconds the bus means to deliver, by priority.
    targets: Mapping[int, float] = field(default_factory=dict)

    @cached_property
    def rules(self) -> str:
        """Digest of the rules."""
        said = repr((VERSION, sorted(self.province), sorted(self.targets.items()), list(CLASSES)))
        return sha256(said.encode()).hexdigest()

    def step(self, octets: bytes) -> Step | None:
        """Return what a message says about a dossier."""
        return step_of(octets)

    def count(self, facts: Facts) -> Counter[Cell]:
        """Return what this adds, and where."""
        match facts:
            case Document():
                return Counter(self._document(facts))
            case Said():
                return Counter((Cell("status", facts.day, facts.code), _mine(facts, "statuses")))
            case Message():
                return Counter((Cell("message", facts.day, ""),))
            case Refused():
                return Counter(_refused(facts))
            case Dossier():
                return Counter(_dossier(facts))

    def inside(self, code: str, level: str) -> bool:
        """Tell whether a body is of the province."""
        if not self.province:
            return level != Level.CENTRAL
        return first_level(code) in self.province

    def _document(self, facts: Document) -> Iterator[Cell]:
        worth = worth_of(facts)
        ours = self.inside(facts.sender, facts.level)
        inside = [self.inside(one.agency, one.level) for one in facts.deliveries]
        lane = lane_of(facts.priority)
        ends = (facts.level, facts.bloc)
        reach = ("internal" if all(inside) else "outgoing") if ours else "incoming"
        yield _cell("sent", facts.day, *ends, worth, facts.paper, reach, str(facts.business), lane)
        yield from starmap(lambda kind, state: _cell("request", facts.day, kind, state), facts.requests)
        if worth in NOT_SENT:
            return
        yield from (_mine(facts, name) for name in _sent(facts, worth, reach))
        for one, within in zip(facts.deliveries, inside, strict=True):
            scope = ("internal" if within else "outgoing") if ours else ("incoming" if within else "transit")
            yield _cell("way", facts.day, *ends, one.level, one.bloc, worth, facts.paper, scope)
            yield from self._delivered(facts, one, lane)
            yield from (
                Cell(name, facts.day, f"{one.level}|{one.bloc}", one.agency)
                for name in self._received(facts, one, worth, ours=ours)
            )

    def _delivered(self, facts: Document, one: Delivered, lane: Lane) -> Iterator[Cell]:
        yield _cell("standing", facts.day, one.level, one.status, one.progress)
        for what, took in (("there", one.there), ("taken", one.taken)):
            if took is not None:
                yield _cell("speed", facts.day, what, lane, class_of(took))
        if lane is Lane.URGENT:
            yield _cell("haste", facts.day, str(facts.priority), self._in_time(facts, one))

    def _in_time(self, facts: Document, one: Delivered) -> str:
        target = self.targets.get(facts.priority)
        if target is None:
            return "no-target"
        if one.there is None:
            return "waiting" if one.status in _WAITING else "never"
        return "in-time" if one.there <= target * 1000 else "late"

    def _received(self, facts: Document, one: Delivered, worth: str, *, ours: bool) -> Iterator[str]:
        yield from ("received", "received_internal" if ours else "received_external")
        yield "received_paper" if facts.paper else "received_electronic"
        yield from ["received_signed"] * (worth == "signed")
        yield from _FIGURES_OF[Status(one.status)]
        yield from ["registered"] * (one.progress in _REGISTERED)
        yield from ["finished"] * (one.progress == Business.FINISHED)
        if lane_of(facts.priority) is Lane.URGENT:
            yield "urgent"
            yield from ["urgent_in_time"] * (self._in_time(facts, one) == "in-time")


def worth_of(facts: Document) -> str:
    """Return what a document is worth: only a signed one replaces paper (QĐ 28/2018/QĐ-TTg Điều 4)."""
    match facts.admission:
        case "hold":
            return "waiting"
        case "refuse":
            return "refused"
    if facts.verdict == "absent":
        return "unsigned"
    return "signed" if facts.verdict in _SIGNED and facts.admission == "accept" else "doubtful"


def first_level(code: str) -> str:
    """Return the level-1 part of a code in either national form: `H03` of `000.00.11.H03` and of `H03.11`."""
    parts = code.split(".")
    return next((part for part in (parts[-1], parts[0]) if part[:1].isalpha()), "")


def class_of(milliseconds: int) -> str:
    """Return the class of time."""
    return next((name for end, name in CLASSES.items() if milliseconds <= end * 1000), LONGER)


def _sent(facts: Document, worth: str, reach: str) -> Iterator[str]:
    yield "sent"
    yield "sent_internal" if reach == "internal" else "sent_external"
    yield "sent_signed" if worth == "signed" else "sent_unsigned"
    yield "sent_paper" if facts.paper else "sent_electronic"


def _refused(facts: Refused) -> Iterator[Cell]:
    for day, caller, code in facts.each:
        yield _cell("refusal", day, code)
        yield Cell("refused", day, "|", caller)


def _dossier(facts: Dossier) -> Iterator[Cell]:
    fate = {9: "done", 10: "done", 3: "rejected", 7: "withdrawn", 8: "stopped"}.get(facts.state, "open")
    ended = facts.finished if fate != "open" else ""
    timely = ("late" if facts.late else "in-time") if fate == "done" and facts.due else ""
    yield _cell("dossier", facts.day, str(facts.channel), fate, timely, ended, facts.due if fate == "open" else "")
    yield _mine(facts, "dossiers")
    if timely:
        yield _mine(facts, "dossiers_late" if facts.late else "dossiers_in_time")


def _cell(book: str, day: str, *facets: str) -> Cell:
    return Cell(book, day, "|".join(facets))


def _mine(facts: Document | Said | Dossier, figure: str) -> Cell:
    agency = facts.agency if isinstance(facts, Dossier) else facts.sender
    return Cell(figure, facts.day, f"{facts.level}|{facts.bloc}", agency)
