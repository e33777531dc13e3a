"""Reading SOAP messages: what is borne, and what is refused with a clear answer."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lgsp.exchange import NAMESPACE
from lgsp.model.errors import MalformedEnvelope
from lgsp.soap.message import NotUnderstood, VersionMismatch, operation
from lgsp.soap.schema import ExchangeSchema
from lgsp.soap.version import SOAP_11, SOAP_12, Version
from tests.soap import VERSIONS, a_call, a_message

if TYPE_CHECKING:
    from lxml import etree

SEND = a_call("SendDocument", "<Document>aGVsbG8=</Document>")
EVERY_VERSION = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)


def document_of(call: etree._Element) -> str | None:
    ExchangeSchema().validate(call)
    return call.findtext(f"{{{NAMESPACE}}}Document")


@EVERY_VERSION
def test_the_element_in_the_body_is_the_operation(version: Version) -> None:
    assert operation(a_message(version, SEND), version).tag == f"{{{NAMESPACE}}}SendDocument"


@EVERY_VERSION
def test_comments_white_space_and_processing_instructions_are_borne(version: Version) -> None:
    body = f"\n<!-- a -->\n<?b c?>{SEND.replace('aGVs', ' aG<!-- inside -->Vs ')}\n"
    assert "".join((document_of(operation(a_message(version, body), version)) or "").split()) == "aGVsbG8="


def test_a_type_hint_on_every_value_is_borne_as_soap_lite_writes_it() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
    body = (
        f'<ConfirmReceived xmlns="{NAMESPACE}" {xsi}><DispatchId xsi:type="xsd:int">7</DispatchId>'
        f'<Result xsi:type="xsd:string">done</Result></ConfirmReceived>'
    )
    ExchangeSchema().validate(operation(a_message(SOAP_11, body), SOAP_11))


def test_values_without_the_namespace_prefix_are_borne() -> None:
    body = f'<m:SendDocument xmlns:m="{NAMESPACE}"><Document>aGVsbG8=</Document></m:SendDocument>'
    assert document_of(operation(a_message(SOAP_11, body), SOAP_11)) == "aGVsbG8="


def test_a_nil_value_counts_as_left_out() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    body = f'<ListReceived xmlns="{NAMESPACE}" {xsi}><Kind xsi:nil="true"/><Limit xsi:nil="1"/></ListReceived>'
    call = operation(a_message(SOAP_11, body), SOAP_11)
    ExchangeSchema().validate(call)
    assert len(call) == 0


def test_a_call_without_values_may_be_nil_as_soap_lite_writes_it() -> None:
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    body = f'<ListAgencies xmlns="{NAMESPACE}" {xsi} xsi:nil="true"/>'
    ExchangeSchema().validate(operation(a_message(SOAP_11, body), SOAP_11))


@pytest.mark.parametrize("declaration", [True, False])
@pytest.mark.parametrize(
    ("encoding", "mark"), [("utf-8", ""), ("utf-8", "\ufeff"), ("utf-16-le", "\ufeff"), ("utf-16-be", "\ufeff")]
)
def test_utf_8_and_marked_utf_16_are_read_with_and_without_declaration(
    encoding: str, mark: str, *, declaration: bool
) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding[:6].rstrip("-")}"?>' if declaration else ""
    written = mark + declared + a_message(SOAP_11, SEND).decode()
    assert document_of(operation(written.encode(encoding), SOAP_11)) == "aGVsbG8="


def test_the_charset_of_the_http_header_is_believed() -> None:
    octets = a_message(SOAP_11, SEND).decode().encode("utf-16-le")
    assert document_of(operation(octets, SOAP_11, "utf-16le")) == "aGVsbG8="


@pytest.mark.parametrize(
    "encoding",
    ["utf-7", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be", "cp037", "iso-8859-1", "windows-1258"],
)
@pytest.mark.parametrize("declaration", [True, False])
def test_other_encodings_are_refused(encoding: str, *, declaration: bool) -> None:
    declared = f'<?xml version="1.0" encoding="{encoding}"?>' if declaration else ""
    text = "" if encoding == "cp037" else "é"
    octets = (declared + a_message(SOAP_11, SEND, text).decode()).encode(encoding)
    with pytest.raises(MalformedEnvelope):
        operation(octets if declaration or encoding != "utf-7" else b"+ADw-a/+AD4-", SOAP_11)


@pytest.mark.parametrize(
    "doctype", ["<!DOCTYPE x>", '<!DOCTYPE x [<!ENTITY a "b">]>', '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">']
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_declaration_is_refused_in_every_encoding(doctype: str, encoding: str) -> None:
    written = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}' + a_message(SOAP_11, SEND).decode()
    with pytest.raises(MalformedEnvelope) as caught:
        operation(written.encode(encoding), SOAP_11)
    assert caught.value.problems[0].found == "<!DOCTYPE"


@pytest.mark.parametrize(
    "octets", [b"", b"<a", b"\0", b"{}", b"<a/><b/>", b"\xff\xfe", b"<a>&b;</a>", "<đ/>".encode("utf-16-le")]
)
def test_what_is_not_xml_is_refused(octets: bytes) -> None:
    with pytest.raises(MalformedEnvelope):
        operation(octets, SOAP_11)


@given(st.binary(max_size=300))
def test_no_octets_raise_anything_but_a_refusal(octets: bytes) -> None:
    with pytest.raises(MalformedEnvelope):
        operation(octets, SOAP_12)


def test_a_declaration_that_the_mark_or_the_header_denies_is_refused() -> None:
    written = '<?xml version="1.0" encoding="utf-16"?>' + a_message(SOAP_11, SEND).decode()
    with pytest.raises(MalformedEnvelope) as caught:
        operation(written.encode(), SOAP_11)
    assert caught.value.problems[0].found == "utf-16"
    with pytest.raises(MalformedEnvelope):
        operation(written.replace("utf-16", "utf-8").encode("utf-16-le"), SOAP_11, "utf-16le")


@pytest.mark.parametrize("declaration", [b'<?xml version="1.0" encoding="UTF-7"?>', b""])
def test_tags_hidden_by_an_encoding_cost_nothing_as_no_parser_sees_them(declaration: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MalformedEnvelope):
        operation(declaration + b"+ADw-a/+AD4-" * 1_000_000, SOAP_11)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes; built, they take 160 MB


def test_many_tags_in_utf_16_are_counted_too() -> None:
    with pytest.raises(MalformedEnvelope, match="4000 tags"):
        operation(a_message(SOAP_11, "<a/>" * 5000).decode().encode("utf-16"), SOAP_11)


def test_many_tags_are_refused_before_they_are_built() -> None:
    with pytest.raises(MalformedEnvelope, match="4000 tags"):
        operation(a_message(SOAP_11, "<a/>" * 2_000_000), SOAP_11)


@pytest.mark.parametrize("bodies", ["", SEND + SEND])
def test_not_exactly_one_operation_is_refused(bodies: str) -> None:
    with pytest.raises(MalformedEnvelope, match="one operation"):
        operation(a_message(SOAP_11, bodies), SOAP_11)


def test_two_bodies_are_refused() -> None:
    twice = a_message(SOAP_11, SEND).replace(b"</s:Envelope>", b"<s:Body/></s:Envelope>")
    with pytest.raises(MalformedEnvelope, match="one Body"):
        operation(twice, SOAP_11)


@pytest.mark.parametrize(("sent", "asked"), [(SOAP_11, SOAP_12), (SOAP_12, SOAP_11)])
def test_the_other_version_is_a_mismatch_that_names_the_right_address(sent: Version, asked: Version) -> None:
    with pytest.raises(VersionMismatch, match=f"/soap/{sent.name}"):
        operation(a_message(sent, SEND), asked)


@EVERY_VERSION
def test_headers_that_need_not_be_understood_are_borne(version: Version) -> None:
    addressing = '<a:MessageID xmlns:a="http://www.w3.org/2005/08/addressing" s:mustUnderstand="0">urn:x</a:MessageID>'
    assert operation(a_message(version, SEND, addressing), version) is not None


@EVERY_VERSION
@pytest.mark.parametrize("yes", ["1", "true"])
def test_a_header_that_must_be_understood_is_refused_by_name(version: Version, yes: str) -> None:
    security = f'<w:Security xmlns:w="urn:w" s:mustUnderstand="{yes}"/>'
    with pytest.raises(NotUnderstood) as caught:
        operation(a_message(version, SEND, security), version)
    assert [name.text for name in caught.value.names] == ["{urn:w}Security"]


@EVERY_VERSION
def test_a_header_for_another_node_is_not_this_doors_affair(version: Version) -> None:
    other = f'<w:Security xmlns:w="urn:w" s:mustUnderstand="1" s:{version.role}="urn:another"/>'
    assert operation(a_message(version, SEND, other), version) is not None
