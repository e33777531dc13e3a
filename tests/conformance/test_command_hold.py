"""`lgsp hold`: what is held, by whom and why; and plain words where nothing was chosen."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from lgsp.cli import app
from lgsp.store import retention
from tests.builders import COMMITTEE, DEPARTMENT
from tests.dispatches import a_dispatch
from tests.province import an_agency, make_province

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def stored(tmp_path: Path) -> tuple[Path, list[str]]:
    """A province with three documents."""
    province = make_province(tmp_path, [an_agency(COMMITTEE), an_agency(DEPARTMENT)])
    dispatches = [a_dispatch() for _ in range(3)]
    with closing(province.assembly()) as bus:
        bus.ledger.accept(dispatches)
    return province.config, sorted(one.id for one in dispatches)


def ran(config: Path, *words: str, status: int = 0) -> str:
    """Run the command and return what it says."""
    done = CliRunner().invoke(app, ["hold", words[0], "--config", str(config), *words[1:]])
    assert done.exit_code == status, done.output
    return done.output


def listed(config: Path) -> list[dict[str, Any]]:
    """Return what is held."""
    return [json.loads(line) for line in ran(config, "list", "--json").splitlines()]


def test_what_is_placed_is_listed_with_its_reason_until_it_is_released(stored: tuple[Path, list[str]]) -> None:
    config, ids = stored
    assert "Held: 2" in ran(config, "place", *ids[:2], "--why", "Thanh tra theo QĐ 12/QĐ-TTr")
    assert "Held: 0" in ran(config, "place", *ids[:2], "--why", "once more")
    assert [(one["document"], one["why"], one["kept"]) for one in listed(config)] == [
        (identifier, "Thanh tra theo QĐ 12/QĐ-TTr", True) for identifier in ids[:2]
    ]
    assert "Released: 1" in ran(config, "release", ids[0])
    assert [one["document"] for one in listed(config)] == [ids[1]]


def test_every_hold_is_listed_however_many_there_are(
    stored: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, ids = stored
    ran(config, "place", *ids, "--why", "khiếu nại")
    monkeypatch.setattr(retention.Retention.holds, "__defaults__", (2, ""))
    assert [one["document"] for one in listed(config)] == ids


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("place", "--why", "a reason"), "--agency, --since"),
        (("place", "x", "--why", " "), "--why"),
        (("release",), "--agency, --since"),
    ],
)
def test_nothing_chosen_is_no_choice_of_all_and_says_what_is_missing(
    stored: tuple[Path, list[str]], words: tuple[str, ...], said: str
) -> None:
    config, _ = stored
    assert said in ran(config, *words, status=1)
    assert listed(config) == []
