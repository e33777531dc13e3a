from __future__ import annotations

import re
import socket
from importlib.resources import files
from pathlib import Path
from typing import NoReturn

import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from lgsp.model.errors import Problem, SchemaViolation
from lgsp.stages.envelope import read
from lgsp.stages.schema import Schemas
from tests.builders import DEPARTMENT, a_document, a_dossier, a_message, a_status, with_attachment

SCHEMAS = Schemas()
FOLDER = Path(str(files("schemas")))
OURS = sorted(
    path for name in ("edxml-qcvn102-2016", "message-1", "dossier-1") for path in (FOLDER / name).glob("*.xsd")
)
HEADER = "edXML/edXMLEnvelope/edXMLHeader/MessageHeader"
DOTNET = Path(__file__).parent.parent / "samples" / "document_new_dotnet_flavour.edxml"


def problems(octets: bytes) -> list[Problem]:
    with pytest.raises(SchemaViolation) as refused:
        SCHEMAS.validate(read(octets))
    return list(refused.value.problems)


def changed(old: str, new: str, octets: bytes | None = None) -> bytes:
    before = octets if octets is not None else a_document()
    assert old.encode() in before
    return before.replace(old.encode(), new.encode(), 1)


def line_of(octets: bytes, mark: str) -> int:
    return octets[: octets.index(mark.encode())].count(b"\n") + 1


@pytest.mark.parametrize("octets", [a_document(), with_attachment(5000), a_status(), a_message()])
def test_what_the_builders_write_is_valid(octets: bytes) -> None:
    SCHEMAS.validate(read(octets))


@given(st.randoms(use_true_random=False))
def test_children_stand_in_any_order(shuffle: object) -> None:
    octets = DOTNET.read_bytes()
    root = etree.fromstring(octets)
    for element in list(root.iter("{*}edXMLEnvelope", "{*}edXMLHeader", "{*}MessageHeader", "{*}From", "{*}Bussiness")):
        children = list(element)
        shuffle.shuffle(children)  # type: ignore[attr-defined]  # hypothesis types randoms loosely
        element[:] = children
    SCHEMAS.validate(read(etree.tostring(root, encoding="UTF-8")))


@pytest.mark.parametrize(
    "name", ["From", "DocumentId", "Code", "PromulgationInfo", "DocumentType", "Subject", "OtherInfo"]
)
def test_a_mandatory_part_stands_exactly_once(name: str) -> None:
    octets = a_document()
    part = re.search(rf"<edXML:{name}>.*?</edXML:{name}>\n".encode(), octets, re.DOTALL)
    assert part is not None
    (missing,) = problems(octets.replace(part[0], b""))
    assert missing.element == f"{HEADER}/{name}"
    assert missing.line == line_of(octets, "<edXML:MessageHeader>")
    assert "mandatory" in missing.expected.en
    twice = octets.replace(part[0], part[0] * 2)
    (several,) = problems(twice)
    assert several.element == f"{HEADER}/{name}[2]"
    assert (several.expected.en, several.found) == ("exactly one", "2")
    assert several.line == line_of(octets, f"<edXML:{name}>") + part[0].count(b"\n")


@pytest.mark.parametrize("name", ["Content", "DueDate", "SteeringType", "ApplicationType"])
def test_an_optional_fact_stands_at_most_once(name: str) -> None:
    part = f"<edXML:{name}></edXML:{name}>"
    octets = re.sub(rb"<edXML:SteeringType>.*\n", b"", a_document())
    SCHEMAS.validate(read(changed("<edXML:Subject>", f"{part}<edXML:Subject>", octets)))
    (several,) = problems(changed("<edXML:Subject>", f"{part}{part}<edXML:Subject>", octets))
    assert (several.element, several.expected.en) == (f"{HEADER}/{name}[2]", "at most one")


def test_a_document_without_recipient_is_told_so() -> None:
    octets = a_document()
    (problem,) = problems(re.sub(rb"<edXML:To>.*?</edXML:To>\n", b"", octets, flags=re.DOTALL))
    assert problem.element == f"{HEADER}/To"
    assert problem.line == line_of(octets, "<edXML:MessageHeader>")


