"""Every vendor's way of writing edXML, and every defect met in practice: read, named, and written strictly."""

from __future__ import annotations

import contextlib
import dataclasses
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from lgsp.model.envelope import DocumentHeader, Envelope, Kind, StatusHeader
from lgsp.model.errors import MalformedEnvelope, Rejected, SchemaViolation
from lgsp.stages.envelope import read, whole
from lgsp.stages.envelope.mending import read_on
from lgsp.stages.envelope.octets import Limits
from lgsp.stages.envelope.strict import strict_form
from lgsp.stages.schema import Schemas
from lgsp.stages.signature import rules_of
from lgsp.validation import Report, examine, examine_file
from lgsp.validation.sources import RULES
from signing import Authorities, PemKey, Result, make_authority, make_certificate, sign_enveloped, verify, write_private
from tests.builders import SENT
from tests.cheap import cheap

if TYPE_CHECKING:
    import random

    from signing import Element

FOLDER = Path(__file__).parent.parent / "samples" / "variants"
SAMPLES = sorted(path.name for path in FOLDER.iterdir())
#: What the door refuses; the validator reads them all.
REFUSED = {
    "defect_broken_base64.edxml": "attachment.base64",
    "defect_impossible_promulgation.edxml": "date.promulgation",
    "defect_junk_before_declaration.edxml": "form.xml",
    "defect_no_body.edxml": "document.body",
    "defect_prefix_outside_scope.edxml": "form.xml",
    "defect_reference_without_file.edxml": "attachment.missing",
    "defect_same_content_id_twice.edxml": "attachment.repeated",
    "defect_unbound_xlink.edxml": "form.xml",
    "f_json_document.jsonc": "form.json",
    "f_json_status.jsonc": "form.json",
}
#: What the validator remarks of the others, besides what every sample has.
REMARKED = {
    "defect_empty_response_for.edxml": "reference.empty",
    "defect_envelope_in_zip.edxml": "attachment.envelope",
    "defect_file_without_reference.edxml": "attachment.unlisted",
    "defect_fillers.edxml": "value.filler",
    "defect_impossible_day_in_document_id.edxml": "document-id.day",
    "defect_midnight.edxml": "time.midnight",
    "defect_null_in_trace.edxml": "value.filler",
    "defect_signature_without_namespace.edxml": "form.prefix",
    "defect_trace_without_organ.edxml": "trace.nobody",
    "status_to_itself.edxml": "status.addressee",
    "c_bkav_edoc.xml": "form.variant",
    "d_flat.xml": "form.variant",
}
SCHEMAS = Schemas()


def octets_of(name: str) -> bytes:
    return (FOLDER / name).read_bytes()


@cache
def report_of(name: str) -> Report:
    """Return the report on a sample; examining starts a process for what is attached."""
    return examine_file(octets_of(name))


def understood(octets: bytes) -> Envelope:
    envelope = read_on(octets, Limits()).envelope
    assert envelope is not None
    return envelope


def same(one: Envelope, other: Envelope) -> bool:
    """Compare what two envelopes say, not how they are written."""
    return dataclasses.replace(other, octets=one.octets, digest=one.digest, variant=one.variant) == one


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_is_read_and_the_door_refuses_only_what_is_decided(name: str) -> None:
    report = report_of(name)
    assert report.kind is not None
    assert report.rules[:1] == ((REFUSED[name],) if name in REFUSED else ())
    assert report.ok is (name not in REFUSED)
    if name in REMARKED:
        assert REMARKED[name] in {one.rule for one in report.observations}


@pytest.mark.parametrize("name", SAMPLES)
def test_validator_and_door_decide_alike(name: str) -> None:
    try:
        envelope = read(octets_of(name))
        SCHEMAS.validate(envelope)
        whole(envelope)
    except Rejected:
        assert name in REFUSED
    else:
        assert name not in REFUSED


@pytest.mark.parametrize("name", SAMPLES)
def test_a_variant_is_named_by_its_marks(name: str) -> None:
    letter = name[0].upper() if name[1] == "_" else "A"
    expected = {"E": "A"}.get(letter, letter)
    if name == "defect_empty_digital_signature.edxml":
        expected = "B"
    assert understood(octets_of(name)).variant == expected


