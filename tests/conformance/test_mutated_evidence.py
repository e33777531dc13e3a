"""Whatever is changed in a container, wherever it is, is found; and the file is named: property by property."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lgsp.container.contents import COVER
from lgsp.container.export import export_refusal
from lgsp.container.verification import verify_container
from lgsp.container.zipped import pack, unpack
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Refusal
from lgsp.model.envelope import Arrival
from lgsp.upkeep.notary import Notary
from tests.builders import COMMITTEE
from tests.containers import NOW, World, a_world, changed, told

if TYPE_CHECKING:
    from lgsp.container.words import Report

_PER_FILE = settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


class Whole(NamedTuple):
    """A true container, and what is in it."""

    octets: bytes
    files: dict[str, bytes]


@pytest.fixture(scope="module")
def world() -> World:
    return a_world()


@pytest.fixture(scope="module", params=["document", "refusal"])
def whole(request: pytest.FixtureRequest, world: World) -> Whole:
    octets = world.packed() if request.param == "document" else _refused(world)
    assert verify_container(octets, at=NOW).clean
    return Whole(octets, unpack(octets))


def _refused(world: World) -> bytes:
    arrival = Arrival(
        octets=b"<x/>", caller=AgencyCode(COMMITTEE), door="soap", correlation="mutated", arrived=datetime.now(UTC)
    )
    (answer,) = world.bus.intake.accept([arrival])
    assert isinstance(answer, Refusal)
    Notary(world.bus.leaves, world.bus.keys, head_every_seconds=0).sweep()
    return b"".join(export_refusal("mutated", world.bus.log, world.bus.keys.current(), NOW))


def _judged(octets: bytes) -> Report:
    return verify_container(octets, at=NOW)


def _repacked(whole: Whole, name: str, octets: bytes) -> bytes:
    """Return the container with another file, every checksum and length made to fit."""
    return b"".join(pack({**whole.files, name: octets}))


def test_every_single_byte_of_the_zip_itself_counts(whole: Whole) -> None:
    """Headers, names, the directory and its end: all bytes that are no file's, each changed in two ways."""
    inside: set[int] = set()
    for name, octets in whole.files.items():
        start = whole.octets.index(name.encode() + octets) + len(name)
        inside.update(range(start, start + len(octets)))
    structure = [at for at in range(len(whole.octets)) if at not in inside]
    assert len(structure) > 100 * len(whole.files)
    missed = [(at, mask) for at in structure for mask in (1, 128) if _judged(changed(whole.octets, at, mask)).clean]
    assert missed == []


@_PER_FILE
@given(st.data())
def test_one_byte_of_any_file_changed_with_its_checksum_is_found_and_the_file_named(
    whole: Whole, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(whole.files)))
    octets = whole.files[name]
    at = data.draw(st.integers(0, len(octets) - 1))
    report = _judged(_repacked(whole, name, changed(octets, at, data.draw(st.integers(1, 255)))))
    assert not report.clean
    said = told(report, "contradicted")
    assert name in said, (name, at, said)
    if name != COVER:
        assert f"{name}: this file was changed after it was packed" in said


@_PER_FILE
@given(st.data())
def test_bytes_cut_out_of_or_put_into_any_file_are_found_and_the_file_named(whole: Whole, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(whole.files)))
    octets = whole.files[name]
    start = data.draw(st.integers(0, len(octets)))
    end = data.draw(st.integers(start, len(octets)))
    other = octets[:start] + data.draw(st.binary(max_size=8)) + octets[end:]
    report = _judged(_repacked(whole, name, other))
    assert report.clean == (other == octets)
    assert other == octets or name in told(report, "contradicted")


def test_every_file_taken_out_is_named(whole: Whole) -> None:
    for name in whole.files:
        report = _judged(b"".join(pack({other: octets for other, octets in whole.files.items() if other != name})))
        assert name in told(report, "contradicted"), name


def test_any_two_files_that_change_places_are_named(whole: Whole) -> None:
    names = [name for name in whole.files if name != COVER]
    for one, other in pairwise(names):
        if whole.files[one] != whole.files[other]:
            files = {**whole.files, one: whole.files[other], other: whole.files[one]}
            found = _judged(b"".join(pack(files))).findings
            changes = [one.files for one in found if "changed after it was packed" in one.text.en]
            assert {one, other} == set().union(*changes)


@pytest.mark.parametrize("name", ["more.txt", "META-INF/signatures003.xml", "META-INF/manifest.xml", "status-0/x.xml"])
def test_any_file_put_in_is_named(whole: Whole, name: str) -> None:
    assert f"{name}: nobody signed for this file" in told(_judged(_repacked(whole, name, b"x")), "contradicted")


@_PER_FILE
@given(st.data())
def test_a_container_cut_off_or_continued_anywhere_is_found(whole: Whole, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(whole.octets) - 1))
    assert not _judged(whole.octets[:at]).clean
    put = data.draw(st.binary(min_size=1, max_size=40))
    assert not _judged(whole.octets[:at] + put + whole.octets[at:]).clean