def test_a_recipient_among_several_is_named_by_its_place() -> None:
    octets = a_document(recipients=["000.00.01.H03", "000.00.02.H03", "000.00.03.H03"])
    (problem,) = problems(changed("000.00.02.H03", "", octets))
    assert problem.element == f"{HEADER}/To[2]/OrganId"
    assert problem.line == line_of(octets, "000.00.02.H03")


def test_everything_that_is_wrong_is_told_at_once_in_the_order_of_lines() -> None:
    octets = a_document()
    for old, new in (
        ("<edXML:CodeNumber>5123</edXML:CodeNumber>\n", ""),
        ("2020/09/24</edXML:PromulgationDate>", "24/09/2020</edXML:PromulgationDate>"),
        ("<edXML:Priority>1", "<edXML:Priority>khẩn"),
        ("edXML:SteeringType", "edXML:SteringType"),
        ("</edXML:SteeringType>", "</edXML:SteringType>"),
        ("<edXML:Paper>0", "<edXML:Paper>không"),
        ("<edXML:BussinessDocType>0", "<edXML:BussinessDocType>7"),
    ):
        octets = changed(old, new, octets)
    found = problems(octets)
    assert [problem.element.rpartition("/")[2] for problem in found] == [
        "CodeNumber",
        "PromulgationDate",
        "Priority",
        "SteringType",
        "BussinessDocType",
        "Paper",
    ]
    lines = [problem.line or 0 for problem in found]
    assert lines == sorted(lines)
    assert all(lines)


def test_what_follows_a_foreign_element_is_looked_at_too() -> None:
    octets = changed("<edXML:DocumentId>", "<edXML:La/><edXML:DocumentId>")
    octets = changed("<edXML:Subject>", "<edXML:Khac/><edXML:Subject>" + "x" * 500, octets)
    octets = changed("<edXML:OrganName>", "<edXML:Ten/><edXML:OrganName>" + "x" * 200, octets)
    assert [problem.element.rpartition("/")[2] for problem in problems(octets)] == [
        "Ten",
        "OrganName",
        "La",
        "Khac",
        "Subject",
    ]


def test_a_misspelt_element_is_told_its_name_and_not_missed_as_well() -> None:
    octets = changed("</edXML:Subject>", "</edXML:Subjekt>", changed("<edXML:Subject>", "<edXML:Subjekt>"))
    (problem,) = problems(octets)
    assert problem.element == f"{HEADER}/Subjekt"
    assert problem.cure is not None
    assert problem.cure.vi == "viết là 'Subject'"


def test_an_element_in_another_place_is_told_where_it_belongs() -> None:
    (problem,) = problems(changed("<edXML:Subject>", "<edXML:Paper>0</edXML:Paper><edXML:Subject>"))
    assert problem.cure is not None
    assert "Bussiness" in problem.cure.en


def test_an_element_in_the_wrong_namespace_is_told_the_right_one() -> None:
    (problem,) = problems(changed("<edXML:Subject>", '<Content xmlns="urn:x"/><edXML:Subject>'))
    assert problem.cure is not None
    assert "TBT/QCVN_102_2016" in problem.cure.vi


def test_values_are_explained_with_their_meanings_in_both_languages() -> None:
    (problem,) = problems(changed("<edXML:StatusCode>03", "<edXML:StatusCode>3", a_status()))
    assert "13 (yêu cầu lấy lại)" in problem.expected.vi
    assert "13 (recall requested)" in problem.expected.en
    assert problem.found == "3"
    assert problem.cure is not None
    assert problem.cure.en == "write '03'"


@pytest.mark.parametrize(("length", "valid"), [(500, True), (501, False)])
def test_lengths_are_counted_in_characters_without_the_white_space_around(length: int, valid: bool) -> None:  # noqa: FBT001
    octets = a_document(subject="\n   " + "ế" * length + "  \n")
    if valid:
        SCHEMAS.validate(read(octets))
        return
    (problem,) = problems(octets)
    assert "500" in problem.expected.en
    assert problem.cure is not None
    assert problem.cure.en == "shorten it from 501 to 500 characters"
    assert len(problem.found) == 200


