"""What PostgreSQL keeps in parts is there before it is needed, and old refusals go in whole parts."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, insert, select, text
from typer.testing import CliRunner

from lgsp.cli import app
from lgsp.evidence.audit import Fault, audit
from lgsp.model.errors import StoreUnavailable
from lgsp.reports.cells import Counted
from lgsp.reports.reckoner import Reckoner
from lgsp.store import Leaves, Ledger
from lgsp.store.books import open_books
from lgsp.store.engine import commit, look
from lgsp.store.parts import WIDTH, Parts, following, quarter
from lgsp.store.tables import leaf, pruning, refusal
from lgsp.store.tallies import Tallies
from tests.dispatches import MOMENT, a_refusal
from tests.evidence import a_log
from tests.province import an_agency, make_province

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from lgsp.evidence.audit import Finding

#: Two quarters after everything that tests refuse.
LATER = following(following(quarter(MOMENT)))


def _parts_of(engine: Engine, table: str) -> dict[str, int]:
    """Return how many rows lie in each part."""
    named = f"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = '{table}'::regclass"
    names = look(engine, lambda connection: connection.execute(text(named)).scalars().all())
    counted = {name: text(f"SELECT count(*) FROM {name}") for name in names}
    return look(engine, lambda c: {name: c.execute(count).scalar_one() for name, count in counted.items()})


def _refused(engine: Engine, at: datetime, sender: str = "H03.77") -> None:
    arrival, answer = a_refusal(sender)
    correlation = f"at {at}"
    told = (replace(arrival, arrived=at, correlation=correlation), replace(answer, correlation=correlation))
    Ledger(engine).accept([], [told])


def _noted(engine: Engine) -> None:
    while Leaves(engine).append(1000):
        pass


def _audit(engine: Engine) -> list[Finding]:
    with open_books(engine) as books:
        return list(audit(books, lambda *_: True))


def _refusals(engine: Engine) -> int:
    return look(engine, lambda c: c.execute(select(func.count()).select_from(refusal)).scalar_one())


def test_a_quarter_begins_on_the_first_of_its_first_month() -> None:
    assert quarter(datetime(2026, 12, 31, 23, tzinfo=UTC)) == datetime(2026, 10, 1, tzinfo=UTC)
    starts = [datetime(2026, month, 1, tzinfo=UTC) for month in (1, 4, 7, 10)]
    assert [following(start) for start in starts] == [*starts[1:], datetime(2027, 1, 1, tzinfo=UTC)]


def test_parts_are_made_before_anything_falls_into_them_and_once(postgresql_store: Engine) -> None:
    parts, now = Parts(postgresql_store), datetime.now(UTC) + timedelta(days=400)
    assert parts.ahead(now) == 3
    assert parts.ahead(now) == 0
    assert {"leaf_1"} < _parts_of(postgresql_store, "leaf").keys()
    _refused(postgresql_store, now)
    _refused(postgresql_store, following(quarter(now)))
    made = _parts_of(postgresql_store, "refusal")
    assert made[f"refusal_{quarter(now):%Y_%m}"] == made[f"refusal_{following(quarter(now)):%Y_%m}"] == 1


def test_leaves_go_on_in_the_next_part(postgresql_store: Engine) -> None:
    Parts(postgresql_store).ahead(datetime.now(UTC))
    rows = [{"number": n, "kind": "history", "key": "k", "digest": "ab" * 32} for n in (WIDTH - 1, WIDTH)]
    commit(postgresql_store, lambda connection: connection.execute(insert(leaf), rows))
    assert _parts_of(postgresql_store, "leaf") == {"leaf_first": 1, "leaf_1": 1, "leaf_rest": 0}
    assert Leaves(postgresql_store).size() == WIDTH + 1


def test_what_found_no_part_moves_into_the_one_that_is_made_for_it(postgresql_store: Engine) -> None:
    late = datetime.now(UTC) + timedelta(days=400)
    _refused(postgresql_store, late)
    assert _parts_of(postgresql_store, "refusal")["refusal_rest"] == 1
    Parts(postgresql_store).ahead(late)
    found = _parts_of(postgresql_store, "refusal")
    assert (found["refusal_rest"], found[f"refusal_{quarter(late):%Y_%m}"]) == (0, 1)
    assert _audit(postgresql_store) == []


def test_what_a_wrong_clock_dated_back_is_put_away_after_the_rest_of_its_time(store: Engine) -> None:
    for _ in range(2):
        _refused(store, MOMENT)
        _noted(store)
        assert Parts(store).prune(LATER) == 1
    assert _audit(store) == []


def test_old_refusals_are_put_away_and_the_evidence_stands(store: Engine) -> None:
    a_log(store)
    _refused(store, LATER)
    _noted(store)
    size = Leaves(store).size()
    assert Parts(store).old(LATER) == 1
    assert Parts(store).prune(LATER) == 1
    assert Parts(store).prune(LATER) == 0
    assert _refusals(store) == 1
    assert _audit(store) == []
    _noted(store)
    assert Leaves(store).size() == size + 1  # the pruning itself
    assert _audit(store) == []


def test_whole_parts_go_at_once(postgresql_store: Engine) -> None:
    first, second = (datetime.now(UTC) + timedelta(days=days) for days in (200, 400))
    for at in (first, second):
        Parts(postgresql_store).ahead(at)
        _refused(postgresql_store, at)
    _noted(postgresql_store)
    assert Parts(postgresql_store).prune(second) == 1
    left = _parts_of(postgresql_store, "refusal")
    assert f"refusal_{quarter(first):%Y_%m}" not in left
    assert left[f"refusal_{quarter(second):%Y_%m}"] == 1
    _refused(postgresql_store, first)  # the numbers go on though the first part is gone
    assert _refusals(postgresql_store) == 2


def test_a_refusal_that_somebody_else_removed_is_found_all_the_same(store: Engine) -> None:
    for at in (MOMENT, LATER):
        _refused(store, at)
        _noted(store)
    Parts(store).prune(LATER)
    commit(store, lambda connection: connection.execute(delete(refusal)))
    assert [found.fault for found in _audit(store)] == [Fault.REMOVED]


def test_that_refusals_were_put_away_cannot_be_said_afterwards(store: Engine) -> None:
    _refused(store, MOMENT)
    _noted(store)
    row = {"upto": LATER, "count": 1, "leaves": 1, "at": LATER}
    commit(store, lambda connection: (connection.execute(delete(refusal)), connection.execute(insert(pruning), row)))
    assert [(found.fault, found.table) for found in _audit(store)] == [(Fault.SLIPPED_IN, "pruning")]


def test_nothing_is_put_away_that_the_log_does_not_know_yet(store: Engine) -> None:
    _refused(store, MOMENT)
    with pytest.raises(StoreUnavailable, match="lgsp upkeep"):
        Parts(store).prune(LATER)
    assert _refusals(store) == 1


def test_figures_of_what_was_put_away_stay(store: Engine) -> None:
    _refused(store, MOMENT)
    _noted(store)
    reckoner = Reckoner(Tallies(store), Counted())
    reckoner.catch_up()
    before = Tallies(store).cells()
    Parts(store).prune(LATER)
    assert reckoner.recount() == []
    assert Tallies(store).cells() == before


def test_the_operator_counts_first_and_prunes_no_day_to_come(tmp_path: Path) -> None:
    province = make_province(tmp_path / "bus", [an_agency("000.00.11.H03")])
    with closing(province.assembly()) as bus:
        _refused(bus.engine, MOMENT - timedelta(days=100))
        _noted(bus.engine)
    prune = ["db", "prune", "--config", str(province.config), "--json", "--before"]
    over = f"{MOMENT:%Y-%m-%d}"
    counted = CliRunner().invoke(app, [*prune, over, "--dry-run"])
    assert json.loads(counted.stdout) == {"before": "2026-10-01", "refusals": 1, "put away": False}
    assert json.loads(CliRunner().invoke(app, [*prune, over]).stdout)["put away"] is True
    assert json.loads(CliRunner().invoke(app, [*prune, over]).stdout)["refusals"] == 0
    assert CliRunner().invoke(app, [*prune, "2999-01-01"]).exit_code == 2
