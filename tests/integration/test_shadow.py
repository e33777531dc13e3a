"""A version of a schema in the shadow, asked about what was accepted, on both engines."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from lgsp.stages.envelope import Limits
from lgsp.stages.schema import Registry
from lgsp.stages.schema.shadow import Shadow
from lgsp.store import Ledger
from lgsp.store.shadows import Objection, Shadows
from lgsp.upkeep.shadowing import Shadowing
from tests.builders import a_document, a_status
from tests.dispatches import a_dispatch
from tests.unit.test_schema_registry import a_version

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch


@pytest.fixture(scope="module")
def shorter(tmp_path_factory: pytest.TempPathFactory) -> Shadow:
    """Return a version that allows subjects of 100 characters."""
    place: Path = tmp_path_factory.mktemp("schemas")
    a_version(place, edit=('<xs:maxLength value="500"/>', '<xs:maxLength value="100"/>'))
    return Shadow(Registry.load([place]).get("edxml-qcvn102-2026"))


def accepted(store: Engine, octets: bytes, at: datetime) -> Dispatch:
    identifier = f"{int(at.timestamp() * 1000):012x}" + "0" * 20
    dispatch = replace(a_dispatch(octets), id=identifier, accepted=at)
    dispatch = replace(dispatch, receipt=replace(dispatch.receipt, dispatch_id=identifier))
    Ledger(store).accept([dispatch])
    return dispatch


def begun(store: Engine, shorter: Shadow) -> Shadowing:
    """Return the broom of a version that was named an hour ago."""
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    Shadows(store).begin(shorter.version.stamp, f"{int(hour_ago.timestamp() * 1000):012x}")
    return Shadowing(Shadows(store), [shorter], limits=Limits())


def test_what_a_new_version_would_have_refused_is_counted_and_named(store: Engine, shorter: Shadow) -> None:
    now = datetime.now(UTC)
    broom = begun(store, shorter)
    accepted(store, a_document(), now - timedelta(minutes=3))
    accepted(store, a_status(), now - timedelta(minutes=2))
    long = accepted(store, a_document(subject="V" * 300), now - timedelta(minutes=1))
    assert broom.sweep() == 3
    assert broom.sweep() == 0
    tally = Shadows(store).tallies()[0]
    assert (tally.schema, tally.judged, tally.objected) == (shorter.version.stamp, 3, 1)
    found = Shadows(store).grouped(shorter.version.stamp)
    assert [(one.sender, one.documents, one.example) for one in found] == [("H03.11", 1, long.id)]
    assert found[0].element.endswith("MessageHeader/Subject")
    assert "100" in found[0].text_vi


def test_a_version_is_asked_from_the_moment_on_at_which_it_was_named(store: Engine, shorter: Shadow) -> None:
    accepted(store, a_document(subject="V" * 300), datetime.now(UTC) - timedelta(hours=1))
    broom = Shadowing(Shadows(store), [shorter], limits=Limits())
    assert broom.sweep() == 0
    assert Shadows(store).tallies()[0].judged == 0


def test_what_may_still_be_overtaken_by_another_commit_is_left_for_later(store: Engine, shorter: Shadow) -> None:
    broom = begun(store, shorter)
    accepted(store, a_document(), datetime.now(UTC))
    assert broom.sweep() == 0


def test_of_two_processes_that_ask_about_the_same_documents_one_is_heard(store: Engine, shorter: Shadow) -> None:
    broom, shadows, name = begun(store, shorter), Shadows(store), shorter.version.stamp
    dispatch = accepted(store, a_document(), datetime.now(UTC) - timedelta(minutes=1))
    since = shadows.begin(name, "")
    asked = shadows.unasked(since, "f", shorter.kinds, 10)
    assert [one.dispatch_id for one in asked] == [dispatch.id]
    assert broom.sweep() == 1
    said = Objection(dispatch_id=dispatch.id, sender=asked[0].sender, element="x", said=shorter.version.title)
    assert shadows.keep(name, asked, since, [said]) is False
    assert shadows.tallies()[0].judged == 1
    assert shadows.grouped(name) == []