def test_a_recipient_in_a_status_is_borne_where_it_has_a_code() -> None:
    named = "<edXML:To><edXML:OrganId>H03</edXML:OrganId></edXML:To><edXML:From>"
    SCHEMAS.validate(read(changed("<edXML:From>", named, a_status())))
    (problem,) = problems(changed("<edXML:From>", "<edXML:To/><edXML:From>", a_status()))
    assert problem.element == f"{HEADER}/To/OrganId"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<edXML:DocumentId>", '<edXML:DocumentId foo="1">'),
        ("<edXML:From>", "<edXML:From>chữ lạc"),
        ("<edXML:Subject>", "<edXML:Subject><b/>"),
        ("</edXML:edXMLBody>", "<edXML:la/></edXML:edXMLBody>"),
    ],
)
def test_what_may_not_stand_there_is_told(old: str, new: str) -> None:
    octets = changed(old, new)
    (problem,) = problems(octets)
    assert problem.line is not None
    assert problem.expected.en != problem.expected.vi


@pytest.mark.parametrize(
    "signature",
    [
        "<edXML:DigitalSignature/>",
        "<edXML:DigitalSignature />\n<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><Any/></Signature>",
        "<edXML:Signature><edXML:KeyInfo><edXML:Token>x</edXML:Token></edXML:KeyInfo></edXML:Signature>",
        "<Signature xmlns=''><x/></Signature>",
    ],
)
def test_signatures_of_any_form_are_left_to_the_next_stage(signature: str) -> None:
    SCHEMAS.validate(read(changed("</edXML:edXMLHeader>", f"{signature}</edXML:edXMLHeader>")))


def test_what_real_files_carry_is_borne() -> None:
    extras = (
        "<edXML:ResponseFor><edXML:OrganId/></edXML:ResponseFor><edXML:DueDate/><edXML:Content/><edXML:SignerInfo/>"
        "<edXML:ResponseForTask><edXML:TaskCode>1</edXML:TaskCode></edXML:ResponseForTask><edXML:ApplicationType/>"
    )
    octets = changed("<edXML:Subject>", f"{extras}<edXML:Subject>")
    octets = changed("<edXML:SteeringType>1", "<edXML:SteeringType>", octets)
    octets = changed("<edXML:Priority>1", "<edXML:Priority>5", octets)
    octets = changed(
        "<edXML:TraceHeaderList>",
        '<edXML:TraceHeaderList id="a1" version="1.0" mustUnderstand="1"><edXML:TraceHeader>'
        "<edXML:OrganId>null</edXML:OrganId><edXML:Timestamp>2020/09/24 00:00:00</edXML:Timestamp></edXML:TraceHeader>",
        octets,
    )
    SCHEMAS.validate(read(octets))


def test_a_known_payload_is_validated_with_its_own_schema() -> None:
    octets = a_message(payload=a_dossier(channel=9))
    (problem,) = problems(octets)
    assert problem.element == "Message/Payload/Dossier/Channel"
    assert problem.line == line_of(octets, "<Channel>")
    assert "2 (trực tuyến)" in problem.expected.vi


def test_an_unknown_payload_passes() -> None:
    SCHEMAS.validate(read(a_message(payload=b'<a xmlns="urn:x"><b c="d"/></a>')))


def test_a_message_has_one_payload() -> None:
    assert problems(a_message(payload=b'<a xmlns="urn:x"/><b xmlns="urn:x"/>'))[0].element == "Message/Payload/b"
    assert problems(a_message(payload=b" ", service="x"))


def test_a_time_without_offset_or_a_day_that_does_not_exist_is_refused_in_a_message() -> None:
    for wrong in ("2020-09-24T09:15:30", "2020-09-31T09:15:30+07:00", "2020-09-24T24:00:00Z"):
        found = problems(changed("2020-09-24T09:15:30+07:00", wrong, a_message()))
        assert [problem.element for problem in found] == ["Message/Created"]


