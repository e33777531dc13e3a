from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from lgsp.model.envelope import BusinessType, DocumentHeader, Kind, MessageHeader, StatusHeader
from lgsp.model.errors import MalformedEnvelope, Problem, SchemaViolation
from lgsp.sdk import Reference, read_dossier
from lgsp.stages.envelope import Limits, read
from lgsp.stages.schema import Schemas
from tests.builders import COMMITTEE, COMMUNE, DEPARTMENT, a_document, a_message, a_status, with_attachment

SAMPLES = sorted((Path(__file__).parent.parent / "samples").glob("*.edxml"))
SCHEMAS = Schemas()


def refusal(octets: bytes, limits: Limits | None = None) -> Problem:
    with pytest.raises(MalformedEnvelope) as refused:
        read(octets, limits or Limits())
    return refused.value.problems[0]


def test_a_document_gives_its_header_and_keeps_its_octets() -> None:
    octets = a_document(
        recipients=[DEPARTMENT, COMMUNE, DEPARTMENT],
        subject="Về việc hỏa tốc",
        priority=3,
        paper=True,
        due=date(2020, 10, 1),
    )
    envelope = read(octets)
    header = envelope.header
    assert isinstance(header, DocumentHeader)
    assert envelope.kind is Kind.DOCUMENT
    assert envelope.octets is octets
    assert (envelope.sender, envelope.recipients) == (COMMITTEE, (DEPARTMENT, COMMUNE))
    assert envelope.document_id == "000.00.00.H03,2020/09/24,5123/UBND-KGVX"
    assert (header.number, header.notation, header.promulgated) == ("5123", "UBND-KGVX", "2020/09/24")
    assert (envelope.priority, header.paper, header.business) == (3, True, BusinessType.NEW)
    assert header.due == "2020/10/01"
    assert envelope.subject == "Về việc hỏa tốc"


def test_a_status_is_addressed_to_whom_it_answers() -> None:
    envelope = read(a_status(code="02", reason="Thiếu phụ lục"))
    assert envelope.kind is Kind.STATUS
    assert isinstance(envelope.header, StatusHeader)
    assert (envelope.sender, envelope.recipients) == (DEPARTMENT, (COMMITTEE,))
    assert (envelope.header.code, envelope.header.reason) == ("02", "Thiếu phụ lục")
    assert envelope.header.reported == "2020/09/24 09:15:30"
    assert envelope.header.subject.document_id == "000.00.00.H03,2020/09/24,5123/UBND-KGVX"


def test_a_message_names_its_payload_and_tells_time_in_utc() -> None:
    envelope = read(a_message(message_id="m-1", in_reply_to="m-0", priority=2))
    assert envelope.kind is Kind.MESSAGE
    assert isinstance(envelope.header, MessageHeader)
    assert envelope.header.payload == "{urn:lgsp:dossier:1}Dossier"
    assert envelope.header.created == datetime(2020, 9, 24, 2, 15, 30, tzinfo=UTC)
    assert (envelope.document_id, envelope.header.in_reply_to, envelope.priority) == ("m-1", "m-0", 2)
    dossier = read_dossier(envelope.tree)
    assert dossier is not None
    assert dossier.number == "000.00.11.H03-200924-0001"


def test_both_vendors_ways_of_writing_are_told_apart_and_say_the_same() -> None:
    java, dotnet = (
        read((SAMPLES[0].parent / name).read_bytes())
        for name in ("document_new.edxml", "document_new_dotnet_flavour.edxml")
    )
    assert (java.variant, dotnet.variant) == ("A", "B")
    assert java.header == dotnet.header
    assert java.recipients == dotnet.recipients
    assert java.attachments == dotnet.attachments


def test_an_attachment_is_found_by_its_content_id_and_decoded_when_asked() -> None:
    envelope = read(with_attachment(100_000))
    (attachment,) = envelope.attachments
    assert attachment.content_id == "tep-1"
    assert attachment.name == "cong_van.pdf"
    assert len(attachment.content()) == 100_000
    assert attachment.content().startswith(b"%PDF-1.4")


