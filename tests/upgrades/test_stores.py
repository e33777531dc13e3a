"""What a release wrote, something of every kind, is kept and still proven on the way to what is here."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlalchemy import MetaData, Table, select

from lgsp.store import open_engine, require_fitting, upgrade
from lgsp.store.engine import look
from lgsp.store.upgrading import newest
from tests.evidence import audited
from tests.services.server import free_port
from tests.upgrades.releases import Release, releases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

#: Run by the release's own code; its own tests know what can happen to it.
_FILL: Final = """
import sys
from lgsp.store import Leaves, open_engine, upgrade
from lgsp.upkeep.notary import Notary
from tests.evidence import Clock, a_key, everything
engine = open_engine(sys.argv[1])
upgrade(engine)
everything(engine)
Notary(Leaves(engine), a_key(), head_every_seconds=60, clock=Clock()).sweep()
"""
_KEPT: Final = ("dispatch", "delivery", "history", "report", "refusal", "leaf", "head", "agency", "certificate", "hold")


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a store that is not there yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'lgsp.db'}"
        return
    postgres, name = request.getfixturevalue("postgres"), f"release_{free_port()}"
    postgres.run(f"CREATE DATABASE {name}")
    yield postgres.database(name)
    postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_what_a_release_wrote_is_kept_and_its_evidence_holds(release: Release, place: str, tmp_path: Path) -> None:
    tree = release.unpack(tmp_path / "release")
    environment = {**os.environ, "PYTHONPATH": str(tree)}
    subprocess.run([sys.executable, "-c", _FILL, place], cwd=tree, env=environment, check=True)
    engine = open_engine(place)
    before = _rows(engine)
    upgrade(engine)
    after = _rows(engine)
    assert require_fitting(engine) == newest()
    assert audited(engine, lambda *_: True) == []
    for table, rows in before.items():
        assert rows
        assert [{name: row[name] for name in rows[0]} for row in after[table]] == rows, table
    engine.dispose()


def _rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return what the tables hold, in the order of their first columns."""
    tables = [Table(name, MetaData(), autoload_with=engine) for name in _KEPT]
    return {
        table.name: [
            dict(row._mapping)
            for row in look(engine, lambda c, t=table: c.execute(select(t).order_by(*t.primary_key.columns)).all())  # type: ignore[misc]
        ]
        for table in tables
    }