@pytest.mark.parametrize("name", [name for name in SAMPLES if name[1] == "_"])
def test_all_variants_say_the_same(name: str) -> None:
    envelope = understood(octets_of(name))
    assert "000.00.00.H03" in {envelope.sender, *envelope.recipients}
    if isinstance(envelope.header, DocumentHeader):
        assert envelope.sender == "000.00.00.H03"
        assert envelope.recipients[0] == "000.00.11.H03"
        assert (envelope.header.number, envelope.header.notation) == ("5123", "UBND-KGVX")
        assert envelope.header.promulgated == "2020/09/24"
        assert envelope.header.type_name == "Công văn"
        assert envelope.subject.startswith("V/v gửi, nhận văn bản điện tử")
        assert envelope.attachments[0].content().startswith(b"%PDF-1.4")
    else:
        assert isinstance(envelope.header, StatusHeader)
        assert (envelope.header.code, envelope.header.reported) == ("03", "2020/09/24 09:40:02")
        assert envelope.header.subject.promulgated == "2020/09/24"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_strict_form_says_the_same_in_variant_a_and_is_its_own_strict_form(name: str) -> None:
    envelope = understood(octets_of(name))
    strict = strict_form(envelope)
    again = read(strict)
    assert again.variant == "A"
    assert same(envelope, again)
    assert strict_form(again) == strict
    assert b"Signature" not in strict


@pytest.mark.parametrize("name", [name for name in SAMPLES if name not in REFUSED or name.startswith("f_")])
def test_the_strict_form_of_what_is_good_is_good_too(name: str) -> None:
    report = examine_file(strict_form(understood(octets_of(name))))
    assert report.ok, report.say("en")
    assert {one.rule for one in report.observations} & {"form.prefix", "form.variant", "form.unread"} == set()


@pytest.mark.parametrize("name", SAMPLES)
def test_inside_the_envelope_of_a_strict_form_every_element_has_the_prefix(name: str) -> None:
    root = etree.fromstring(strict_form(understood(octets_of(name))))
    (envelope,) = root.findall("{*}edXMLEnvelope")
    assert {element.prefix for element in envelope.iter("*")} == {"edXML"}
    assert {element.prefix for element in root.iterfind("{*}AttachmentEncoded/{*}Attachment")} <= {None}


@pytest.mark.parametrize("name", SAMPLES)
def test_every_objection_has_place_words_source_and_cure_in_both_languages(name: str) -> None:
    said = report_of(name).to_json()
    for one in [*said["problems"], *said["observations"]]:
        assert one["rule"] in RULES
        assert one["expected"]["vi"]
        assert one["source"]["vi"]
        assert one["source"]["en"]
    for one in said["problems"]:
        assert one["line"]
        assert one["cure"] is None or one["cure"]["vi"] != one["cure"]["en"]


def test_a_place_is_told_as_the_sender_wrote_it() -> None:
    old = octets_of("c_bkav_edoc.xml").replace(b">5123<", b">123456789012<")
    flat = octets_of("d_flat.xml").replace(b"<FileName>", b"<FileName>" + b"x" * 501)
    mapped = octets_of("f_json_document.jsonc").replace(b'"codenumber": "5123"', b'"codenumber": "123456789012"')
    places = [
        (report.problems[-1].element, report.problems[-1].line) for report in map(examine_file, (old, flat, mapped))
    ]
    assert places == [
        ("Envelope/Header/MessageHeader/Code/CodeNumber", 21),
        ("EdXMLEnvelope/Manifest/Attachment/FileName", 21),
        ("header.messageheader.code.codenumber", 10),
    ]
    assert "NĐ 30/2020/NĐ-CP" in examine_file(old).say("en")
    assert "Nghị định 30/2020/NĐ-CP" in examine_file(mapped).say("vi")


@pytest.mark.parametrize("name", ["c_bkav_edoc.xml", "d_flat.xml", "d_flat_prefixed.xml"])
def test_a_signature_in_another_form_is_judged_on_the_senders_own_tree(name: str, tmp_path: Path) -> None:
    authority = make_authority("CA")
    made = make_certificate(authority, "UBND mẫu")
    write_private(tmp_path / "me.key", made.key)
    (tmp_path / "me.crt").write_bytes(made.certificate)
    (tmp_path / "ca.crt").write_bytes(authority.certificate)
    plain = read(octets_of(name))
    root = cast("Element", plain.proven_tree)
    key = PemKey(tmp_path / "me.key", tmp_path / "me.crt").current()
    signed = sign_enveloped(plain.octets, key, rules_of(plain, root))

    def verdict(octets: bytes) -> Result:
        envelope = read(octets)
        tree = cast("Element", envelope.proven_tree)
        known = Authorities.load([tmp_path / "ca.crt"])
        return verify(tree, rules_of(envelope, tree), known, SENT.replace(year=2099), octets=octets).result

    assert same(plain, read(signed))
    assert verdict(signed) is Result.VALID
    assert verdict(signed.replace(b">5123<", b">5124<")) is Result.INVALID