def test_the_manifest_says_the_type_of_an_attachment_that_was_zipped() -> None:
    pdf, zipped = read(SAMPLES[0].read_bytes()).attachments
    assert (pdf.content_type, zipped.content_type) == ("application/pdf", "text/csv")
    assert zipped.content().startswith(b"PK\x03\x04")


@pytest.mark.parametrize("broken", [b"!!!", b"AAA", "ạ".encode()])
def test_broken_base64_is_told_when_the_content_is_asked_for(broken: bytes) -> None:
    octets = with_attachment(10).replace(base64.b64encode(b"%PDF-1.4 \x00"), broken)
    (attachment,) = read(octets).attachments
    with pytest.raises(MalformedEnvelope) as refused:
        attachment.content()
    assert refused.value.problems[0].line == octets[: octets.index(b"<edXML:ContentTransferEncoded")].count(b"\n") + 1


def test_a_file_named_in_the_manifest_only_is_told_when_it_is_asked_for() -> None:
    octets = with_attachment(10)
    start = octets.index(b"<AttachmentEncoded>")
    (attachment,) = read(octets[:start] + b"</edXML>").attachments
    with pytest.raises(MalformedEnvelope, match="tep-1"):
        attachment.content()


def test_an_empty_response_for_answers_nothing() -> None:
    nothing = b"<edXML:ResponseFor><edXML:OrganId/><edXML:Code/></edXML:ResponseFor><edXML:SteeringType>"
    envelope = read(a_document().replace(b"<edXML:SteeringType>", nothing))
    SCHEMAS.validate(envelope)
    assert isinstance(envelope.header, DocumentHeader)
    assert envelope.header.responds_to == ()


def test_a_reply_says_what_it_answers() -> None:
    reference = Reference(
        agency=DEPARTMENT_CODE, code="267/STTTT", promulgated="2014/02/30", document_id="whatever, as written"
    )
    header = read(a_document(responds_to=[reference])).header
    assert isinstance(header, DocumentHeader)
    assert header.responds_to == (reference,)


DEPARTMENT_CODE = read(a_document()).recipients[0]


def test_a_document_without_business_part_is_a_new_one() -> None:
    octets = a_document()
    start, end = octets.index(b"<edXML:Bussiness>"), octets.index(b"</edXML:TraceHeaderList>")
    envelope = read(octets[:start] + octets[end:])
    SCHEMAS.validate(envelope)
    assert isinstance(envelope.header, DocumentHeader)
    assert envelope.header.business is BusinessType.NEW


def test_prefixes_mean_nothing() -> None:
    octets = a_document().replace(b"edXML:", b"khac:").replace(b"xmlns:edXML", b"xmlns:khac")
    envelope = read(octets)
    SCHEMAS.validate(envelope)
    assert envelope.recipients == (DEPARTMENT,)


def test_unicode_is_kept_as_sent() -> None:
    decomposed = "Quyê\u0301t đi\u0323nh"
    assert read(a_document(subject=decomposed)).subject == decomposed


def test_a_byte_order_mark_of_utf_8_is_borne() -> None:
    assert read(b"\xef\xbb\xbf" + a_document()).kind is Kind.DOCUMENT


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "latin-1"])
def test_only_utf_8_is_read(encoding: str) -> None:
    octets = '<?xml version="1.0" encoding="x"?><a>é</a>'.replace('"x"', f'"{encoding}"').encode(encoding)
    problem = refusal(octets)
    assert problem.line == 1
    assert "UTF-8" in problem.say("en")
    assert "ghi tệp bằng UTF-8" in problem.say("vi")


def test_encodings_that_parsers_guess_are_not_guessed() -> None:
    octets = '<?xml version="1.0" encoding="cp037"?><a/>'.encode("cp037")
    assert "one root element" in refusal(octets).say("en")


def test_a_comment_inside_a_value_hides_nothing_of_it() -> None:
    octets = a_document().replace(b">000.00.11.H03<", b">000.00<!-- .99 -->.11<?x y?>.H03<")
    octets = octets.replace(b"<edXML:Subject>V/v", b"<edXML:Subject>V<!-- -->/v")
    envelope = read(octets)
    SCHEMAS.validate(envelope)
    assert envelope.recipients == (DEPARTMENT,)
    assert envelope.subject == "V/v gửi, nhận văn bản điện tử"
    inner = a_message(sender="H03").replace(b"<From>H03", b"<From>H<!-- -->03")
    assert read(inner).sender == "H03"


