"""A document with PDF files in it walks in, and is examined afterwards."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from lxml import etree

from lgsp.model.agency import AgencyCode
from lgsp.model.attachment import EXAMINED, NOT_PDF, ExaminedAttachment
from lgsp.model.delivery import Receipt
from lgsp.model.envelope import Arrival
from lgsp.sdk.writing import File
from lgsp.soap.answers import response, trace
from lgsp.soap.schema import schema_octets
from lgsp.upkeep.attachments import Demand
from lgsp.validation import examine_file
from signing import Authorities
from tests.builders import COMMITTEE, DEPARTMENT, a_document
from tests.keyring import certificates
from tests.pdfs import CLOCK, ORGAN, PERSON, a_pdf, holder, rewritten, signed
from tests.province import Province, _authority, an_agency, make_province

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.assembly import Assembly
    from lgsp.store.views import Trace

SENDER = AgencyCode(COMMITTEE)
DEMANDS = '[attachments]\ndemands = [{ type_name = "nội bộ*", signed_by = ["organ"] }, { agency = "000.00.00.*" }]\n'


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    return make_province(
        tmp_path_factory.mktemp("province"), [an_agency(COMMITTEE), an_agency(DEPARTMENT)], more=DEMANDS
    )


@pytest.fixture
def bus(province: Province) -> Iterator[Assembly]:
    assembly = province.assembly()
    yield assembly
    assembly.close()


def by_person(octets: bytes) -> bytes:
    return signed(octets, holder(PERSON, issuer=_authority()), "NguoiKy")


def by_organ(octets: bytes) -> bytes:
    return signed(octets, holder(ORGAN, issuer=_authority()), "CoQuan")


def a_letter(*pdfs: bytes, **changes: Any) -> bytes:
    files = [File(name=f"{number}.pdf", content=pdf, content_id=f"tep-{number}") for number, pdf in enumerate(pdfs)]
    return a_document(attachments=files, **changes)


def traced(province: Province, bus: Assembly, letter: bytes) -> Trace:
    dispatch_id = accepted(province, bus, letter)
    sweep(bus)
    (way,) = bus.views.trace(dispatch_id)
    return way


def accepted(province: Province, bus: Assembly, letter: bytes) -> str:
    octets, now = province.signed(letter, SENDER), datetime.now(UTC)
    (receipt,) = bus.intake.accept([Arrival(octets=octets, caller=SENDER, door="soap", correlation="c", arrived=now)])
    assert isinstance(receipt, Receipt)
    return receipt.dispatch_id


def sweep(bus: Assembly) -> None:
    (duty,) = [duty for duty in bus.upkeep if duty.name == "attachments"]
    while duty.broom.sweep():
        pass


def details(way: Trace) -> str:
    return "\n".join(event.detail for event in way.history)


def test_person_and_organ_in_a_pdf_are_found_after_acceptance_and_told(province: Province, bus: Assembly) -> None:
    way = traced(province, bus, a_letter(by_organ(by_person(a_pdf("mot"))), number="1"))
    (found,) = way.attachments
    assert (found.name, found.outcome) == ("0.pdf", EXAMINED)
    assert [(one.role, one.good) for one in found.signatures] == [("person", True), ("organ", True)]
    assert "attachments examined: 0.pdf: person, organ" in details(way)
    assert "unsigned" not in details(way)


def test_a_signature_that_is_demanded_and_missing_is_told_and_stops_nothing(
    province: Province, bus: Assembly, capsys: pytest.CaptureFixture[str]
) -> None:
    way = traced(province, bus, a_letter(by_person(a_pdf("hai")), number="2"))
    assert "attachment.unsigned: organ" in details(way)
    assert way.deliveries
    assert bus.outbox.waiting()
    (event,) = [line for line in capsys.readouterr().out.splitlines() if "attachment.unsigned" in line]
    assert re.search("missing.*organ", event)
    assert "pdf" not in event


def test_signatures_spoiled_by_a_later_change_count_as_missing(province: Province, bus: Assembly) -> None:
    way = traced(province, bus, a_letter(rewritten(by_organ(by_person(a_pdf("ba")))), number="3"))
    assert "person (altered), organ (altered)" in details(way)
    assert "attachment.unsigned: person, organ" in details(way)


def test_one_attachment_must_carry_both_signatures(province: Province, bus: Assembly) -> None:
    way = traced(province, bus, a_letter(by_person(a_pdf("a")), by_organ(a_pdf("b")), number="4"))
    assert "attachment.unsigned: organ" in details(way)


def test_the_first_demand_that_fits_counts(province: Province, bus: Assembly) -> None:
    letter = a_letter(by_organ(a_pdf("nam")), number="5", kind=(2, 18, "Nội bộ khẩn"))
    assert "unsigned" not in details(traced(province, bus, letter))


def test_a_certificate_bound_to_an_agency_is_an_organs_where_nothing_else_tells(
    province: Province, bus: Assembly
) -> None:
    from signing import Made  # noqa: PLC0415 - here alone

    keys = province.keys
    made = Made(key=(keys / f"{SENDER}.key").read_bytes(), certificate=(keys / f"{SENDER}.crt").read_bytes())
    way = traced(province, bus, a_letter(signed(a_pdf("sau"), made), number="6"))
    (signature,) = way.attachments[0].signatures
    assert (signature.role, signature.role_by, signature.agency) == ("organ", "binding", SENDER)


def test_an_attachment_that_is_no_pdf_carries_no_signature_that_is_demanded(province: Province, bus: Assembly) -> None:
    way = traced(province, bus, a_letter(b"a table", number="7"))
    assert [one.outcome for one in way.attachments] == [NOT_PDF]
    assert "no PDF | attachment.unsigned: person, organ" in details(way)


def test_a_document_whose_examination_kills_the_examiner_is_given_up(province: Province, bus: Assembly) -> None:
    broom = bus.upkeep[[duty.name for duty in bus.upkeep].index("attachments")].broom
    dispatch_id = accepted(province, bus, a_letter(by_person(a_pdf("tam")), number="8"))
    for _ in range(3):
        bus.ledger.unexamined(1, 0)
    broom.sweep()
    (way,) = bus.views.trace(dispatch_id)
    assert [one.outcome for one in way.attachments] == ["crashed"]


def test_the_trace_command_shows_who_signed_what(province: Province, bus: Assembly) -> None:
    way = traced(province, bus, a_letter(by_person(a_pdf("chin")), number="9"))
    command = [sys.executable, "-m", "lgsp", "trace", way.dispatch_id, "--config", str(province.config), "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert told["attachments"][0]["signatures"][0]["role"] == "person"


def test_the_soap_answer_tells_it_as_the_exchange_schema_says(province: Province, bus: Assembly) -> None:
    clock = holder(CLOCK, issuer=_authority(), clock=True, bits=2048)
    stamped = signed(a_pdf("muoi"), holder(PERSON, issuer=_authority()), clock=clock)
    way = traced(province, bus, a_letter(stamped, rewritten(by_person(a_pdf("mot"))), b"x", number="10"))
    answer = etree.fromstring(response("GetTrace", trace(way)))
    etree.XMLSchema(etree.fromstring(schema_octets())).assertValid(answer)
    told = [element.text for element in answer.iter("{*}Trusted", "{*}Reason", "{*}Outcome") if element.text]
    assert told == ["examined", "yes", "examined", "yes", "altered", "not-pdf"]
    assert answer.find(".//{*}Stamped") is not None


def test_validate_says_who_signed_the_pdf_in_both_languages() -> None:
    letter = a_letter(by_organ(by_person(a_pdf())), rewritten(by_person(a_pdf())), b"%PDF-1.7 not really", a_pdf())
    report = examine_file(letter, Authorities(certificates(_authority())))
    english, vietnamese = report.say("en"), report.say("vi")
    assert "0.pdf: person " in english
    assert "valid, and its signer is trusted; since then further signatures were added" in english
    assert "1.pdf: person" in english
    assert "not valid: do not rely on it (altered); changed after signing" in english
    assert "2.pdf: not a PDF that can be read" in english
    assert "3.pdf: no signature in this PDF" in english
    assert "cơ quan, tổ chức" in vietnamese
    assert json.dumps(report.to_json(), default=str)


def test_a_demand_that_nothing_meets_misses_every_role() -> None:
    demand = Demand(roles=("person", "organ"))
    assert demand.lacking([]) == ("person", "organ")
    assert demand.lacking([ExaminedAttachment(name="a", digest="", outcome="time")]) == ("person", "organ")
