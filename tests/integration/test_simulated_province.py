"""A small province lives through nine months, and its report shows the shares that were published."""

from __future__ import annotations

import json
from math import sqrt
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from lgsp.calendar import calendar_of
from lgsp.cli import app
from lgsp.model.delivery import Status
from lgsp.settings import CalendarSection
from lgsp.simulate.events import Letter
from lgsp.simulate.folder import postal
from lgsp.simulate.plan import Plan
from lgsp.simulate.units import units
from lgsp.simulate.writing import written
from lgsp.store import Views, open_engine

if TYPE_CHECKING:
    from pathlib import Path

    from lgsp.reports.page import Value

CALENDAR = calendar_of(CalendarSection())


def test_the_province_has_621_bodies_in_three_blocs_and_132_desks() -> None:
    own = [body for body in units() if not body.outside]
    assert (len(own), sum(body.desk for body in own), len({body.bloc for body in own})) == (621, 132, 3)
    assert len({body.code for body in units()}) == len(units())


def test_the_same_seed_writes_the_same_and_another_seed_something_else() -> None:
    def first(seed: int) -> list[bytes]:
        return [written(one) for one in Plan(0.0001, seed, CALENDAR).events()]

    assert first(7) == first(7)
    assert first(7) != first(8)


def test_events_come_in_the_order_of_time_and_letters_on_working_days() -> None:
    events = list(Plan(0.002, 7, CALENDAR).events())
    assert [one.at for one in events] == sorted(one.at for one in events)
    letters = [one for one in events if isinstance(one, Letter)]
    assert len(letters) == 2958
    assert sum(CALENDAR.works(one.at.date()) for one in letters) / len(letters) > 0.97
    assert {str(letters[0].at.year), str(letters[-1].at.year)} == {"2020"}


def test_the_posts_totals_leave_180_unexplained() -> None:
    _, *lines = postal(1)
    sums = [sum(int(line.split(",")[n]) for line in lines) for n in (1, 2, 3)]
    assert (len(lines), sums, sums[0] - sums[1] - sums[2]) == (49, [36862, 16941, 19741], 180)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("province")
    _ran("simulate", "province", "--folder", str(folder), "--scale", "0.0001", "--json")
    _ran("report", "--config", str(folder / "lgsp.toml"), "--recount")
    found: dict[str, Any] = json.loads(_ran("report", "--config", str(folder / "lgsp.toml"), "--form", "json"))
    return found


def _ran(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.timeout(400)
def test_a_replay_sends_every_document_of_the_plan_once_and_delivers_each(tmp_path: Path) -> None:
    told = json.loads(
        _ran("simulate", "province", "--replay", "--folder", str(tmp_path), "--scale", "0.00008", "--json")
    )
    letters = list(Plan(0.00008, 7, CALENDAR).letters())
    assert told["documents"] + sum(told["refused"].values()) == len(letters) == 118
    engine = open_engine(f"sqlite:///{tmp_path / 'lgsp.db'}")
    counts = Views(engine).counts()
    engine.dispose()
    assert counts[Status.DELIVERED] >= len(letters) - 1  # one of them is altered after signing, and refused
    assert counts[Status.ACCEPTED] == counts[Status.QUEUED] == 0


@pytest.mark.timeout(400)
def test_the_report_of_the_run_shows_the_published_shares(report: dict[str, Any]) -> None:
    rows = {row["level"]: row for row in report["sections"]["by_level"]["rows"]}
    _expect(rows["Trong đó: cấp huyện trở lên"], 0.8)
    _expect(rows["Cấp xã"], 0.5)
    assert rows["Trong đó: cấp huyện trở lên"]["signed_share"] == 1.0


@pytest.mark.timeout(400)
def test_the_days_of_the_report_are_those_of_2020(report: dict[str, Any]) -> None:
    days = [row["day"] for row in report["sections"]["by_day"]["rows"]]
    assert days
    assert days == sorted(days)
    assert days[0] >= "2020-01-01"
    assert days[-1] <= "2020-09-23"


def _expect(row: dict[str, Value], share: float) -> None:
    """Hold a share to what was published, within four standard deviations of the binomial."""
    amount, found = row["documents"], row["electronic_share"]
    assert isinstance(amount, int)
    assert isinstance(found, float)
    assert abs(found - share) <= 4 * sqrt(share * (1 - share) / amount), (amount, found)