def test_comments_and_instructions_stay_in_the_tree_that_signatures_are_verified_on() -> None:
    octets = a_document().replace(b"<edXML:edXMLHeader>", b"<edXML:edXMLHeader><!-- a --><?b c?>")
    root = cast("etree._Element", read(octets).tree)
    assert [node.text for node in root.iter(etree.Comment, etree.ProcessingInstruction)] == [" a ", "c"]


def test_a_declared_encoding_that_is_not_the_real_one_is_refused() -> None:
    problem = refusal(a_document().replace(b'encoding="UTF-8"', b'encoding="TCVN-5712"'))
    assert problem.found == "TCVN-5712"


def test_octets_that_are_not_utf_8_are_refused_with_their_line() -> None:
    assert refusal(a_document().replace("điện tử".encode(), b"\xff\xfe")).line == 26


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE edXML SYSTEM "http://127.0.0.1:9/x.dtd">',
        b'<!DOCTYPE edXML [<!ENTITY a "b">]>',
        b"<!-- --> <?x y?>\n<!DOCTYPE edXML>",
        b"<!--" + b"-->\n<!--" * 2000 + b"--><!DOCTYPE edXML>",
    ],
)
def test_any_document_type_declaration_is_refused(prolog: bytes) -> None:
    octets = a_document()
    after = octets.index(b"<edXML")
    problem = refusal(octets[:after] + prolog + b"\n" + octets[after:])
    assert problem.found == "<!DOCTYPE"
    assert problem.line is not None


def test_the_word_doctype_inside_text_is_nothing_to_refuse() -> None:
    octets = a_document().replace("điện tử".encode(), b"<![CDATA[<!DOCTYPE html>]]>")
    assert "<!DOCTYPE html>" in read(octets).subject


def test_junk_before_the_declaration_is_named() -> None:
    problem = refusal(b"1212" + a_document())
    assert problem.found == "1212"
    assert problem.cure is not None
    assert "<?xml" in problem.cure.vi


@pytest.mark.parametrize(
    ("old", "new", "cure"),
    [
        (b"</edXML:Subject>", b"</edXML:Subjekt>", "đóng hoặc sửa tên"),
        (b"<edXML:Subject>", b"<edXML:Subject>R & D ", "&amp;"),
        (b"<edXML:Subject>", b"<edXML:Subject>R&D ", "&amp;"),
        (b"<edXML:Subject>", b"<edXML:Subject>1 < 2", "&lt;"),
        (b"</edXML>", b"", "bị cắt cụt"),
        (b"</edXML>", b"</edXML>x", "trước hoặc sau"),
        (b"<?xml", b" <?xml", "đứng trước"),
    ],
)
def test_the_commonest_mistakes_of_syntax_have_a_cure_in_both_languages(old: bytes, new: bytes, cure: str) -> None:
    problem = refusal(a_document().replace(old, new))
    assert cure in problem.say("vi")
    assert problem.cure is not None
    assert problem.line


def test_a_line_without_an_element_is_said_without_a_blank_before_it() -> None:
    assert refusal(b"<a>").say("vi").startswith("(dòng 1): ")


def test_a_prefix_without_its_binding_is_named_with_the_cure() -> None:
    octets = a_document().replace(b'<edXML xmlns="', b'<edXML xlink:type="simple" xmlns="')
    problem = refusal(octets)
    assert problem.line == 2
    assert problem.cure is not None
    assert "xmlns:xlink" in problem.cure.en


def test_a_root_in_the_wrong_namespace_is_told_the_right_one() -> None:
    problem = refusal(a_document().replace(b"http://www.mic.gov.vn/TBT/QCVN_102_2016", b"http://www.e-doc.vn/Schema/"))
    assert problem.cure is not None
    assert "http://www.mic.gov.vn/TBT/QCVN_102_2016" in problem.cure.vi


