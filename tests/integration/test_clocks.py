"""Processes whose clocks differ: what one claims stays its own, and what is due is due for all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from lgsp.store import Ledger, Outbox
from tests.chaos.faults.clocks import LIBRARY, skewing
from tests.dispatches import a_dispatch

if TYPE_CHECKING:
    from sqlalchemy import Engine

_CLAIM: Final = """
import sys
from lgsp.store import Outbox, open_engine
print(len(Outbox(open_engine(sys.argv[1])).claim(10, 30)))
"""
_ACCEPT: Final = """
import sys
from dataclasses import replace
from datetime import UTC, datetime
from lgsp.store import Ledger, open_engine
from tests.dispatches import a_dispatch
Ledger(open_engine(sys.argv[1])).accept([replace(a_dispatch(), accepted=datetime.now(UTC))])
print(1)
"""


@pytest.fixture(autouse=True)
def _needs_a_wrong_clock() -> None:
    if LIBRARY is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("faketime is not installed")


def elsewhere(code: str, store: Engine, offset: str) -> int:
    """Run code in a process whose clock is `offset` away, and return the number that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", code, store.url.render_as_string(hide_password=False)],
        env={**os.environ, **skewing(offset)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return int(done.stdout)


def test_a_process_an_hour_ahead_takes_nothing_that_another_has_in_its_hands(postgresql_store: Engine) -> None:
    Ledger(postgresql_store).accept([a_dispatch()])
    assert len(Outbox(postgresql_store).claim(10, 60)) == 1
    assert elsewhere(_CLAIM, postgresql_store, "+1h") == 0


def test_what_a_process_an_hour_ahead_accepts_is_due_at_once(postgresql_store: Engine) -> None:
    assert elsewhere(_ACCEPT, postgresql_store, "+1h") == 1
    assert len(Outbox(postgresql_store).claim(10, 60)) == 1


def test_a_process_an_hour_behind_finds_what_is_due(postgresql_store: Engine) -> None:
    assert elsewhere(_ACCEPT, postgresql_store, "+0h") == 1
    assert elsewhere(_CLAIM, postgresql_store, "-1h") == 1
