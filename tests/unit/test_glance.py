"""The guess of the waiting line agrees with what is read later, and costs a hostile sender's neighbours nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.lane import Lane, lane_of
from lgsp.stages.envelope import read
from lgsp.stages.glance import glance
from tests.builders import a_document
from tests.cheap import cheap


@pytest.mark.parametrize("priority", range(6))
def test_the_guess_is_the_lane_that_the_document_turns_out_to_have(priority: int) -> None:
    octets = a_document(priority=priority)
    assert glance(octets) is lane_of(read(octets).priority)


@given(st.binary(max_size=300))
def test_octets_of_any_kind_have_a_lane(octets: bytes) -> None:
    assert glance(octets) in Lane


def test_a_document_of_hostile_length_is_glanced_at_in_no_time() -> None:
    octets = b"Priority>" * 7_000_000
    with cheap(0.05):
        assert glance(octets) is Lane.ORDINARY