@pytest.mark.parametrize("name", ["a_java.edxml", "b_dotnet.edxml"])
def test_edxml_is_read_from_the_very_tree_that_is_verified(name: str) -> None:
    envelope = read(octets_of(name))
    assert envelope.proven_tree is envelope.tree
    assert envelope.original is None


@pytest.mark.parametrize(
    ("name", "header"), [("c_bkav_edoc.xml", b"edXML:MessageHeader"), ("d_flat.xml", b"MessageHeader")]
)
def test_a_second_header_in_another_form_is_seen_and_refused(name: str, header: bytes) -> None:
    octets = octets_of(name)
    start, end = octets.index(b"<" + header), octets.index(b"</" + header + b">") + len(header) + 3
    second = octets[start:end].replace(b">5123<", b">9999<")
    with pytest.raises(SchemaViolation):
        SCHEMAS.validate(read(octets[:start] + second + octets[start:]))


def test_json_with_a_key_twice_is_seen_and_refused() -> None:
    octets = octets_of("f_json_document.jsonc").replace(
        b'"codenumber": "5123"', b'"codenumber": "1", "codenumber": "5123"'
    )
    assert "schema" in examine_file(octets).rules


def test_mending_never_reaches_the_door() -> None:
    for name, rule in REFUSED.items():
        if rule.startswith("form."):
            with pytest.raises(MalformedEnvelope):
                read(octets_of(name))


def test_a_mended_file_is_spoken_of_by_its_own_digest_and_its_signature_is_not_judged() -> None:
    octets = octets_of("defect_junk_before_declaration.edxml")
    report = examine_file(octets)
    assert report.verdict is None
    assert report.facts["digest"] == understood(octets).digest
    assert report.facts["digest"] != examine_file(octets[4:]).facts["digest"]
    assert "chưa kiểm tra chữ ký số" in report.say("vi").casefold()


@pytest.mark.parametrize(
    "wrong",
    [
        lambda octets: octets.replace(b"Tr\xe1\xbb\xa5c", b"A & B"),
        lambda octets: octets + b"\x00\x00",
        lambda octets: b"\xef\xbb\xbf\n\n" + octets,
        lambda octets: octets.decode().replace('"UTF-8"', '"UTF-16"').encode("utf-16"),
    ],
    ids=["ampersand", "octets after", "lines before", "utf-16"],
)
def test_what_vendors_libraries_get_wrong_is_read_on_and_refused(wrong: object) -> None:
    octets = cast("bytes", wrong(octets_of("a_java.edxml")))  # type: ignore[operator]
    examined = examine(octets)
    assert examined.envelope is not None
    assert not examined.report.ok
    assert examined.envelope.sender == "000.00.00.H03"


def test_lines_stay_true_where_junk_held_lines() -> None:
    octets = b"a\nb\n" + octets_of("a_java.edxml").replace(b"<edXML:Priority>1<", b"<edXML:Priority>9<")
    problem = examine_file(octets).problems[-1]
    assert problem.element.endswith("Priority")
    assert problem.line == octets[: octets.index(b"<edXML:Priority>")].count(b"\n") + 1


def shuffled(element: etree._Element, dice: random.Random) -> None:
    """Shuffle children where order says nothing: everywhere but among equals."""
    children = list(element)
    names = [child.tag for child in children]
    dice.shuffle(names)
    queues: dict[object, list[etree._Element]] = {}
    for child in children:
        queues.setdefault(child.tag, []).append(child)
    for child in children:
        element.remove(child)
    for name in names:
        element.append(queues[name].pop(0))
    for child in children:
        shuffled(child, dice)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([name for name in SAMPLES if name.endswith("xml")]), st.randoms(use_true_random=False))
