"""The SOAP door on the embedded default: real keys, real store, every answer checked against the published schema."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from lxml import etree

from lgsp.courier import Courier
from lgsp.exchange import NAMESPACE
from lgsp.model.agency import AgencyCode
from lgsp.model.errors import Overloaded, StoreUnavailable
from lgsp.soap import soap_app
from lgsp.soap.version import SOAP_11, SOAP_12, Version
from tests.builders import a_document, a_status, with_attachment
from tests.province import Province, an_agency, make_province
from tests.soap import VERSIONS, a_call, a_message, answered, error_of, exchange_schema, post, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

    from lgsp.assembly import Assembly
    from lgsp.model.delivery import Receipt, Refusal
    from lgsp.model.envelope import Arrival

COMMITTEE = AgencyCode("000.00.00.H03")
DEPARTMENT = AgencyCode("000.00.11.H03")
COMMUNE = AgencyCode("000.20.31.H03")
LIMIT = 400_000

EVERY_VERSION = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
NUMBERS = count(1)


@dataclass(kw_only=True)
class Bus:
    """A bus with its SOAP door, and what its callers do."""

    province: Province
    assembly: Assembly
    app: Starlette

    def call(
        self,
        caller: AgencyCode,
        operation: str,
        inside: str = "",
        *,
        version: Version = SOAP_12,
        **headers: str,
    ) -> httpx.Response:
        """Call as an agency's system; every answer must follow the schema."""
        content = a_message(version, a_call(operation, inside))
        response = post(self.app, version, content, who=self.province.secrets[caller], **headers)
        for element in etree.fromstring(response.content).iter(f"{{{NAMESPACE}}}{operation}Response", ERROR):
            exchange_schema().validate(etree.tostring(element).decode())
        return response

    def done(self, caller: AgencyCode, operation: str, inside: str = "", **more: Any) -> etree._Element:
        """Call, and return the answer of a call that must succeed."""
        response = self.call(caller, operation, inside, **more)
        assert response.status_code == 200, response.text
        return answered(response)

    def a_document(self, sender: AgencyCode = COMMITTEE, *recipients: AgencyCode, **changes: Any) -> bytes:
        """Return a signed document that no other test has sent."""
        changes = {"number": str(next(NUMBERS))} | changes
        octets = a_document(sender=sender, recipients=recipients or (DEPARTMENT,), **changes)
        return self.province.signed(octets, sender)

    def sent(self, octets: bytes, sender: AgencyCode = COMMITTEE) -> str:
        """Send, deliver to the mailboxes, and return the dispatch id."""
        dispatch_id = said(self.done(sender, "SendDocument", sending(octets)), "DispatchId")
        self.deliver()
        return dispatch_id

    def deliver(self) -> None:
        """Walk relay and courier until nothing waits."""
        while self.assembly.relay.forward():
            pass
        agencies = self.assembly.directory.agencies()
        last = Courier(
            consumer=self.assembly.transport.consume([agency.code for agency in agencies]),
            adapters={agency.code: self.assembly.adapter(agency) for agency in agencies},
            ledger=self.assembly.ledger,
        )
        with closing(last):
            while last.round(0):
                pass


ERROR = f"{{{NAMESPACE}}}Error"
#: The commune has no key yet: what it sends is taken for information.
UNSIGNED_COMMUNE = f"""
[[trust.admission]]
verdict = "absent"
outcome = "for-information"
agency = "{COMMUNE}"
"""


def sending(octets: bytes) -> str:
    return f"<Document>{b64encode(octets).decode()}</Document>"


def every(element: etree._Element, name: str) -> list[str]:
    return [found.text or "" for found in element.iter(f"{{{NAMESPACE}}}{name}")]


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bus]:
    province = make_province(
        tmp_path_factory.mktemp("bus") / "province",
        [an_agency(c) for c in (COMMITTEE, DEPARTMENT, COMMUNE)],
        more=UNSIGNED_COMMUNE,
    )
    with closing(province.assembly()) as assembly:
        yield Bus(province=province, assembly=assembly, app=app_of(assembly))


