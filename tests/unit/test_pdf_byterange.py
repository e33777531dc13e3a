from __future__ import annotations

import pytest

from signing.pdf.byterange import misplaced

FILE = b"%PDF-1.7 signed <3080ab> signed to the end"
BEFORE, AFTER = FILE.index(b"<"), FILE.index(b">") + 1
REST = len(FILE) - AFTER


def test_a_range_that_leaves_out_the_signature_value_alone_is_right() -> None:
    assert misplaced(FILE, [0, BEFORE, AFTER, REST], bytes.fromhex("3080ab")) == ""


def test_a_range_that_ends_before_the_file_does_is_for_others_to_judge() -> None:
    assert misplaced(FILE, [0, BEFORE, AFTER, REST - 3], bytes.fromhex("3080ab")) == ""


@pytest.mark.parametrize(
    "numbers",
    [
        [],
        [0, BEFORE, AFTER],
        [0, BEFORE, AFTER, REST, 0, 0],
        [0, BEFORE, AFTER, 1.5],
        [1, BEFORE, AFTER, REST],
        [0, -BEFORE, AFTER, REST],
        [0, 0, AFTER, REST],
        [0, BEFORE - 1, AFTER, REST],
        [0, BEFORE, AFTER + 1, REST - 1],
        [0, BEFORE, AFTER - 1, REST],
        [0, AFTER, BEFORE, REST],
        [0, BEFORE, AFTER, REST + 1],
        [0, BEFORE, AFTER, 0],
        [0, BEFORE, AFTER, -1],
    ],
)
def test_any_other_range_is_wrong(numbers: list[float]) -> None:
    assert misplaced(FILE, numbers, bytes.fromhex("3080ab"))


def test_another_value_in_the_hole_than_the_one_that_is_checked_is_wrong() -> None:
    assert misplaced(FILE, [0, BEFORE, AFTER, REST], bytes.fromhex("3080ac"))