def test_elements_in_any_order_read_the_same(name: str, dice: random.Random) -> None:
    original = understood(octets_of(name))
    root = etree.fromstring(strict_form(original))
    for header in root.iter("{*}MessageHeader", "{*}TraceHeaderList", "{*}Reference", "{*}Attachment"):
        shuffled(header, dice)
    assert same(original, read(etree.tostring(root)))


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(SAMPLES), st.data())
def test_no_mutation_of_any_sample_crashes_reader_or_validator(name: str, data: st.DataObject) -> None:
    octets = octets_of(name)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(octets)))
        end = data.draw(st.integers(start, min(len(octets), start + 200)))
        middle = data.draw(
            st.binary(max_size=8)
            | st.sampled_from([b"<", b"</", b"&", b"{", b"]", b'"', b"//", b"\\u0000", b"\\ud800", octets[:99]])
        )
        octets = octets[:start] + middle + octets[end:]
    mended = read_on(octets, Limits())
    assert mended.envelope is not None or mended.problems
    if mended.envelope is not None:
        again = read(strict_form(mended.envelope))
        assert again.kind is mended.envelope.kind
        whole_or_refused(mended.envelope)


def whole_or_refused(envelope: Envelope) -> None:
    """Judge; a refusal is an answer, anything else that is raised is a fault of ours."""
    with contextlib.suppress(SchemaViolation):
        SCHEMAS.validate(envelope)
        whole(envelope)


HOSTILE = {
    "many references": lambda: _crowded(b"<edXML:Reference><edXML:ContentId>%d</edXML:ContentId></edXML:Reference>"),
    "deep json": lambda: b'{"header":' + b"[" * 200_000,
    "long json text": lambda: b'{"header": "' + b"a\\n" * 3_000_000,
    "json comments": lambda: b"{" + b"/*" * 1_000_000,
    "many ampersands": lambda: octets_of("a_java.edxml").replace(b"H", b"& &", 1) + b"&" * 1_000_000,
    "no end": lambda: b"1212<?xml " + b"a" * 5_000_000,
    "many strangers in eDoc": lambda: octets_of("c_bkav_edoc.xml").replace(
        b"<SOAP-ENV:Body>", b"<SOAP-ENV:Body>" + b"<x/>" * 60_000
    ),
    "many references in eDoc": lambda: octets_of("c_bkav_edoc.xml").replace(
        b"<edXML:Manifest>", b"<edXML:Manifest>" + b"<edXML:Reference/>" * 40_000
    ),
    "many files in a flat one": lambda: octets_of("d_flat.xml").replace(
        b"<Manifest>", b"<Manifest>" + b"<Attachment><Content>!</Content></Attachment>" * 30_000
    ),
    "soap of strangers": lambda: (
        b'<a:Envelope xmlns:a="http://schemas.xmlsoap.org/soap/envelope/">' + b"<a:x/>" * 50_000
    ),
}


def _crowded(entry: bytes) -> bytes:
    octets = octets_of("a_java.edxml")
    at = octets.index(b"</edXML:edXMLManifest>")
    return octets[:at] + b"".join(entry % number for number in range(20_000)) + octets[at:]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_stays_cheap(name: str) -> None:
    octets = HOSTILE[name]()
    with cheap(5):
        examine_file(octets)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_stays_cheap_for_the_strict_form_too(name: str) -> None:
    octets = HOSTILE[name]()
    with cheap(5):
        envelope = read_on(octets, Limits()).envelope
        if envelope is not None:
            strict_form(envelope)
            whole_or_refused(envelope)


def test_what_refuses_is_told_before_what_is_only_remarked() -> None:
    octets = octets_of("a_java.edxml")
    extra = b"".join(
        b"<Attachment><ContentId>x%d</ContentId><ContentTransferEncoded>AAAA</ContentTransferEncoded></Attachment>"
        % number
        for number in range(99)
    )
    broken = b"<Attachment><ContentId>y</ContentId><ContentTransferEncoded>!</ContentTransferEncoded></Attachment>"
    octets = octets.replace(b"</AttachmentEncoded>", extra + broken + b"</AttachmentEncoded>")
    with pytest.raises(SchemaViolation):
        whole(read(octets))


def test_a_zip_that_holds_a_whole_envelope_is_told_and_never_opened_further() -> None:
    report = examine_file(octets_of("defect_envelope_in_zip.edxml"))
    assert report.kind is Kind.DOCUMENT
    (told,) = [one for one in report.observations if one.rule == "attachment.envelope"]
    assert re.search(r"Attachment\[1\]$", told.problem.element)