@pytest.mark.parametrize(
    ("octets", "limits"),
    [
        (a_document(), Limits(size_bytes=100)),
        (b"<a>" + b"<b/>" * 1000 + b"</a>", Limits(elements=1000)),
        (b"<a>" + b"<!---->" * 1001 + b"</a>", Limits(elements=1000)),
        (b"<a " + b" ".join(b'b%d="1"' % n for n in range(1001)) + b"/>", Limits(attributes=1000)),
        (b"<a>" * 200 + b"</a>" * 200, Limits(depth=100)),
        (b"<a>" * 257 + b"</a>" * 257, Limits()),
        (b"<a>" * 257 + b"A" * 10_000_001 + b"</a>" * 257, Limits()),
    ],
    ids=["octets", "elements", "comments", "attributes", "depth", "deepest", "deepest when huge"],
)
def test_more_than_a_limit_is_refused(octets: bytes, limits: Limits) -> None:
    assert "at most" in refusal(octets, limits).say("en")


def test_an_attachment_over_ten_megabytes_is_read() -> None:
    (attachment,) = read(with_attachment(11_000_000)).attachments
    assert len(attachment.content()) == 11_000_000


def test_entities_that_multiply_cost_nothing() -> None:
    laughs = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 60))
    assert refusal(f'<!DOCTYPE edXML [<!ENTITY a0 "ha">{laughs}]><edXML>&a59;</edXML>'.encode()).found == "<!DOCTYPE"


def refusals(octets: bytes) -> tuple[Problem, ...] | None:
    """Read and validate. The two refusals are answers; anything else that is raised is a fault of ours."""
    try:
        SCHEMAS.validate(read(octets))
    except (MalformedEnvelope, SchemaViolation) as refused:
        return refused.problems
    return None


def examined(octets: bytes) -> None:
    problems = refusals(octets)
    assert problems is None or len(problems) > 0
    assert all(problem.expected.vi and problem.expected.en for problem in problems or ())


@given(st.binary(max_size=300))
def test_any_octets_are_an_envelope_or_a_refusal(octets: bytes) -> None:
    examined(octets)
    examined(b'<?xml version="1.0"?>' + octets)


@given(st.sampled_from(SAMPLES), st.data())
def test_any_mutated_sample_is_an_envelope_or_a_refusal(path: Path, data: st.DataObject) -> None:
    octets = path.read_bytes()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(octets)))
        end = data.draw(st.integers(start, min(len(octets), start + 200)))
        middle = data.draw(st.binary(max_size=8) | st.sampled_from([b"<", b"</", b"&", b"<!--", b"<a/>", octets[:99]]))
        octets = octets[:start] + middle + octets[end:]
    examined(octets)


@given(st.sampled_from(SAMPLES), st.data())
def test_any_sample_with_elements_moved_is_an_envelope_or_a_refusal(path: Path, data: st.DataObject) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    for _ in range(data.draw(st.integers(1, 5))):
        taken = lines.pop(data.draw(st.integers(0, len(lines) - 1)))
        for _ in range(data.draw(st.integers(0, 2))):
            lines.insert(data.draw(st.integers(0, len(lines))), taken)
    examined(b"".join(lines))


@given(content=st.binary(max_size=3000), broken=st.sampled_from(["", "\n", "\r\n ", "\t"]), data=st.data())
def test_a_file_is_read_in_part_as_it_would_be_as_a_whole(content: bytes, broken: str, data: st.DataObject) -> None:
    encoded = base64.b64encode(content).decode()
    lines = broken.join(encoded[n : n + 76] for n in range(0, len(encoded), 76))
    octets = with_attachment(9).replace(base64.b64encode(b"%PDF-1.4 "), lines.encode())
    (attachment,) = read(octets).attachments
    assert attachment.content() == content
    assert attachment.content.head() == content[:512]
    assert attachment.content.size() == len(content)
    with attachment.content.open() as file:
        for _ in range(3):
            at, count = data.draw(st.integers(0, 3100)), data.draw(st.integers(0, 3100))
            file.seek(at)
            assert file.read(count) == content[at : at + count]
        assert file.seek(0, 2) == len(content)
