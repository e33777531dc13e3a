"""Addressing: from whom a document comes and which agencies it goes to, as the directory knows them at that time.

Codes are never reused and never forgotten (QĐ 20/2020/QĐ-TTg; closed ones by QĐ 09/2025/QĐ-TTg): an alias leads to its
agency, a closed body to its successor, a group to its members. What was written is kept beside what it led to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lgsp.model.agency import CodeForm, Participant, State
from lgsp.model.delivery import Route
from lgsp.model.errors import AgencyClosed, AgencyLocked, PaperOnly, PolicyDenied, Rejected, UnknownRecipient
from lgsp.model.remark import Remark
from lgsp.stages.route import words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from lgsp.model.agency import Agency, AgencyCode
    from lgsp.model.envelope import Envelope, Verified
    from lgsp.model.errors import Problem

#: Who makes the remarks of this stage.
STAGE = "route"


class Directory(Protocol):
    """Who takes part, as this stage asks it."""

    def find(self, code: AgencyCode, at: datetime) -> Agency | None:
        """Return the agency that answers to `code` at the time `at`, in whichever form it is written, as it is then."""

    def members(self, group: AgencyCode, at: datetime) -> Sequence[AgencyCode] | None:
        """Return who is in a group at the time `at`; None when there is no such group."""

    def forwards(self, closed: AgencyCode) -> bool:
        """Tell whether a document to this closed body goes to its successor, rather than back to the sender."""


def route(verified: Verified, directory: Directory, at: datetime, owed: Sequence[AgencyCode] = ()) -> Route:
    """Return who sends and who gets a delivery each, in the order written, none twice.

    `owed` is whom a status goes to, where its document tells that better than what is written: see `stages.answer`.

    All or nothing: raises the error of the first recipient that cannot be reached, with a problem for each of them.
    Members of a group are the exception, since the sender cannot know them: a remark names those that get nothing.
    """
    walk = _Walk(verified.envelope, directory, at)
    sender, remarks = walk.sender(verified.sender)
    ends = list(walk.owed(owed) if owed else walk.recipients(sender.agency))
    objections = [end for end in ends if isinstance(end, _Objection)]
    if objections or not any(isinstance(end, Participant) for end in ends):
        raise _refusal(objections, verified.envelope)
    reached: dict[AgencyCode, Participant] = {}
    for end in ends:
        if isinstance(end, Remark):
            remarks.append(end)
        elif isinstance(end, Participant):
            first = reached.setdefault(end.agency, end)
            if end.written not in {first.written, *walk.groups}:
                remarks.append(walk.remark(words.twice(walk.place(end.written), end, first.written)))
    return Route(sender=sender, recipients=tuple(reached.values()), remarks=tuple(remarks))


@dataclass(frozen=True, slots=True)
class _Objection:
    """Why one recipient cannot be reached."""

    kind: type[Rejected]
    problem: Problem


def _refusal(objections: Sequence[_Objection], envelope: Envelope) -> Rejected:
    if not objections:
        return UnknownRecipient(words.nobody(envelope.kind))
    return objections[0].kind([objection.problem for objection in objections])


class _Walk:
    """One document's way through the directory."""

    __slots__ = ("_at", "_directory", "_envelope", "groups")

    def __init__(self, envelope: Envelope, directory: Directory, at: datetime) -> None:
        self._envelope, self._directory, self._at = envelope, directory, at
        #: Codes that turned out to be groups.
        self.groups: set[AgencyCode] = set()

    def place(self, code: AgencyCode) -> words.Place:
        return self._envelope.places.get(code, (words.PLACE[self._envelope.kind], None))

    @staticmethod
    def remark(problem: Problem) -> Remark:
        return Remark(rule=STAGE, problem=problem)

    def sender(self, code: AgencyCode) -> tuple[Participant, list[Remark]]:
        written, place = self._envelope.sender, (words.SENDER[self._envelope.kind], None)
        agency = self._directory.find(code, self._at)
        if agency is None:
            raise PolicyDenied(words.unknown(place, written))
        if agency.state is State.LOCKED:
            raise AgencyLocked(words.locked(place, written))
        remarks = [] if written.form is not CodeForm.OTHER else [self.remark(words.malformed(place, written, agency))]
        if agency.state is State.CLOSED:
            remarks.append(self.remark(words.closed_sender(place, written, agency)))
        return _participant(agency, written), remarks

    def recipients(self, sender: AgencyCode) -> Iterator[Participant | Remark | _Objection]:
        for written in self._envelope.recipients:
            members = self._directory.members(written, self._at)
            if members is None:
                yield from self._reached(written, written)
                continue
            self.groups.add(written)
            for member in members:
                if member != sender:  # nobody writes to itself for being in the group
                    yield from map(self._left_out, self._reached(member, written))

    def owed(self, codes: Sequence[AgencyCode]) -> Iterator[Participant | Remark | _Objection]:
        written = next(iter(self._envelope.recipients), codes[0])
        named = self._directory.find(written, self._at)
        if named is None or named.code not in codes:
            yield self.remark(words.readdressed(self.place(written), written, codes))
        for code in codes:
            yield from self._reached(code, written)

    def _left_out(self, end: Participant | Remark | _Objection) -> Participant | Remark | _Objection:
        return self.remark(end.problem) if isinstance(end, _Objection) else end

    def _reached(self, code: AgencyCode, written: AgencyCode) -> Iterator[Participant | Remark | _Objection]:
        """Yield the agency that `code` leads to, and what is to be remarked about it; or what keeps it from there."""
        place = self.place(written)
        agency = self._directory.find(code, self._at)
        if agency is None:
            yield _Objection(UnknownRecipient, words.unknown(place, code))
            return
        end = self._successor(agency, place, code) if agency.state is State.CLOSED else agency
        if isinstance(end, _Objection):
            yield end
        elif end.state is State.LOCKED:
            yield _Objection(AgencyLocked, words.locked(place, code))
        elif end.state is State.PAPER_ONLY:
            yield _Objection(PaperOnly, words.paper(place, code, end))
        else:
            if end is not agency:
                yield self.remark(words.forwarded(place, code, end))
            if code.form is CodeForm.OTHER:
                yield self.remark(words.malformed(place, code, agency))
            yield _participant(end, written)

    def _successor(self, closed: Agency, place: words.Place, code: AgencyCode) -> Agency | _Objection:
        if not self._directory.forwards(closed.code):
            return _Objection(AgencyClosed, words.closed(place, code, closed.successor))
        seen, agency = {closed.code}, closed
        while agency.state is State.CLOSED:
            following = self._directory.find(agency.successor, self._at) if agency.successor else None
            if following is None or following.code in seen:  # the directory takes no circle; a database might hold one
                return _Objection(AgencyClosed, words.closed(place, code, None))
            seen.add(following.code)
            agency = following
        return agency


def _participant(agency: Agency, written: AgencyCode) -> Participant:
    return Participant(agency=agency.code, written=written, level=agency.level, bloc=agency.bloc)
