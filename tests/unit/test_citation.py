"""Two ways of citing a document that mean the same are compared as the same, and others are not."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.agency import AgencyCode
from lgsp.model.citation import Cited, cited, day, numbered, spoken
from lgsp.model.envelope import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBER = st.integers(1, 10**6).map(str)
NOTATION = st.text("ABCDĐEGHKLNQTUVXÔƯ-/", min_size=1).filter(str.strip).map(lambda word: f"K{word}")
#: What systems do to a number on its way.
DONE = st.lists(
    st.sampled_from(
        [
            str.lower,
            lambda word: f"0{word}",
            lambda word: word.replace("/", " / "),
            lambda word: word.replace("-", " – "),
            lambda word: word.replace("Đ", "D"),
            lambda word: unicodedata.normalize("NFD", word),
            lambda word: f" {word}\n",
            lambda word: word.replace("/", ""),
        ]
    )
)


@given(number=NUMBER, notation=NOTATION, done=DONE)
def test_a_number_survives_what_systems_do_to_it(number: str, notation: str, done: list[Callable[[str], str]]) -> None:
    written = f"{number}/{notation}"
    for change in done:
        written = change(written)
    assert numbered(written) == numbered(number, notation)


@given(first=NUMBER, second=NUMBER, notation=NOTATION)
def test_two_numbers_are_two(first: str, second: str, notation: str) -> None:
    assert (numbered(first, notation) == numbered(second, notation)) is (first == second)


@given(
    on=st.dates(date(1945, 9, 2)),
    form=st.sampled_from(["%Y/%m/%d", "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d 10:20:30", "%Y%m%d"]),
)
def test_a_date_is_the_same_in_every_form(on: date, form: str) -> None:
    assert day(f"{on:{form}}") == f"{on:%Y/%m/%d}"


@pytest.mark.parametrize("written", ["", "null", "N/A", "tháng 9", "2020", "00:00:00"])
def test_what_is_no_date_is_none(written: str) -> None:
    assert day(written) == ""


def test_a_date_that_does_not_exist_is_still_compared() -> None:
    assert day("2014/02/30") == "2014/02/30"


@pytest.mark.parametrize(
    ("document_id", "day_of_it"),
    [
        ("000.00.00.H03,2020/09/24,5123/UBND-KGVX", "2020/09/24"),
        ("000.00.00.H03, 24/09/2020, 05123/ubnd - kgvx", "2020/09/24"),
        ("H03-2020-5123/UBND-KGVX", "2020/"),
        ("000.00.00.H03.2020.5123/UBND-KGVX", "2020/"),
    ],
)
def test_a_document_id_that_speaks_is_understood(document_id: str, day_of_it: str) -> None:
    assert spoken(document_id) == Cited(document_id=document_id, numbered="5123UBNDKGVX", day=day_of_it)


@pytest.mark.parametrize("document_id", ["53234", "7f0c2b1e-0001-4a5b-9c11-000000000001", "", "H03"])
def test_one_that_does_not_speak_cites_by_itself_alone(document_id: str) -> None:
    assert spoken(document_id) == Cited(document_id=document_id)


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_nothing_that_is_written_breaks_it(code: str, promulgated: str, document_id: str) -> None:
    cited(Reference(agency=AgencyCode("x"), code=code, promulgated=promulgated, document_id=document_id))
