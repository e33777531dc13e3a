"""What no schema says of a document: which lacks are refused, which are remarked."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.envelope import BusinessType
from lgsp.model.errors import Problem, SchemaViolation
from lgsp.stages.envelope import read, whole
from lgsp.stages.envelope.whole import exists, not_base64
from tests.builders import COMMITTEE, DEPARTMENT, a_document, a_status, with_attachment

VARIANTS = Path(__file__).parent.parent / "samples" / "variants"


def sample(name: str) -> bytes:
    return (VARIANTS / name).read_bytes()


def refusals(octets: bytes) -> tuple[Problem, ...]:
    with pytest.raises(SchemaViolation) as refused:
        whole(read(octets))
    return refused.value.problems


@pytest.mark.parametrize(
    ("name", "element", "line"),
    [
        ("defect_reference_without_file.edxml", "edXML/edXMLEnvelope/edXMLBody/edXMLManifest/Reference[1]", 105),
        ("defect_broken_base64.edxml", "edXML/AttachmentEncoded/Attachment[1]/ContentTransferEncoded", 126),
        ("defect_same_content_id_twice.edxml", "edXML/AttachmentEncoded/Attachment[2]/ContentId", 128),
        ("defect_no_body.edxml", "edXML/edXMLEnvelope/edXMLBody", 3),
        (
            "defect_impossible_promulgation.edxml",
            "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/PromulgationInfo/PromulgationDate",
            53,
        ),
    ],
)
def test_what_every_recipient_would_send_back_is_refused_with_place_and_cure(
    name: str, element: str, line: int
) -> None:
    problem = refusals(sample(name))[0]
    assert (problem.element, problem.line) == (element, line)
    assert problem.cure is not None
    assert problem.cure.vi != problem.cure.en


def test_all_lacks_of_a_document_are_named_at_once() -> None:
    octets = sample("defect_reference_without_file.edxml").replace(
        b">2020/09/24</edXML:Prom", b">2020/02/30</edXML:Prom"
    )
    assert len(refusals(octets)) == 3


def test_a_file_that_the_manifest_does_not_list_passes_with_a_remark() -> None:
    (remark,) = whole(read(sample("defect_file_without_reference.edxml")))
    assert remark.rule == "attachment.unlisted"


def test_a_document_that_says_that_it_has_no_file_is_whole() -> None:
    assert whole(read(a_document())) == ()


def test_a_recall_needs_no_body() -> None:
    octets = re.sub(
        rb"<edXML:edXMLBody>.*</edXML:edXMLBody>\n", b"", a_document(business=BusinessType.RECALL), flags=re.DOTALL
    )
    assert b"edXMLBody" not in octets
    assert whole(read(octets)) == ()


def test_a_status_that_names_no_document_is_refused() -> None:
    octets = re.sub(rb"<edXML:(Code|DocumentId)>[^<]*</edXML:\1>", b"", a_status())
    assert refusals(octets)[0].element.endswith("ResponseFor")


@pytest.mark.parametrize(
    "name",
    [
        "status_without_addressee.edxml",
        "status_to_itself.edxml",
        "status_addressee_null.edxml",
        "status_document_id_viettel.edxml",
        "status_with_to.edxml",
    ],
)
def test_a_status_addressed_the_wrong_way_reaches_the_documents_sender(name: str) -> None:
    envelope = read(sample(name))
    assert (envelope.sender, envelope.recipients) == (DEPARTMENT, (COMMITTEE,))
    assert [remark.rule for remark in whole(envelope)] == ["status.addressee"]


def test_a_recall_request_goes_to_whom_it_names_though_the_document_is_the_senders_own() -> None:
    envelope = read(a_status(sender=COMMITTEE, to=DEPARTMENT, code="13"))
    assert envelope.recipients == (DEPARTMENT,)
    assert whole(envelope) == ()


def test_nothing_leads_a_status_back_to_its_reporter() -> None:
    octets = a_status(sender=COMMITTEE, to="null", about="000.00.00.H03,2020/09/24,1/X")
    assert read(octets).recipients == ("NULL",)  # nobody has this code: the sender is told so


@pytest.mark.parametrize(
    ("day", "there"),
    [
        ("2020/09/24", True),
        ("2026/02/30", False),
        ("2024/02/29", True),
        ("2023/02/29", False),
        ("2026/02/30 08:00:00", False),
        ("0000/01/01", False),
        ("no date", True),
        ("", True),
    ],
)
def test_days_that_do_not_exist_are_told_from_what_is_no_day(day: str, there: bool) -> None:  # noqa: FBT001
    assert exists(day) is there


@given(st.binary(max_size=60), st.sampled_from([b"", b"\n", b" ", b"\r\n\t"]), st.integers(0, 80))
def test_what_is_base64_is_never_refused(content: bytes, space: bytes, at: int) -> None:
    encoded = base64.b64encode(content)
    assert not not_base64((encoded[:at] + space + encoded[at:]).decode())


@given(st.text("AZaz09+/= \n!é", max_size=30))
def test_what_passes_can_be_decoded_and_what_is_refused_has_a_wrong_sign_or_length(text: str) -> None:
    wrong = not_base64(text)
    if not wrong:
        base64.b64decode("".join(text.split()), validate=True)
    elif wrong not in {"=", *map(str, range(31))}:
        with pytest.raises((binascii.Error, ValueError)):
            base64.b64decode("".join(text.split()), validate=True)


def test_a_million_octets_of_attachment_are_looked_through_without_being_decoded() -> None:
    assert whole(read(with_attachment(1_000_000))) == ()
