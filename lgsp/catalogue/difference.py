"""Holding a catalogue against the directory: what it would change, told before anything is written."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.agency import Agency, Bloc, CodeForm, Level, State, Tenure
from lgsp.model.entry import Entry
from lgsp.model.tenures import amended, circle, parent, successor
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from lgsp.catalogue.wish import Wish
    from lgsp.model.agency import AgencyCode

_FACTS: Final = ("level", "bloc", "parent", "state", "successor")


class What(StrEnum):
    """What a catalogue does to one agency."""

    ADDED = "added"
    CHANGED = "changed"
    CLOSED = "closed"
    UNCHANGED = "unchanged"
    DOUBTFUL = "doubtful"  # left alone, for the reason given


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One agency: as it is, as it would be."""

    what: What
    place: str
    code: AgencyCode
    name: str
    #: What changes: field -> (as it is, as it would be).
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    #: Why it is doubtful.
    reason: Text | None = None
    #: What is written when it is applied; None: nothing.
    entry: Entry | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The directory as a catalogue is held against it."""

    #: As they are now, by the codes they are filed under.
    agencies: Mapping[AgencyCode, Agency]
    #: Alias, of any time -> the agency's own code.
    aliases: Mapping[AgencyCode, AgencyCode]
    groups: frozenset[AgencyCode] = frozenset()
    tenures_of: Callable[[AgencyCode], Sequence[Tenure]]
    #: `id` in the national list and mail address, where there is one.
    contacts: Mapping[AgencyCode, tuple[str, str]] = field(default_factory=dict)

    def filed(self, code: AgencyCode) -> AgencyCode | None:
        """Return the code that its agency is filed under."""
        return code if code in self.agencies else self.aliases.get(code)


def compared(known: Catalogue, wishes: Sequence[Wish], at: datetime, *, new: State = State.ACTIVE) -> list[Difference]:
    """Return what each wish would change, in their order. `new` is the state of agencies that are added.

    What is malformed, double, contradicts the directory or names what nobody knows is doubtful: it is never applied.
    """
    return _Comparison(known, wishes, at, new).differences()


def missing(known: Catalogue, wishes: Sequence[Wish], at: datetime, *, close: bool) -> list[Difference]:
    """Return the agencies from the national list that a list which says to be whole leaves out.

    With `close` they would be closed; otherwise they are doubtful: a list cut short must not close half the country.
    """
    listed = {wish.national_id for wish in wishes}
    found = []
    for code, (national_id, mail) in known.contacts.items():
        agency = known.agencies[code]
        if not national_id or national_id in listed or agency.state is State.CLOSED:
            continue
        tenures = amended(known.tenures_of(code), at, None, state=State.CLOSED, successor=None)
        entry = Entry(agency=agency, tenures=tenures, national_id=national_id, mail=mail)
        found.append(
            Difference(
                what=What.CLOSED if close else What.DOUBTFUL,
                place=f"id {national_id}",
                code=code,
                name=agency.name,
                changes={"state": (agency.state, State.CLOSED)} if close else {},
                reason=None if close else Text("is not in the list", "không có trong danh mục"),
                entry=entry if close else None,
            )
        )
    return found


class _Comparison:
    def __init__(self, known: Catalogue, wishes: Sequence[Wish], at: datetime, new: State) -> None:
        self._known, self._wishes, self._at, self._new = known, wishes, at, new
        self._written = Counter(code for wish in wishes for code in {wish.code, *wish.aliases})
        self._owners = Counter(filter(None, map(self._owner, wishes)))
        self._doubts: dict[int, Text] = {}
        #: Code of a wish -> the code that its agency is or would be filed under.
        self._filed: dict[AgencyCode, AgencyCode] = {}
        self._tenures: dict[AgencyCode, Sequence[Tenure]] = {}

    def differences(self) -> list[Difference]:
        for n, wish in enumerate(self._wishes):
            doubt = self._doubt(wish)
            if doubt is not None:
                self._doubts[n] = doubt
            else:
                own = self._owner(wish) or wish.code
                self._filed.update(dict.fromkeys((wish.code, *wish.aliases), own))
        while self._more_doubts():
            pass
        return [self._difference(n, wish) for n, wish in enumerate(self._wishes)]

    def _doubt(self, wish: Wish) -> Text | None:
        """Return what is wrong with a wish by itself."""
        if wish.unread:
            cells = ", ".join(f"{name} '{cell}'" for name, cell in wish.unread.items())
            return Text(f"not understood: {cells}", f"không hiểu: {cells}")
        doubts = filter(None, map(self._code_doubt, (wish.code, *wish.aliases)))
        return next(doubts, None) or self._owner_doubt(wish)

    def _code_doubt(self, code: AgencyCode) -> Text | None:
        if code.form is CodeForm.OTHER and self._known.filed(code) is None:
            return Text(f"'{code}' is a code of neither national form", f"mã '{code}' sai cả hai dạng quốc gia")
        if self._written[code] > 1:
            return Text(f"the code {code} stands there more than once", f"mã {code} xuất hiện nhiều lần")
        if code in self._known.groups:
            return Text(f"the code {code} is a group's", f"mã {code} là mã của một nhóm")
        return None

    def _owner_doubt(self, wish: Wish) -> Text | None:
        owners = {owner for code in (wish.code, *wish.aliases) if (owner := self._known.filed(code))}
        if len(owners) > 1:
            named = ", ".join(sorted(owners))
            return Text(f"its codes are those of several agencies: {named}", f"các mã thuộc nhiều đơn vị: {named}")
        if any(self._owners[owner] > 1 for owner in owners):
            (owner,) = owners
            return Text(f"{owner} stands there under several codes", f"{owner} xuất hiện dưới nhiều mã")
        return None if wish.name or owners else Text("it has no name", "thiếu tên đơn vị")

    def _owner(self, wish: Wish) -> AgencyCode | None:
        return next(filter(None, map(self._known.filed, (wish.code, *wish.aliases))), None)

    def _more_doubts(self) -> bool:
        """Doubt wishes that name what is unknown or doubtful, or lead in a circle; tell whether there were any."""
        found = {n: doubt for n, wish in enumerate(self._wishes) if (doubt := self._relative_doubt(n, wish))}
        if not found:
            sound = [wish for n, wish in enumerate(self._wishes) if n not in self._doubts]
            self._tenures = {self._filed[wish.code]: self._time(wish) for wish in sound}
            found = {n: doubt for n, wish in enumerate(self._wishes) if (doubt := self._circular(n, wish))}
        for n in found:
            for code in (self._wishes[n].code, *self._wishes[n].aliases):
                self._filed.pop(code, None)
        self._doubts.update(found)
        return bool(found)

    def _relative_doubt(self, n: int, wish: Wish) -> Text | None:
        for other in (wish.parent, wish.successor) if n not in self._doubts else ():
            if other is not None and self._resolved(other) is None:
                return Text(f"it names {other}, which nobody knows", f"nêu mã {other} không ai biết")
        return None

    def _resolved(self, code: AgencyCode | None) -> AgencyCode | None:
        return None if code is None else self._known.filed(code) or self._filed.get(code)

    def _circular(self, n: int, wish: Wish) -> Text | None:
        if n in self._doubts or (wish.parent is None and wish.successor is None):
            return None
        for edge in (successor, parent):
            way = circle(self._filed[wish.code], edge, self._time_of)
            if way:
                named = " → ".join(way)
                return Text(f"it would lead in a circle: {named}", f"tạo thành vòng lặp: {named}")
        return None

    def _time_of(self, code: AgencyCode) -> Sequence[Tenure]:
        return self._tenures.get(code) or self._known.tenures_of(code)

    def _facts(self, wish: Wish) -> dict[str, Any]:
        """Return what a wish says that is dated."""
        said: dict[str, Any] = {
            "level": wish.level,
            "bloc": wish.bloc,
            "parent": self._resolved(wish.parent),
            "state": wish.state,
            "successor": self._resolved(wish.successor),
        }
        return {name: value for name, value in said.items() if value is not None}

    def _time(self, wish: Wish) -> Sequence[Tenure]:
        """Return the agency's time as it would be."""
        filed, facts = self._filed[wish.code], self._facts(wish)
        known = self._known.agencies.get(filed)
        if known is not None:
            before = self._known.tenures_of(filed)
            moment = wish.since or self._at
            return amended(before, moment, None, **facts) if facts else before
        base = Tenure(level=wish.likely or Level.PROVINCE, bloc=Bloc.GOVERNMENT, state=self._new)
        base = replace(base, **facts)
        if wish.since is None or base.state is State.CLOSED:
            return [base]
        return amended([replace(base, state=State.CLOSED, successor=None)], wish.since, None, **_dated(base))

    def _difference(self, n: int, wish: Wish) -> Difference:
        named: dict[str, Any] = {"place": wish.place, "code": wish.code, "name": wish.name}
        if n in self._doubts:
            return Difference(what=What.DOUBTFUL, reason=self._doubts[n], **named)
        filed = self._filed[wish.code]
        known, before = self._known.agencies.get(filed), self._known.tenures_of(filed)
        after, (own_id, own_mail) = self._time(wish), self._known.contacts.get(filed, ("", ""))
        agency = known or Agency(code=filed, name=wish.name)
        told = replace(agency, name=wish.name or agency.name, adapter=wish.adapter or agency.adapter)
        aliases = tuple(c for c in (wish.code, *wish.aliases) if c != filed and self._known.filed(c) is None)
        entry = Entry(
            agency=told,
            tenures=() if list(after) == list(before) else after,
            aliases=aliases,
            national_id=own_id if wish.national_id is None else wish.national_id,
            mail=own_mail if wish.mail is None else wish.mail,
        )
        if known is None:
            return Difference(what=What.ADDED, entry=entry, changes=_told(None, told, before, after, entry), **named)
        changes = _told(known, told, before, after, entry)
        if (own_id, own_mail) != (entry.national_id, entry.mail):
            changes["mail"] = (own_mail or own_id, entry.mail or entry.national_id)
        if not changes:
            return Difference(what=What.UNCHANGED, **named)
        closing = "state" in changes and after[-1].state is State.CLOSED
        return Difference(what=What.CLOSED if closing else What.CHANGED, entry=entry, changes=changes, **named)


def _dated(tenure: Tenure) -> dict[str, Any]:
    return {name: getattr(tenure, name) for name in _FACTS}


def _told(
    known: Agency | None, told: Agency, before: Sequence[Tenure], after: Sequence[Tenure], entry: Entry
) -> dict[str, tuple[str, str]]:
    """Return what changes in the end, for people."""
    changes: dict[str, tuple[str, str]] = {}
    pairs = [(name, getattr(known, name, ""), getattr(told, name)) for name in ("name", "adapter")]
    pairs += [(name, getattr(before[-1], name) if before else "", getattr(after[-1], name)) for name in _FACTS]
    for name, was, becomes in pairs:
        if (was or "") != (becomes or ""):
            changes[name] = (str(was or ""), str(becomes or ""))
    if entry.aliases:
        changes["aliases"] = ("", " ".join(entry.aliases))
    since = [t.since for t in after if t.since is not None and t.since not in {b.since for b in before}]
    if since:
        changes["since"] = ("", f"{since[0]:%Y-%m-%d %H:%M:%S%z}")
    return changes
