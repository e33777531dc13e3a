"""The strict form of a document is what our own writer writes, and reading it changes nothing."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import BusinessType
from lgsp.sdk import File, Party, Reference, Replacement, Signer, Staff, write_document, write_status
from lgsp.stages.envelope import read
from lgsp.stages.envelope.addressing import is_filler, owner_of
from lgsp.stages.envelope.reading import day
from lgsp.stages.envelope.strict import left_out, strict_form
from tests.builders import a_document, a_message, a_status

CODES = st.from_regex(r"[0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}", fullmatch=True)
WORDS = st.text(st.sampled_from("aăâđêôơưếộỹ ABC019.,-/&<>\"'\r\n\t"), min_size=1, max_size=40)
NAMES = WORDS.map(str.strip).filter(lambda name: bool(name) and not is_filler(name))
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
PARTIES = st.builds(Party, code=CODES, name=NAMES, address=NAMES, email=NAMES)
FILES = st.builds(File, name=NAMES, content=st.binary(max_size=99), description=WORDS.filter(str.strip))
REFERENCES = st.builds(
    Reference, agency=CODES.map(AgencyCode), code=NAMES, promulgated=st.just("2020/09/24"), document_id=NAMES
)


@settings(max_examples=40, deadline=None)
@given(
    sender=PARTIES,
    recipients=st.lists(PARTIES, min_size=1, max_size=3),
    number=NAMES,
    subject=WORDS.filter(str.strip),
    promulgated=st.dates(date(1900, 1, 1)),
    at=MOMENTS,
    priority=st.integers(0, 4),
    responds_to=st.lists(REFERENCES, max_size=2),
    business=st.sampled_from(BusinessType),
    reason=WORDS.filter(str.strip),
    signer=st.builds(Signer, name=NAMES, position=NAMES),
    staff=st.builds(Staff, name=NAMES),
    replaces=st.lists(st.builds(Replacement, document_id=NAMES, recipients=st.lists(CODES, max_size=2)), max_size=2),
    attachments=st.lists(FILES, max_size=2),
    to_places=st.lists(WORDS.filter(str.strip), max_size=2),
)
def test_what_our_writer_writes_is_its_own_strict_form(**values: object) -> None:
    written = write_document(notation="UBND", **values)  # type: ignore[arg-type]
    assert strict_form(read(written)) == written


@given(
    sender=PARTIES,
    subject=REFERENCES,
    code=st.sampled_from(["01", "02", "13"]),
    at=MOMENTS,
    reason=WORDS.filter(str.strip),
)
def test_a_status_reads_the_same_from_its_strict_form(**values: object) -> None:
    envelope = read(write_status(**values))  # type: ignore[arg-type]
    again = read(strict_form(envelope))
    assert dataclasses.replace(again, octets=envelope.octets, digest=envelope.digest) == envelope


def test_fillers_of_what_may_be_missing_are_left_out_and_all_other_values_stay() -> None:
    octets = a_document(signer=Signer(name="N/A", position="CHỦ TỊCH"), reason="null")
    strict = strict_form(
        read(
            octets.replace(
                b"000.00.00.H03</edXML:OrganId>\n<edXML:Timestamp", b"null</edXML:OrganId>\n<edXML:Timestamp"
            )
        )
    )
    assert b"N/A" not in strict
    assert "CHỦ TỊCH".encode() in strict
    assert b"<edXML:BussinessDocReason>null<" in strict  # what a reader reads stays: only its sender knows better
    assert b"<edXML:TraceHeader>\n<edXML:Timestamp>" in strict


def test_values_that_are_surely_meant_become_what_the_format_wants() -> None:
    octets = a_document().replace(b"Date>2020/09/24<", b"Date>2020-09-24<").replace(b"Priority>1<", b"Priority>5<")
    strict = strict_form(read(octets))
    assert b"<edXML:PromulgationDate>2020/09/24<" in strict
    assert b"<edXML:Priority>0<" in strict
    assert b"<edXML:StatusCode>03<" in strict_form(read(a_status(code="3")))


def test_what_edxml_has_no_element_for_is_left_out_and_named() -> None:
    octets = a_document().replace(b"<edXML:SteeringType>", b"<edXML:Mood>calm</edXML:Mood>\n<edXML:SteeringType>")
    envelope = read(octets)
    assert strict_form(envelope) == a_document()
    ((place, line),) = left_out(envelope)
    assert place == "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/Mood"
    assert line


def test_a_message_has_one_form_only() -> None:
    octets = a_message()
    assert strict_form(read(octets)) == octets


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2020/09/24", "2020/09/24"),
        ("2020-09-24", "2020/09/24"),
        ("24/09/2020", "2020/09/24"),
        ("2020-09-23T17:00:00.000Z", "2020/09/24"),  # midnight in Vietnam, as JavaScript writes it
        ("2020-09-24T00:00:00", "2020/09/24"),
        ("2020-02-30", "2020/02/30"),  # told as it stands: no day is invented
        ("hôm nay", "hôm nay"),
        ("", ""),
    ],
)
def test_dates_of_other_forms_become_those_of_edxml_and_nothing_is_guessed(written: str, meant: str) -> None:
    assert day(written, to_the_second=False) == meant


def test_times_of_other_forms_become_vietnams() -> None:
    assert day("2020-09-24T02:15:30.123Z", to_the_second=True) == "2020/09/24 09:15:30"
    assert day("24/09/2020 09:15:30", to_the_second=True) == "2020/09/24 09:15:30"


@pytest.mark.parametrize(
    ("document_id", "owner"),
    [
        ("000.00.00.H03,2020/09/24,5123/UBND-KGVX", "000.00.00.H03"),
        ("000.00.00.H03,2014/02/30,5123/UBND-KGVX", "000.00.00.H03"),
        ("000.00.00.H03-2020-5123/UBND-KGVX", "000.00.00.H03"),
        ("H03,2020/09/24,1/X", "H03"),
        ("97056f07-7371-42d0-a039-8b4917ed613f", ""),
        ("53234", ""),
        ("", ""),
    ],
)
def test_a_document_id_tells_its_owner_where_it_begins_with_a_code(document_id: str, owner: str) -> None:
    assert owner_of(document_id) == owner
