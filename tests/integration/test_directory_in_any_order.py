"""Whatever is done to the directory in whatever order: a code means one agency at a time, and no way is a circle."""

from __future__ import annotations

import contextlib
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lgsp.model.agency import Agency, AgencyCode, Level, State
from lgsp.model.errors import Misconfigured
from lgsp.store import Directory, open_engine, upgrade

CODES: Final = [AgencyCode(f"H03.{n}") for n in range(4)]
NAMES: Final = [*CODES, *(AgencyCode(f"000.00.0{n}.H03") for n in range(4))]
DAY: Final = datetime(2025, 6, 30, 17, tzinfo=UTC)
MOMENTS: Final = [DAY + timedelta(days=n) for n in range(-3, 4)]

codes, names = st.sampled_from(CODES), st.sampled_from(NAMES)
moments = st.sampled_from(MOMENTS)
ends = st.none() | moments


class AnyOrder(RuleBasedStateMachine):
    """Changes in any order, each written or refused as a whole; a second process that follows; a plain model."""

    @initialize()
    def begin(self) -> None:
        """Open a new store."""
        self.folder = tempfile.TemporaryDirectory()
        self.engine = open_engine(f"sqlite:///{Path(self.folder.name) / 'lgsp.db'}")
        upgrade(self.engine)
        self.directory, self.other = Directory(self.engine, 60), Directory(self.engine, 0)
        #: (code, since) -> what was said last of the days from then on.
        self.said: dict[tuple[AgencyCode, datetime], State] = {}
        for code in CODES:
            self.directory.add(Agency(code=code, name=code))

    def teardown(self) -> None:
        """Close it."""
        if hasattr(self, "engine"):
            self.engine.dispose()
            self.folder.cleanup()

    @rule(code=codes, successor=st.none() | names, since=moments)
    def close(self, code: AgencyCode, successor: AgencyCode | None, since: datetime) -> None:
        """Close a body."""
        with contextlib.suppress(Misconfigured):
            self.directory.close(code, successor=successor, since=since)
            self._say(code, since, None, State.CLOSED)

    @rule(code=codes, state=st.sampled_from([State.ACTIVE, State.LOCKED]), since=moments, until=ends)
    def amend(self, code: AgencyCode, state: State, since: datetime, until: datetime | None) -> None:
        """Lock or open a body for a time."""
        with contextlib.suppress(Misconfigured):
            self.directory.amend(code, since=since, until=until, state=state)
            self._say(code, since, until, state)

    @rule(code=names, agency=codes, since=ends, until=ends)
    def add_alias(self, code: AgencyCode, agency: AgencyCode, since: datetime | None, until: datetime | None) -> None:
        """Give a body another code."""
        with contextlib.suppress(Misconfigured):
            self.directory.add_alias(code, agency, since=since, until=until)

    @rule(code=names, until=moments)
    def end_alias(self, code: AgencyCode, until: datetime) -> None:
        """End a code."""
        with contextlib.suppress(Misconfigured):
            self.directory.end_alias(code, until=until)

    @rule(code=names, parent=st.none() | names, level=st.sampled_from(Level))
    def put(self, code: AgencyCode, parent: AgencyCode | None, level: Level) -> None:
        """Write an entry; a new one may take an alias's place only when that is refused."""
        known = self.directory.find(code)
        with contextlib.suppress(Misconfigured):
            state = known.state if known else State.ACTIVE
            successor = known.successor if known else None
            self.directory.add(
                Agency(code=code, name=code, parent=parent, level=level, state=state, successor=successor)
            )

    def _say(self, code: AgencyCode, since: datetime, until: datetime | None, state: State) -> None:
        for moment in MOMENTS:
            if since <= moment and (until is None or moment < until):
                self.said[code, moment] = state

    @invariant()
    def a_code_means_at_most_one_agency(self) -> None:
        """Own codes and aliases never overlap."""
        if not hasattr(self, "directory"):
            return
        filed = {agency.code for agency in self.directory.agencies()}
        for moment in MOMENTS:
            holding = [alias for alias in self.directory.aliases() if alias.holds(moment)]
            meant = [alias.code for alias in holding]
            assert len(meant) == len(set(meant))
            assert not filed & set(meant)

    @invariant()
    def no_way_is_a_circle_and_tenures_have_no_gap(self) -> None:
        """Successors and parents lead to an end at every moment."""
        if not hasattr(self, "directory"):
            return
        for agency in self.directory.agencies():
            tenures = self.directory.tenures(agency.code)
            assert (tenures[0].since, tenures[-1].until) == (None, None)
            assert all(a.until == b.since for a, b in pairwise(tenures))
            for moment in MOMENTS:
                for edge in ("successor", "parent"):
                    self._ends(agency.code, edge, moment)

    def _ends(self, code: AgencyCode, edge: str, moment: datetime) -> None:
        seen: set[str] = set()
        at = self.directory.find(code, moment)
        while at is not None and getattr(at, edge) is not None and (edge == "parent" or at.state is State.CLOSED):
            assert at.code not in seen
            seen.add(at.code)
            at = self.directory.find(getattr(at, edge), moment)

    @invariant()
    def what_was_said_last_is_so_and_every_process_sees_it(self) -> None:
        """The plain model, this process and another agree."""
        if not hasattr(self, "directory"):
            return
        for (code, moment), state in self.said.items():
            found = self.directory.find(code, moment)
            assert found is not None
            assert found.state is state
            assert self.other.find(code, moment) == found
        assert list(self.other.agencies()) == list(self.directory.agencies())
        assert self.other.aliases() == self.directory.aliases()


AnyOrder.TestCase.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
test_changes_in_any_order_keep_the_directory_whole = AnyOrder.TestCase