def app_of(assembly: Assembly, **changes: Any) -> Starlette:
    parts: dict[str, Any] = {
        "reception": assembly.reception,
        "directory": assembly.directory,
        "views": assembly.views,
        "ledger": assembly.ledger,
        "size_limit_bytes": LIMIT,
    }
    return soap_app(**(parts | changes))


class Troubled:
    """A reception in trouble."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def submit(self, _arrival: Arrival) -> Future[Receipt | Refusal]:
        future: Future[Receipt | Refusal] = Future()
        future.set_exception(self._error)
        return future


def test_what_is_taken_for_information_is_marked_wherever_it_is_told(bus: Bus) -> None:
    octets = a_document(sender=COMMUNE, recipients=[DEPARTMENT], number=str(next(NUMBERS)))
    answer = bus.done(COMMUNE, "SendDocument", sending(octets))
    dispatch_id = said(answer, "DispatchId")
    bus.deliver()
    name = f"<DispatchId>{dispatch_id}</DispatchId>"
    told = [
        answer,
        bus.done(COMMUNE, "ListSent"),
        bus.done(COMMUNE, "GetTrace", f"<Id>{dispatch_id}</Id>"),
        bus.done(DEPARTMENT, "ListReceived"),
        bus.done(DEPARTMENT, "GetDocument", name),
    ]
    assert [every(one, "Admission") for one in told] == [["for-information"]] * 5
    bus.done(DEPARTMENT, "ConfirmReceived", f"{name}<Result>done</Result>")


@EVERY_VERSION
def test_a_signed_document_gets_its_receipt(bus: Bus, version: Version) -> None:
    octets = bus.a_document()
    answer = bus.done(COMMITTEE, "SendDocument", sending(octets), version=version)
    receipt = etree.fromstring(b64decode(said(answer, "Receipt")))
    assert etree.QName(receipt).text == "{urn:lgsp:receipt:1}Receipt"
    assert receipt.findtext("{urn:lgsp:receipt:1}Digest") == sha256(octets).hexdigest()
    assert receipt.findtext("{urn:lgsp:receipt:1}DispatchId") == said(answer, "DispatchId")


def test_the_same_document_sent_twice_gets_the_first_receipt(bus: Bus) -> None:
    octets = bus.a_document()
    first, second = (bus.done(COMMITTEE, "SendDocument", sending(octets)) for _ in range(2))
    assert said(first, "Receipt") == said(second, "Receipt")


def test_a_recipient_lists_fetches_and_confirms_byte_for_byte(bus: Bus) -> None:
    octets = bus.a_document(subject="Về việc trao đổi văn bản < & >", number="77/UBND")
    dispatch_id = bus.sent(octets)
    listed = bus.done(DEPARTMENT, "ListReceived")
    assert dispatch_id in every(listed, "DispatchId")
    assert "Về việc trao đổi văn bản < & >" in every(listed, "Subject")
    held = bus.done(DEPARTMENT, "GetDocument", f"<DispatchId>{dispatch_id}</DispatchId>")
    assert b64decode(said(held, "Document")) == octets
    assert said(held, "Digest") == sha256(octets).hexdigest()
    assert b64decode(said(held, "Seal")).startswith(b"<")
    done = f"<DispatchId>{dispatch_id}</DispatchId><Result>done</Result><Note>vào sổ số 12</Note>"
    assert said(bus.done(DEPARTMENT, "ConfirmReceived", done), "Status") == "taken"
    assert dispatch_id not in every(bus.done(DEPARTMENT, "ListReceived"), "DispatchId")
    assert said(bus.done(DEPARTMENT, "ConfirmReceived", done), "Status") == "taken"
    trace = bus.done(COMMITTEE, "GetTrace", f"<Id>{dispatch_id}</Id>")
    assert every(trace, "Detail").count("vào sổ số 12") == 1


def test_a_document_that_is_not_as_it_was_stored_is_not_given_and_the_operator_is_told(bus: Bus) -> None:
    octets = bus.province.signed(with_attachment(60_000, number=str(next(NUMBERS))), COMMITTEE)
    dispatch_id = bus.sent(octets)
    (blob,) = [path for path in bus.province.folder.rglob(sha256(octets).hexdigest()) if path.is_file()]
    blob.chmod(0o600)
    blob.write_bytes(octets[:-1] + b" ")
    with structlog.testing.capture_logs() as events:
        refused = bus.call(DEPARTMENT, "GetDocument", f"<DispatchId>{dispatch_id}</DispatchId>")
    assert said(error_of(refused), "Code") == "LGSP-2600"
    assert [(e["event"], e["agency"]) for e in events if e["event"].startswith("blob.")] == [
        ("blob.altered", DEPARTMENT)
    ]


@pytest.mark.parametrize("result", ["processing", "fail"])
def test_what_is_not_done_stays_listed_with_one_note_for_the_operator(bus: Bus, result: str) -> None:
    dispatch_id = bus.sent(bus.a_document())
    said_so = f"<DispatchId>{dispatch_id}</DispatchId><Result>{result}</Result><Note>đĩa đầy</Note>"
    for _ in range(2):
        assert said(bus.done(DEPARTMENT, "ConfirmReceived", said_so), "Status") == "delivered"
    assert dispatch_id in every(bus.done(DEPARTMENT, "ListReceived"), "DispatchId")
    trace = bus.done(DEPARTMENT, "GetTrace", f"<Id>{dispatch_id}</Id>")
    assert every(trace, "Detail").count(f"{result}: đĩa đầy") == 1


@pytest.mark.parametrize("operation", ["GetDocument", "ConfirmReceived", "GetTrace"])
@pytest.mark.parametrize("caller", [COMMITTEE, COMMUNE])
def test_an_agency_gets_nothing_of_what_it_neither_sent_nor_received(
    bus: Bus, operation: str, caller: AgencyCode
) -> None:
    foreign = bus.sent(bus.a_document()) if caller == COMMUNE else "01890000000070008000000000000000"
    name = "Id" if operation == "GetTrace" else "DispatchId"
    rest = "<Result>done</Result>" if operation == "ConfirmReceived" else ""
    response = bus.call(caller, operation, f"<{name}>{foreign}</{name}>{rest}")
    assert response.status_code == 400
    assert said(error_of(response), "Code") == "LGSP-1700"


def test_a_sender_cannot_confirm_for_the_recipient(bus: Bus) -> None:
    dispatch_id = bus.sent(bus.a_document())
    inside = f"<DispatchId>{dispatch_id}</DispatchId><Result>done</Result>"
    assert said(error_of(bus.call(COMMITTEE, "ConfirmReceived", inside)), "Code") == "LGSP-1700"


def test_lists_come_in_pages_and_by_kind(bus: Bus) -> None:
    sent = [bus.sent(bus.a_document(DEPARTMENT, COMMUNE), DEPARTMENT) for _ in range(3)]
    first = every(bus.done(COMMUNE, "ListReceived", "<Kind>document</Kind><Limit>2</Limit>"), "DispatchId")
    rest = every(bus.done(COMMUNE, "ListReceived", f"<After>{first[-1]}</After>"), "DispatchId")
    assert first + rest == sent
    assert not every(bus.done(COMMUNE, "ListReceived", "<Kind>status</Kind>"), "DispatchId")
    newest = every(bus.done(DEPARTMENT, "ListSent", "<Limit>2</Limit>"), "DispatchId")
    assert newest == sent[:0:-1]
    assert every(bus.done(DEPARTMENT, "ListSent", f"<After>{newest[-1]}</After>"), "DispatchId")[0] == sent[0]


def test_a_reported_business_status_is_seen_by_the_sender(bus: Bus) -> None:
    number = str(next(NUMBERS))
    dispatch_id = bus.sent(bus.a_document(number=number))
    about = said(bus.done(COMMITTEE, "GetTrace", f"<Id>{dispatch_id}</Id>"), "DocumentId")
    bus.sent(a_status(code="03", about=about), DEPARTMENT)
    trace = bus.done(COMMITTEE, "GetTrace", f"<Id>{dispatch_id}</Id>")
    assert said(trace, "Reporter") == DEPARTMENT
    assert every(trace, "BusinessStatus") == ["03", "03"]


def test_agencies_are_listed(bus: Bus) -> None:
    assert every(bus.done(COMMUNE, "ListAgencies"), "Code") == sorted([COMMITTEE, DEPARTMENT, COMMUNE])


@EVERY_VERSION
def test_a_refused_document_is_a_typed_fault_in_both_languages(bus: Bus, version: Version) -> None:
    tampered = bus.a_document(subject="Nguyên bản").replace("Nguyên bản".encode(), "Đã sửa lại".encode())
    response = bus.call(COMMITTEE, "SendDocument", sending(tampered), version=version)
    error = error_of(response)
    assert response.status_code == version.refused
    assert said(error, "Code") == "LGSP-1300"
    languages = [e.get("{http://www.w3.org/XML/1998/namespace}lang") for e in error.iter(f"{{{NAMESPACE}}}Sentence")]
    assert languages == ["vi", "en"]


@pytest.mark.parametrize(
    ("changes", "code"), [({"recipients": ["H99.999"]}, "LGSP-1500"), ({"octets": b"<!DOCTYPE a><a/>"}, "LGSP-1100")]
)
def test_each_refusal_keeps_its_code(bus: Bus, changes: dict[str, Any], code: str) -> None:
    recipients = [AgencyCode(c) for c in changes.get("recipients", ())]
    octets = changes.get("octets") or bus.a_document(COMMITTEE, *recipients)
    assert said(error_of(bus.call(COMMITTEE, "SendDocument", sending(octets))), "Code") == code


@pytest.mark.parametrize(
    ("accept", "first"),
    [
        ("", "vi"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("vi,en;q=0.5", "vi"),
        ("en;q=0.2,vi;q=0.8", "vi"),
        ("fr", "vi"),
    ],
)
def test_vietnamese_stands_first_unless_the_caller_prefers_english(bus: Bus, accept: str, first: str) -> None:
    response = bus.call(COMMITTEE, "GetTrace", "<Id>x</Id>", version=SOAP_12, accept_language=accept)
    reasons = list(etree.fromstring(response.content).iter(f"{{{SOAP_12.namespace}}}Text"))
    assert reasons[0].get("{http://www.w3.org/XML/1998/namespace}lang") == first
    older = bus.call(COMMITTEE, "GetTrace", "<Id>x</Id>", version=SOAP_11, accept_language=accept)
    (line,) = etree.fromstring(older.content).iter("faultstring")
    assert (line.text or "").startswith("LGSP-1700 Không") is (first == "vi")


@EVERY_VERSION
def test_a_value_out_of_its_type_is_refused_with_element_expected_and_found(bus: Bus, version: Version) -> None:
    response = bus.call(DEPARTMENT, "ConfirmReceived", "<DispatchId>1</DispatchId><Result>ok</Result>", version=version)
    error = error_of(response)
    assert said(error, "Code") == "LGSP-1200"
    assert said(error, "Element") == "ConfirmReceived/Result"
    assert every(error, "Expected") == ["processing, done hoặc fail", "processing, done or fail"]
    assert said(error, "Found") == "ok"


@pytest.mark.parametrize(
    ("operation", "inside", "element"),
    [
        ("SendDocument", "", "SendDocument"),
        ("SendDocument", "<Document>@@@</Document>", "SendDocument/Document"),
        ("SendDocument", "<Document/><Documents/>", "SendDocument/Documents"),
        ("ListReceived", "<Limit>1001</Limit>", "ListReceived/Limit"),
        ("ListReceived", "<After>a</After><Limit>1</Limit>", "ListReceived/Limit"),
        ("GetTrace", "text", "GetTrace"),
    ],
)
def test_every_departure_from_the_schema_names_its_element(bus: Bus, operation: str, inside: str, element: str) -> None:
    error = error_of(bus.call(COMMITTEE, operation, inside))
    assert (said(error, "Code"), said(error, "Element")) == ("LGSP-1200", element)


@EVERY_VERSION
def test_an_unknown_operation_is_answered_with_the_known_ones(bus: Bus, version: Version) -> None:
    response = bus.call(COMMITTEE, "DropEverything", version=version)
    assert response.status_code == version.refused
    assert "SendDocument" in said(error_of(response), "Expected")


@pytest.mark.parametrize("action", [None, '"urn:lgsp:exchange:1:GetTrace"', "GetTrace", '""'])
def test_the_body_says_what_is_called_whatever_soapaction_says(bus: Bus, action: str | None) -> None:
    headers = {} if action is None else {"SOAPAction": action}
    bus.done(COMMITTEE, "ListAgencies", version=SOAP_11, **headers)


@pytest.mark.parametrize(
    ("version", "content_type"),
    [
        (SOAP_11, "text/xml"),
        (SOAP_11, 'text/xml; charset="UTF-8"'),
        (SOAP_11, "TEXT/XML;charset=utf8"),
        (SOAP_12, "application/soap+xml;charset=utf-8;action=urn:lgsp:exchange:1:ListAgencies"),
        (SOAP_12, 'application/soap+xml; action="urn:a;b=c"; charset=UTF-8'),
    ],
)
def test_content_types_are_borne_as_clients_write_them(bus: Bus, version: Version, content_type: str) -> None:
    bus.done(COMMITTEE, "ListAgencies", version=version, content_type=content_type)


@pytest.mark.parametrize(
    ("content_type", "cure"),
    [
        ("application/json", "?wsdl"),
        ("", "?wsdl"),
        ("text/xml", "/soap/1.1"),
        ('multipart/related; boundary="=_x"; type="application/xop+xml"', "MTOM"),
        ("application/soap+xml; charset=iso-8859-1", "UTF-8"),
    ],
)
def test_another_media_type_is_answered_415_with_what_to_send(bus: Bus, content_type: str, cure: str) -> None:
    response = bus.call(COMMITTEE, "ListAgencies", content_type=content_type)
    assert response.status_code == 415
    assert cure in said(error_of(response), "Cure")


def test_a_compressed_body_is_answered_415(bus: Bus) -> None:
    response = bus.call(COMMITTEE, "ListAgencies", content_encoding="gzip")
    assert response.status_code == 415
    assert "Content-Encoding: cần không có, hoặc identity" in response.text


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_over_the_limit_is_answered_413_announced_or_not(bus: Bus, announced: bool) -> None:  # noqa: FBT001
    content = a_message(SOAP_12, a_call("SendDocument", f"<Document>{'A' * LIMIT}</Document>"))

    async def parts() -> Any:
        for start in range(0, len(content), 50_000):
            yield content[start : start + 50_000]

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(bus.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bus.test") as client:
            return await client.post(
                "/soap/1.2",
                content=content if announced else parts(),
                headers={"content-type": SOAP_12.content_type},
                auth=httpx.BasicAuth(*bus.province.secrets[COMMITTEE]),
            )

    response = asyncio.run(go())
    assert response.status_code == 413
    assert said(error_of(response), "Code") == "LGSP-1100"


def test_a_caller_who_hangs_up_in_the_middle_is_no_mistake_of_the_bus(
    bus: Bus, capsys: pytest.CaptureFixture[str]
) -> None:
    async def go() -> bytes:
        headers = {"content-type": SOAP_12.content_type}
        auth = httpx.BasicAuth(*bus.province.secrets[COMMITTEE])
        request = next(auth.auth_flow(httpx.Request("POST", "http://bus.test/soap/1.2", headers=headers)))
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/soap/1.2",
            "query_string": b"",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
        }
        events = iter([{"type": "http.request", "body": b"<s:Env", "more_body": True}, {"type": "http.disconnect"}])
        said_back: list[Any] = []

        async def receive() -> Any:
            return next(events)

        async def send(message: Any) -> None:
            said_back.append(message)

        await bus.app(scope, receive, send)
        return b"".join(message.get("body", b"") for message in said_back)

    assert b"LGSP-1100" in asyncio.run(go())
    assert "unforeseen" not in capsys.readouterr().out


def test_a_large_document_is_read_beside_the_others(bus: Bus) -> None:
    response = bus.call(COMMITTEE, "SendDocument", sending(b"<x/>" + b" " * 250_000))
    assert said(error_of(response), "Code") == "LGSP-1100"


@EVERY_VERSION
@pytest.mark.parametrize("who", [None, ("000.00.00.H03", "wrong"), ("nobody", "x"), ("", ""), ("đơn vị", "khóa")])
def test_who_does_not_prove_who_it_is_gets_401_and_a_fault(
    bus: Bus, version: Version, who: tuple[str, str] | None
) -> None:
    response = post(bus.app, version, a_message(version, a_call("ListAgencies")), who=who)
    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith("Basic ")
    assert said(error_of(response), "Code") == "LGSP-1800"


@pytest.mark.parametrize("authorization", ["Basic", "Basic %%%", "Basic YQ==", "Bearer abc", "Basic /////w=="])
def test_a_broken_authorization_is_refused_like_a_wrong_one(bus: Bus, authorization: str) -> None:
    response = post(bus.app, SOAP_11, b"", who=None, authorization=authorization)
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("secret", "headers", "content", "code", "agency"),
    [
        ("wrong", {}, a_call("ListAgencies"), "LGSP-1800", ""),
        (None, {}, "<x/>", "LGSP-1100", COMMITTEE),
        (None, {}, a_call("GetTrace"), "LGSP-1200", COMMITTEE),
        (None, {}, a_call("GetTrace", "<Id>none</Id>"), "LGSP-1700", COMMITTEE),
        (None, {}, "x" * LIMIT, "LGSP-1100", COMMITTEE),
        (None, {"content_type": "text/plain"}, "", "LGSP-1100", COMMITTEE),
    ],
)
def test_a_refused_call_leaves_one_event_without_the_secret(
    bus: Bus, secret: str | None, headers: dict[str, str], content: str, code: str, agency: str
) -> None:
    system, right = bus.province.secrets[COMMITTEE]
    with structlog.testing.capture_logs() as lines:
        who = (system, secret or right)
        post(bus.app, SOAP_12, a_message(SOAP_12, content), who=who, x_correlation_id="ma-1", **headers)
    (line,) = lines
    assert line["event"] == "call.refused"
    assert (line["correlation"], line["code"], line["agency"], line["door"]) == ("ma-1", code, agency, "soap")
    assert line["system"] == system
    assert who[1] not in repr(line)


def test_a_system_that_nobody_knows_is_not_written_down(bus: Bus) -> None:
    with structlog.testing.capture_logs() as lines:
        post(bus.app, SOAP_12, b"", who=("nobody-knows", "x"))
    assert "nobody-knows" not in repr(lines)
    assert [line["event"] for line in lines] == ["call.refused"]


def test_a_refused_or_repeated_document_is_told_once_by_the_intake(bus: Bus) -> None:
    octets = bus.a_document()
    with structlog.testing.capture_logs() as lines:
        for content in (octets, octets, b"<x/>"):
            bus.call(COMMITTEE, "SendDocument", sending(content))
    assert [line["event"] for line in lines] == ["document.accepted", "document.repeated", "document.refused"]


def test_a_body_that_never_ends_is_answered_408_and_the_line_closed(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lgsp.soap.request._BODY_SECONDS", 0.05)

    async def parts() -> Any:
        yield b"<s:Env"
        await asyncio.sleep(5)

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(bus.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bus.test") as client:
            auth = httpx.BasicAuth(*bus.province.secrets[COMMITTEE])
            headers = {"content-type": SOAP_12.content_type}
            return await client.post("/soap/1.2", content=parts(), headers=headers, auth=auth)

    response = asyncio.run(go())
    assert response.status_code == 408
    assert response.headers["connection"] == "close"


def test_headers_that_are_not_understood_are_named_in_soap_1_2(bus: Bus) -> None:
    header = '<w:Security xmlns:w="urn:w&amp;x" s:mustUnderstand="true"/>'
    content = a_message(SOAP_12, a_call("ListAgencies"), header)
    response = post(bus.app, SOAP_12, content, who=bus.province.secrets[COMMITTEE])
    (named,) = etree.fromstring(response.content).iter(f"{{{SOAP_12.namespace}}}NotUnderstood")
    assert named.get("qname") == "block:Security"
    assert named.nsmap["block"] == "urn:w&x"


def test_a_caller_of_soap_1_1_at_the_1_2_address_can_read_the_answer(bus: Bus) -> None:
    content = a_message(SOAP_11, a_call("ListAgencies"))
    response = post(bus.app, SOAP_12, content, who=bus.province.secrets[COMMITTEE])
    assert etree.fromstring(response.content).tag == f"{{{SOAP_11.namespace}}}Envelope"
    assert answered(response).findtext("faultcode") == "soap:VersionMismatch"


@EVERY_VERSION
@pytest.mark.parametrize(("error", "code"), [(StoreUnavailable(), "LGSP-2100"), (Overloaded(), "LGSP-2400")])
def test_what_is_unavailable_is_the_receivers_fault_with_503_and_when_to_come_again(
    bus: Bus, version: Version, error: Exception, code: str
) -> None:
    app = app_of(bus.assembly, reception=Troubled(error))
    content = a_message(version, a_call("SendDocument", sending(b"x")))
    response = post(app, version, content, who=bus.province.secrets[COMMITTEE])
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert said(error_of(response), "Code") == code
    assert version.receiver in response.text


@EVERY_VERSION
def test_an_unforeseen_mistake_shows_the_correlation_id_and_nothing_of_the_inside(bus: Bus, version: Version) -> None:
    app = app_of(bus.assembly, reception=Troubled(RuntimeError("postgresql://user:secret@10.0.0.1/db")))
    content = a_message(version, a_call("SendDocument", sending(b"x")))
    response = post(app, version, content, who=bus.province.secrets[COMMITTEE], x_correlation_id="ma-theo-doi-1")
    assert response.status_code == 500
    assert said(error_of(response), "Code") == "LGSP-9000"
    assert said(error_of(response), "Correlation") == "ma-theo-doi-1"
    assert "secret" not in response.text
    assert "RuntimeError" not in response.text


def test_a_sane_correlation_id_is_kept_and_follows_the_document(bus: Bus) -> None:
    response = bus.call(COMMITTEE, "SendDocument", sending(bus.a_document()), x_correlation_id="VT-2026.0001")
    assert response.headers["x-correlation-id"] == "VT-2026.0001"
    held = bus.assembly.views.document(said(answered(response), "DispatchId"))
    assert held is not None
    assert held.correlation == "VT-2026.0001"


@pytest.mark.parametrize("given", ["a b", "x" * 65, "<x>", ""])
def test_another_correlation_id_is_made_anew(bus: Bus, given: str) -> None:
    made = bus.call(COMMITTEE, "ListAgencies", x_correlation_id=given).headers["x-correlation-id"]
    assert made != given
    assert len(made) == 32


@EVERY_VERSION
@pytest.mark.parametrize(
    ("public", "address"), [(None, "http://bus.test"), ("https://truc.tinh.vn/", "https://truc.tinh.vn")]
)
def test_the_description_names_the_address_that_was_asked_or_the_public_one(
    bus: Bus, version: Version, public: str | None, address: str
) -> None:
    app = app_of(bus.assembly, public_url=public)

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://bus.test") as client:
            return await client.get(f"/soap/{version.name}?WSDL")

    response = asyncio.run(go())
    (place,) = etree.fromstring(response.content).iter(f"{{{version.binding}}}address")
    assert place.get("location") == f"{address}/soap/{version.name}"
