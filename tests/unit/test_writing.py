from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import BusinessType, DocumentHeader, MessageHeader, StatusHeader
from lgsp.model.errors import SchemaViolation
from lgsp.sdk import (
    Applicant,
    Dossier,
    DossierFile,
    Fee,
    File,
    Party,
    Progress,
    Reference,
    Replacement,
    Signer,
    Staff,
    read_dossier,
    read_progress,
    write_document,
    write_dossier,
    write_message,
    write_progress,
    write_status,
)
from lgsp.stages.envelope import read
from lgsp.stages.schema import Schemas
from tests.builders import SENT, a_document, a_message

SCHEMAS = Schemas()

VIETNAMESE = "aăâbcdđeêghiklmnoôơpqrstuưvxyạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹỲÝ 0123456789.,-/&<>\"'"
ANY = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
WORDS = st.text(st.sampled_from(VIETNAMESE) | ANY, min_size=1, max_size=60)
#: What is read without the white space around it.
TRIMMED = WORDS.map(str.strip).filter(bool)
SHORT = st.text(st.sampled_from("ABCĐUBND-/&<0123456789"), min_size=1, max_size=11)
CODES = st.from_regex(r"[0-9A-Z]{3}\.[0-9A-Z]{2}\.[0-9A-Z]{2}\.[A-Z][0-9]{2}", fullmatch=True)
MOMENTS = st.datetimes(datetime(2000, 1, 2), datetime(2199, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
FILES = st.builds(
    File, name=TRIMMED, content=st.binary(max_size=200), description=WORDS, content_type=st.just("application/pdf")
)
REFERENCES = st.builds(
    Reference,
    agency=CODES.map(AgencyCode),
    code=SHORT,
    promulgated=st.just("2020/09/24"),
    document_id=TRIMMED,
)


@given(
    sender=CODES,
    recipients=st.lists(CODES, min_size=1, max_size=5, unique=True),
    number=SHORT,
    notation=SHORT,
    promulgated=st.dates(date(1900, 1, 1)),
    subject=WORDS.filter(str.strip),
    at=MOMENTS,
    priority=st.integers(0, 4),
    responds_to=st.lists(REFERENCES, max_size=3),
    business=st.sampled_from(BusinessType),
    reason=WORDS,
    attachments=st.lists(FILES, max_size=3),
    name=WORDS,
)
def test_a_written_document_is_valid_and_reads_back_equal(
    *,
    sender: str,
    recipients: list[str],
    number: str,
    notation: str,
    promulgated: date,
    subject: str,
    at: datetime,
    priority: int,
    responds_to: list[Reference],
    business: BusinessType,
    reason: str,
    attachments: list[File],
    name: str,
) -> None:
    envelope = read(
        write_document(
            sender=Party(code=sender, name=name, address=name),
            recipients=[Party(code=code, in_charge=name) for code in recipients],
            number=number,
            notation=notation,
            promulgated=promulgated,
            subject=subject,
            at=at,
            priority=priority,
            responds_to=responds_to,
            business=business,
            reason=reason,
            concerns="một văn bản khác",
            replaces=[Replacement(document_id="x", recipients=tuple(recipients))],
            signer=Signer(name=name[:50], position=name, competence="KT."),
            staff=Staff(name=name, department=name),
            due=promulgated,
            to_places=[name, name],
            pages=3,
            place=name[:50],
            attachments=attachments,
        )
    )
    SCHEMAS.validate(envelope)
    header = envelope.header
    assert isinstance(header, DocumentHeader)
    assert (envelope.variant, envelope.sender, list(envelope.recipients)) == ("A", sender, recipients)
    assert (header.number, header.notation) == (number, notation)
    assert header.promulgated == promulgated.isoformat().replace("-", "/")
    assert (envelope.subject, header.priority, header.business) == (subject, priority, business)
    assert list(header.responds_to) == responds_to
    assert [(file.name, file.content()) for file in envelope.attachments] == [
        (file.name, file.content) for file in attachments
    ]


@given(subject=REFERENCES, sender=CODES, code=st.sampled_from(["01", "02", "13", "16"]), reason=WORDS, at=MOMENTS)
def test_a_written_status_is_valid_and_reads_back_equal(
    subject: Reference, sender: str, code: str, reason: str, at: datetime
) -> None:
    envelope = read(
        write_status(
            sender=Party(code=sender), subject=subject, code=code, at=at, reason=reason, staff=Staff(name="Lê")
        )
    )
    SCHEMAS.validate(envelope)
    assert isinstance(envelope.header, StatusHeader)
    assert (envelope.sender, envelope.recipients) == (sender, (subject.agency,))
    assert (envelope.header.code, envelope.header.reason, envelope.header.subject) == (code, reason, subject)


@given(dossier_name=TRIMMED, note=TRIMMED, amount=st.integers(0, 10**12), content=st.binary(max_size=99), at=MOMENTS)
def test_a_written_dossier_is_valid_and_reads_back_equal(
    dossier_name: str, note: str, amount: int, content: bytes, at: datetime
) -> None:
    at = at.replace(microsecond=0)
    dossier = Dossier(
        number="000.00.11.H03-200924-0001",
        procedure_code="1.001234",
        procedure_name=dossier_name,
        channel=2,
        applicant=Applicant(name=dossier_name, identity="000000000000", telephone="0900000000"),
        received=at,
        due=at,
        note=note,
        attachments=(
            DossierFile(name=dossier_name, content=content),
            DossierFile(name="đơn.pdf", link="https://example.gov.vn/tep/1", code="TP01"),
        ),
        fees=(Fee(name=dossier_name, amount=amount), Fee(name="Lệ phí", amount=0, code="LP01", collected=4)),
    )
    envelope = read(a_message(payload=write_dossier(dossier)))
    SCHEMAS.validate(envelope)
    assert read_dossier(envelope.tree) == dossier
    assert read_progress(envelope.tree) is None


def test_written_progress_is_valid_and_reads_back_equal() -> None:
    progress = Progress(
        number="000.00.11.H03-200924-0001",
        state=9,
        officer="Trần Thị Mẫu",
        title="Chuyên viên",
        unit="Phòng mẫu",
        time=SENT,
        note="Đã xử lý xong",
        results=(DossierFile(name="ket_qua.pdf", content=b"%PDF"),),
    )
    envelope = read(a_message(payload=write_progress(progress)))
    SCHEMAS.validate(envelope)
    assert read_progress(envelope.tree) == progress
    assert read_dossier(envelope.tree) is None


@given(message_id=TRIMMED, conversation=TRIMMED, created=MOMENTS, expires=MOMENTS, priority=st.integers(0, 4))
def test_a_written_message_is_valid_and_reads_back_equal(
    message_id: str, conversation: str, created: datetime, expires: datetime, priority: int
) -> None:
    envelope = read(
        write_message(
            sender="H03",
            recipients=["H03.11", "H03.20"],
            service="one-stop.dossier",
            payload=b'<?xml version="1.0" encoding="UTF-8"?>\n<a xmlns="urn:x">\xe1\xba\xa1</a>\n',
            created=created,
            message_id=message_id,
            conversation=conversation,
            expires=expires,
            priority=priority,
        )
    )
    SCHEMAS.validate(envelope)
    assert isinstance(envelope.header, MessageHeader)
    assert (envelope.document_id, envelope.header.conversation) == (message_id, conversation)
    assert envelope.header.created == created.replace(microsecond=0)
    assert envelope.header.expires == expires.replace(microsecond=0)
    assert envelope.header.payload == "{urn:x}a"


def test_a_message_that_opens_a_conversation_names_it() -> None:
    header = read(a_message(message_id="m-1")).header
    assert isinstance(header, MessageHeader)
    assert header.conversation == "m-1"


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe"])
def test_a_control_character_is_refused_with_its_place(character: str) -> None:
    with pytest.raises(SchemaViolation) as refused:
        a_document(subject=f"Về việc{character} khác")
    problem = refused.value.problems[0]
    assert problem.element == "Subject"
    assert problem.found == f"U+{ord(character):04X}"
    assert problem.cure is not None
    assert "vị trí 8" in problem.cure.vi


def test_every_line_end_survives() -> None:
    assert read(a_document(subject="một\r\nhai\rba\nbốn\tnăm")).subject == "một\r\nhai\rba\nbốn\tnăm"


def test_the_same_values_are_written_as_the_same_octets() -> None:
    file = File(name="a.pdf", content=b"a", content_id="1")
    assert a_document(attachments=[file]) == a_document(attachments=[file])
