"""Documents, statuses, recalls, replacements, couriers and reorganisations in any order, against a model of dicts.

The model is the sentences of docs/explanation/lifecycle.md, written a second time and as simply as possible.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test

from lgsp.model.agency import Agency, AgencyCode
from lgsp.model.delivery import Refusal, Status
from lgsp.model.envelope import BusinessType, Replacement
from lgsp.store import Directory, Ledger, Views
from tests.dispatches import MOMENT, a_dispatch, a_report, an_outcome
from tests.evidence import audited
from tests.lifecycle import a_change, asked_back, header_of, progress, statuses

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch

_RUNS: Final = count(1)
#: Who gets documents: a mailbox, a system that is handed them, and one that consumes its own queue.
_ADAPTERS: Final = {"M": "mailbox", "F": "folder", "Q": "queue"}
_CODES: Final = ("01", "02", "03", "04", "05", "06", "15", "16")
_ORDER: Final = ("01", "03", "04", "05", "06", "02")
_ASKED: Final = ("13", "16", "15")
_SAYS: Final = {"15": "agreed", "16": "refused"}
_WHICH: Final = st.sets(st.sampled_from(sorted(_ADAPTERS)), min_size=1).map(sorted)


@dataclass(eq=False)
class Paper:
    """A document, or a recall of one, as the model knows it."""

    dispatch: Dispatch
    known: bool = False
    #: By recipient.
    status: dict[str, str] = field(default_factory=dict)
    progress: dict[str, str] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    reports: int = 0
    #: The answers, 15 and 16, that each recipient gave, whether or not anything was asked.
    answers: dict[str, list[str]] = field(default_factory=dict)
    #: What came before the document did.
    early: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(eq=False)
class Wish:
    """A request, as the model knows it."""

    paper: Paper
    asking: Paper
    kind: str
    #: Whether it tells when it was made: then an answer given no earlier counts, though it came first.
    timed: bool = False
    #: By recipient.
    state: dict[str, str] = field(default_factory=dict)


class Lifecycle(RuleBasedStateMachine):
    """Drives ledger and model alike."""

    papers: Bundle[Paper] = Bundle("papers")
    store: Engine

    def __init__(self) -> None:
        super().__init__()
        self.ledger, self.directory = Ledger(self.store), Directory(self.store)
        run = next(_RUNS)
        self.sender = f"H04.{run}"
        self.codes = {letter: AgencyCode(f"H03.{letter}{run}") for letter in _ADAPTERS}
        for letter, code in self.codes.items():
            self.directory.add(Agency(code=code, name="Đơn vị", adapter=_ADAPTERS[letter]))
        self.heirs: dict[str, AgencyCode] = {}
        self.all: list[Paper] = []
        self.wishes: list[Wish] = []

    # What the model says

    def _adapter(self, code: str) -> str:
        return _ADAPTERS[code.removeprefix("H03.")[0]]

    def _tell(self, paper: Paper, code: str, who: str) -> None:
        """One status of a recipient, or a 13 to it."""
        paper.reports += 1
        if who not in paper.status:
            return
        strand, order = (paper.asked, _ASKED) if code in _ASKED else (paper.progress, _ORDER)
        strand[who] = max(strand.get(who, code), code, key=order.index)
        if code in _SAYS:
            paper.answers.setdefault(who, []).append(_SAYS[code])
        if code != "13":
            self._hear(paper, who, "refused" if code == "02" else "taken")
        for wish in self.wishes:
            if paper in {wish.paper, wish.asking} and code in _SAYS and who in wish.state:
                self._answer(wish, who, _SAYS[code])

    def _hear(self, paper: Paper, who: str, status: str) -> None:
        before = paper.status[who]
        if before in {"accepted", "queued", "refused"} or (before, status) == ("taken", "taken"):
            return
        paper.status[who] = status
        if before == "withdrawn":
            self._reopen(paper, who)

    def _reopen(self, paper: Paper, who: str) -> None:
        for wish in self.wishes:
            if wish.paper is paper and wish.state.get(who) == "withdrawn":
                wish.state[who] = "pending"
                if wish.kind == "recall":
                    wish.asking.status[who] = "accepted"

    def _answer(self, wish: Wish, who: str, state: str) -> None:
        before = wish.state[who]
        if before in {"pending", "no-answer"} or (before, state) == ("refused", "agreed"):
            wish.state[who] = state

    def _open(self, wish: Wish, recipients: Sequence[str]) -> None:
        paper = wish.paper
        self.wishes.append(wish)
        for who in recipients:
            if who not in paper.status:
                continue
            status, adapter = paper.status[who], self._adapter(who)
            free = status in {"accepted", "withdrawn"} or (status == "queued" and adapter != "queue")
            free = free or (status == "delivered" and adapter == "mailbox")
            spoken = who in paper.progress or paper.asked.get(who) in _SAYS
            free = free and not spoken and wish.kind != "update"
            wish.state[who] = "withdrawn" if free else "pending"
            for answer in paper.answers.get(who, ()) if wish.timed and not free else ():
                self._answer(wish, who, answer)
            if free:
                paper.status[who] = "withdrawn"
                if wish.kind == "recall":
                    wish.asking.status[who] = "withdrawn"

    def _arrive(self, paper: Paper) -> None:
        """A document becomes known: requests that waited for it first, then statuses."""
        paper.known = True
        paper.status = dict.fromkeys(paper.dispatch.recipients, "accepted")
        for what, more in [one for one in paper.early if one[0] == "wish"] + [
            one for one in paper.early if one[0] != "wish"
        ]:
            if what == "wish":
                wish, recipients = more
                self._open(wish, recipients)
            else:
                self._tell(paper, what, more)
        paper.early = []

    # What is done

    @rule(target=papers, to=_WHICH, late=st.booleans())
    def send(self, to: list[str], *, late: bool) -> Paper:
        """A document; or one that is only written, and comes later than what is said of it."""
        paper = Paper(a_dispatch(sender=self.sender, recipients=[self.codes[letter] for letter in to]))
        self.all.append(paper)
        if not late:
            self.come(paper)
        return paper

    @rule(paper=papers)
    def come(self, paper: Paper) -> None:
        """It comes, or comes again."""
        answers = self.ledger.accept([paper.dispatch])
        assert answers == [paper.dispatch.receipt]
        if not paper.known:
            self._arrive(paper)

    @rule(paper=papers)
    def forge(self, paper: Paper) -> None:
        """Another document with its number; a replacement keeps none, lest it shut out the document it overtook."""
        if paper.known and header_of(paper.dispatch).business is BusinessType.NEW:
            (answer,) = self.ledger.accept([a_dispatch(sender=self.sender, header=header_of(paper.dispatch))])
            assert isinstance(answer, Refusal)

    @rule(paper=papers, code=st.sampled_from(_CODES), which=st.integers(0, 4), cited=st.booleans())
    def report(self, paper: Paper, code: str, which: int, *, cited: bool) -> None:
        """A status of somebody, mostly of one who got it, or of its successor."""
        who = (*paper.dispatch.recipients, *self.codes.values())[which % (len(paper.dispatch.recipients) + 1)]
        changes: dict[str, str] = {} if cited else {"document_id": ""}
        speaker = self.heirs.get(who, who)
        if speaker is not who and not paper.known:
            return
        status = a_report(paper.dispatch, sender=speaker, status=code, **changes)
        assert self.ledger.accept([status]) == [status.receipt]
        if paper.known:
            self._tell(paper, code, who)
        else:
            paper.early.append((code, who))

    @rule(paper=papers, kind=st.sampled_from(["recall", "update"]), to=_WHICH)
    def ask(self, paper: Paper, kind: str, to: list[str]) -> None:
        """A recall or an update by document."""
        recipients = [self.codes[letter] for letter in to]
        dispatch = a_change(BusinessType[kind.upper()], paper.dispatch, recipients=recipients)
        self._wish(paper, dispatch, kind, recipients)

    @rule(paper=papers, letter=st.sampled_from(sorted(_ADAPTERS)))
    def ask_back(self, paper: Paper, letter: str) -> None:
        """A recall by status 13; it goes to one recipient."""
        who = self.codes[letter]
        if who not in paper.dispatch.recipients:
            return
        dispatch = asked_back(paper.dispatch, who)
        self._wish(paper, dispatch, "recall", [who], timed=True)
        if paper.known:
            self._tell(paper, "13", who)
        else:
            paper.early.append(("13", who))

    @rule(target=papers, first=papers, second=papers, to=_WHICH)
    def replace_two(self, first: Paper, second: Paper, to: list[str]) -> Any:
        """One document in place of two, the second for its first recipient alone."""
        if first is second or not (first.known and second.known):
            return multiple()
        recipients = [self.codes[letter] for letter in to]
        replaces = [
            Replacement(document_id=first.dispatch.verified.envelope.document_id),
            Replacement(document_id=second.dispatch.verified.envelope.document_id, recipients=(recipients[0],)),
        ]
        own = a_dispatch(sender=self.sender, recipients=recipients)
        new = Paper(a_change(BusinessType.REPLACE, own, replaces=replaces))
        self.all.append(new)
        assert self.ledger.accept([new.dispatch]) == [new.dispatch.receipt]
        new.known, new.status = True, dict.fromkeys(recipients, "accepted")
        self._open(Wish(first, new, "replace"), recipients)
        self._open(Wish(second, new, "replace"), recipients[:1])
        return new

    def _wish(
        self, paper: Paper, dispatch: Dispatch, kind: str, recipients: list[AgencyCode], *, timed: bool = False
    ) -> None:
        asking = Paper(dispatch, known=True, status=dict.fromkeys(recipients, "accepted"))
        self.all.append(asking)
        assert self.ledger.accept([dispatch]) == [dispatch.receipt]
        wish = Wish(paper, asking, kind, timed)
        if paper.known:
            self._open(wish, list(recipients))
        else:
            paper.early.append(("wish", (wish, list(recipients))))

    @rule(paper=papers, status=st.sampled_from(["queued", "delivered", "taken", "failed"]))
    def carry(self, paper: Paper, status: str) -> None:
        """A courier, perhaps one that started before a recall."""
        if not paper.known:
            return
        self.ledger.record([an_outcome((paper.dispatch, who), Status(status)) for who in paper.status])
        for who, before in list(paper.status.items()):
            if status == "delivered" and before == "withdrawn" and self._adapter(who) == "mailbox":
                continue
            follows = {
                "accepted": {"queued", "delivered", "taken", "failed"},
                "queued": {"delivered", "taken", "failed"},
                "delivered": {"taken"},
                "withdrawn": {"delivered", "taken"},
                "failed": {"delivered", "taken"},
            }
            if status in follows.get(before, ()):
                paper.status[who] = status
                if before == "withdrawn":
                    self._reopen(paper, who)
                if status == "delivered" and who in paper.progress:
                    self._hear(paper, who, "refused" if paper.progress[who] == "02" else "taken")

    @rule()
    def wait(self) -> None:
        """Longer than anybody answers."""
        while self.ledger.lapse(MOMENT + timedelta(days=365), 100):
            pass
        for wish in self.wishes:
            wish.state |= {who: "no-answer" for who, state in wish.state.items() if state == "pending"}

    @rule(letter=st.sampled_from(sorted(_ADAPTERS)))
    def merge(self, letter: str) -> None:
        """A recipient is closed; its successor speaks for it."""
        code = self.codes[letter]
        if code not in self.heirs:
            heir = AgencyCode(f"{code}.H")
            self.directory.add(Agency(code=heir, name="Đơn vị kế thừa"))
            self.directory.close(code, successor=heir)
            self.heirs[code] = heir

    # What must agree

    @invariant()
    def states_agree(self) -> None:
        for paper in self.all:
            if paper.known:
                assert statuses(self.store, paper.dispatch) == paper.status
                said = progress(self.store, paper.dispatch)
                assert {who: way[0] for who, way in said.items() if way[0]} == paper.progress
                assert {who: way[1] for who, way in said.items() if way[1]} == paper.asked
        for wish in self.wishes:
            found = [one for one in self._trace(wish.paper).requests if one.dispatch_id == wish.asking.dispatch.id]
            assert {one.recipient: one.state for one in found} == wish.state

    @invariant()
    def histories_agree(self) -> None:
        for paper in self.all:
            if paper.known:
                way = self._trace(paper)
                assert len(way.business) == paper.reports
                for stand in way.deliveries:
                    changes = [e.status for e in way.history if e.recipient == stand.recipient and e.status]
                    assert (changes or [Status.ACCEPTED])[-1] is stand.status

    def _trace(self, paper: Paper) -> Any:
        (way,) = [one for one in Views(self.store).trace(paper.dispatch.id) if one.dispatch_id == paper.dispatch.id]
        return way


@pytest.mark.timeout(400)  # shrinking what fails takes its time
def test_whatever_happens_in_whatever_order_ledger_and_model_agree(store: Engine) -> None:
    examples, steps = (60, 25) if store.dialect.name == "sqlite" else (15, 20)
    several = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(type("Driven", (Lifecycle,), {"store": store}), settings=several)
    assert audited(store) == []