def test_lines_beyond_65535_are_right() -> None:
    octets = changed("<edXML:Priority>1", "\n" * 70_000 + "<edXML:Priority>x")
    (problem,) = problems(octets)
    assert problem.line == line_of(octets, "<edXML:Priority>")
    assert problem.line > 70_000


def test_at_most_fifty_problems_are_told() -> None:
    assert len(problems(a_document(recipients=["x" * 36] * 60))) == 50


def test_more_children_than_any_document_has_are_refused_before_they_cost_anything() -> None:
    (problem,) = problems(changed("<edXML:To>", "<edXML:To/>" * 40_000 + "<edXML:To>"))
    assert problem.found == "40,009"


def test_a_hostile_message_is_bounded_too() -> None:
    (problem,) = problems(changed("<To>", "<To/>" * 40_000 + "<To>", a_message()))
    assert problem.element == "Message"


def test_schema_locations_inside_an_envelope_are_not_followed(tmp_path: Path) -> None:
    strict = tmp_path / "strict.xsd"
    strict.write_text(
        '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:x">'
        '<xs:element name="a" type="xs:integer"/></xs:schema>',
        encoding="utf-8",
    )
    hint = f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x {strict}"'
    for _ in range(2):
        SCHEMAS.validate(read(a_message(payload=f'<a xmlns="urn:x" {hint}>text</a>'.encode())))


def test_every_import_is_a_file_beside_its_schema() -> None:
    locations = [
        (path, node.get("schemaLocation"))
        for path in OURS
        for node in etree.parse(path).iter("{*}import", "{*}include", "{*}redefine")
    ]
    assert locations
    assert all(location and (path.parent / location).is_file() for path, location in locations)


def test_nothing_is_fetched_from_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise AssertionError

    monkeypatch.setattr(socket, "socket", refuse)
    Schemas().validate(read(a_document()))


ENVELOPES = {
    "edxml-qcvn102-2016/document.xsd": [a_document(), with_attachment(10)],
    "edxml-qcvn102-2016/status.xsd": [a_status()],
    "message-1/message.xsd": [a_message()],
}
BROKEN = [
    changed("<edXML:DocumentId>", "<edXML:DocumentId>1</edXML:DocumentId><edXML:DocumentId>"),
    changed("<edXML:Subject>", "<edXML:Content/><edXML:Content/><edXML:Subject>"),
    re.sub(rb"<edXML:DocumentId>.*?</edXML:DocumentId>", b"", a_document()),
    re.sub(rb"<edXML:To>.*?</edXML:To>\n", b"", a_document(), flags=re.DOTALL),
    changed("<edXML:Priority>1", "<edXML:Priority>9"),
    changed("<edXML:OrganName>", "<edXML:OrganName>" + "x" * 201),
]


@pytest.mark.parametrize("name", ENVELOPES)
def test_a_second_schema_engine_agrees_on_what_is_valid(name: str) -> None:
    schema = xmlschema.XMLSchema(str(FOLDER / name))
    for octets in ENVELOPES[name]:
        assert schema.is_valid(octets)


@pytest.mark.parametrize("octets", BROKEN)
def test_a_second_schema_engine_agrees_on_what_is_not(octets: bytes) -> None:
    assert problems(octets)
    schema = xmlschema.XMLSchema(str(FOLDER / "edxml-qcvn102-2016" / "document.xsd"))
    assert not schema.is_valid(octets)


def test_every_simple_type_says_in_both_languages_what_it_wants() -> None:
    for path in OURS:
        for node in etree.parse(path).iter("{*}simpleType", "{*}enumeration"):
            said = {text.get("{http://www.w3.org/XML/1998/namespace}lang"): text.text for text in node.iterfind("*/*")}
            assert said.get("en"), (path.name, node.get("name") or node.get("value"))
            assert said.get("vi"), (path.name, node.get("name") or node.get("value"))


def test_the_same_schemas_serve_a_document_after_a_refused_one() -> None:
    problems(a_document(recipients=[""]))
    envelope = read(a_document())
    SCHEMAS.validate(envelope)
    assert envelope.recipients == (DEPARTMENT,)
