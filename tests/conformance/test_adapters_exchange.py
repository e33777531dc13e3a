from __future__ import annotations

import re
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import zeep
from starlette.responses import JSONResponse

from adapters.ministry_rest import MinistryRest
from adapters.ministry_soap import MinistrySoap
from adapters.one_stop import OneStop
from adapters.simulators import ministry_rest, ministry_soap, one_stop
from adapters.simulators.running import Running, running
from adapters.simulators.simulator import Fault
from lgsp.sdk import (
    Connection,
    Dossier,
    DossierFile,
    Fee,
    Kind,
    MessageHeader,
    Misconfigured,
    Progress,
    RecipientUnavailable,
    Rejected,
    Source,
    StatusHeader,
    read_dossier,
    read_progress,
    write_progress,
)
from lgsp.stages.envelope import read
from lgsp.stages.schema import Schemas
from signing import MESSAGE_RULES, KeyKind, Result, sign_enveloped
from tests.builders import COMMITTEE, DEPARTMENT, MINISTRY, SENT, a_dossier, a_message, a_status
from tests.conformance.adapters import a_connection, a_delivery
from tests.keyring import a_key, judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


NUMBER = "000.00.11.H03-200924-0001"
ROW = {
    "MaHoSo": "1",
    "MaTTHC": "1.0",
    "TenTTHC": "Mẫu",
    "KenhThucHien": "1",
    "ChuHoSo": "A",
    "NgayTiepNhan": "20200924081500",
}


@pytest.fixture(scope="module")
def rest_running() -> Iterator[Running[ministry_rest.MinistryRest]]:
    with running(ministry_rest.MinistryRest()) as system:
        yield system


@pytest.fixture
def rest(rest_running: Running[ministry_rest.MinistryRest]) -> Running[ministry_rest.MinistryRest]:
    rest_running.system = ministry_rest.MinistryRest()
    return rest_running


@pytest.fixture(scope="module")
def soap_running() -> Iterator[Running[ministry_soap.MinistrySoap]]:
    with running(ministry_soap.MinistrySoap()) as system:
        yield system


@pytest.fixture
def soap(soap_running: Running[ministry_soap.MinistrySoap]) -> Running[ministry_soap.MinistrySoap]:
    soap_running.system = ministry_soap.MinistrySoap()
    return soap_running


@pytest.fixture(scope="module")
def desk_running() -> Iterator[Running[one_stop.OneStop]]:
    with running(one_stop.OneStop()) as system:
        yield system


@pytest.fixture
def desk(desk_running: Running[one_stop.OneStop]) -> Running[one_stop.OneStop]:
    desk_running.system = one_stop.OneStop()
    return desk_running


@contextmanager
def rest_adapter(system: Running[ministry_rest.MinistryRest], folder: Path, **changes: Any) -> Iterator[MinistryRest]:
    adapter = MinistryRest(a_connection(system.system.options(system.address, folder) | changes))
    try:
        yield adapter
    finally:
        adapter.close()


@contextmanager
def soap_adapter(system: Running[ministry_soap.MinistrySoap], folder: Path, **changes: Any) -> Iterator[MinistrySoap]:
    adapter = MinistrySoap(a_connection(system.system.options(system.address, folder) | changes))
    try:
        yield adapter
    finally:
        adapter.close()


@contextmanager
def desk_adapter(system: Running[one_stop.OneStop], folder: Path, **changes: Any) -> Iterator[OneStop]:
    options = system.system.options(system.address, folder) | changes
    adapter = OneStop(a_connection(options, code=DEPARTMENT, sign=lambda octets: octets + b"<!--signed-->"))
    try:
        yield adapter
    finally:
        adapter.close()


# --- statuses come back


@pytest.mark.parametrize("kind", ["rest", "soap"])
def test_a_ministrys_answers_come_back_as_statuses(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    adapter = rest_adapter if kind == "rest" else soap_adapter
    with adapter(request.getfixturevalue(kind), tmp_path) as ministry:
        assert isinstance(ministry, Source)
        delivery = a_delivery()
        ministry.deliver(delivery)
        statuses = [read(octets) for octets in ministry.collect()]
        headers = [status.header for status in statuses if isinstance(status.header, StatusHeader)]
        assert [header.code for header in headers] == ["01", "03"]
        assert {status.sender for status in statuses} == {MINISTRY}
        assert {status.recipients for status in statuses} == {(COMMITTEE,)}
        subject = headers[0].subject
        assert (subject.document_id, subject.promulgated) == (delivery.envelope.document_id, "2020/09/24")
        assert headers[1].reason == "Đã tiếp nhận, vào sổ văn bản đến"
        assert re.fullmatch(r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", headers[0].reported)
        assert list(ministry.collect()) == []


def test_a_status_is_fetched_again_until_it_is_safe(rest: Running[ministry_rest.MinistryRest], tmp_path: Path) -> None:
    with rest_adapter(rest, tmp_path) as ministry:
        ministry.deliver(a_delivery())
        first = next(ministry.collect())
        again = ministry.collect()
        assert next(again) == first
        second = next(again)
        assert list(ministry.collect()) == [second]


def test_the_cursor_survives_a_restart(rest: Running[ministry_rest.MinistryRest], tmp_path: Path) -> None:
    kept = tmp_path / "cursor"
    feed = rest.system.options(rest.address, tmp_path)["feed"] | {"cursor_file": str(kept)}
    with rest_adapter(rest, tmp_path, feed=feed) as ministry:
        ministry.deliver(a_delivery())
        assert len(list(ministry.collect())) == 2
    assert kept.read_text() == "2"
    with rest_adapter(rest, tmp_path, feed=feed) as ministry:
        assert list(ministry.collect()) == []


def test_a_row_that_says_no_status_does_not_stop_the_others(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path
) -> None:
    rest.system.course = [("99", "?"), ("1", "ký tự \x01"), ("3", "Đã tiếp nhận")]
    with rest_adapter(rest, tmp_path) as ministry:
        ministry.deliver(a_delivery())
        (status,) = [read(octets) for octets in ministry.collect()]
        assert isinstance(status.header, StatusHeader)
        assert status.header.code == "03"


def test_a_feed_that_is_down_is_unavailable(rest: Running[ministry_rest.MinistryRest], tmp_path: Path) -> None:
    with rest_adapter(rest, tmp_path) as ministry:
        rest.system.fault = Fault.DROP
        with pytest.raises(RecipientUnavailable):
            list(ministry.collect())


# --- progress of dossiers comes back


def progress_in(octets: bytes) -> Progress:
    progress = read_progress(read(octets).tree)
    assert progress is not None
    return progress


def test_a_ministrys_progress_answers_the_message_that_brought_the_dossier(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path
) -> None:
    brought = read(a_message(payload=a_dossier(), recipients=[MINISTRY]))
    with rest_adapter(rest, tmp_path) as ministry:
        ministry.deliver(a_delivery(brought))
        answers = list(ministry.collect())
        assert list(ministry.collect()) == []
    for envelope in map(read, answers):
        Schemas().validate(envelope)
        assert isinstance(envelope.header, MessageHeader)
        assert (envelope.sender, envelope.recipients) == (MINISTRY, (DEPARTMENT,))
        assert (envelope.header.conversation, envelope.header.in_reply_to) == (NUMBER, brought.document_id)
        assert (envelope.header.service, envelope.header.created) == (
            "one-stop.progress",
            progress_in(envelope.octets).time,
        )
    first, last = map(progress_in, answers)
    assert (first.number, first.state, first.note) == (NUMBER, 4, "Đang thẩm định")
    assert (last.number, last.state, last.officer, last.note) == (NUMBER, 9, "Lê Thị Mẫu", "Đã có kết quả")


def test_statuses_and_progress_come_in_the_order_of_their_rows(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path
) -> None:
    with rest_adapter(rest, tmp_path) as ministry:
        ministry.deliver(a_delivery())
        ministry.deliver(a_delivery(a_message()))
        ministry.deliver(a_delivery())
        kinds = [read(octets).kind for octets in ministry.collect()]
    assert kinds == [Kind.STATUS] * 2 + [Kind.MESSAGE] * 2 + [Kind.STATUS] * 2


@pytest.mark.parametrize("kind", KeyKind)
def test_progress_fetched_again_after_a_crash_is_the_same_signed_message(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path, kind: KeyKind
) -> None:
    options = rest.system.options(rest.address, tmp_path)
    connection = a_connection(options, sign=lambda octets: sign_enveloped(octets, a_key(kind), MESSAGE_RULES))
    fetched: list[list[bytes]] = []
    for _ in range(2):
        with closing(MinistryRest(connection)) as ministry:
            if not fetched:
                ministry.deliver(a_delivery(a_message()))
            fetched.append(list(ministry.collect()))
    assert len(set(fetched[0])) == 2
    assert fetched[0] == fetched[1]
    assert judged(fetched[0][0], rules=MESSAGE_RULES).result is Result.VALID


def test_two_rows_alike_are_two_messages(rest: Running[ministry_rest.MinistryRest], tmp_path: Path) -> None:
    rest.system.dossier_course = [("DXL", "Đang thẩm định")] * 2
    with rest_adapter(rest, tmp_path) as ministry:
        ministry.deliver(a_delivery(a_message()))
        first, second = map(read, ministry.collect())
    assert first.document_id != second.document_id


def test_a_row_that_tells_no_progress_stops_nobody(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rest.system.dossier_course = [("LẠ", "?"), ("DXL", "ký tự \x01"), ("DXL", "?"), ("DXL", "?"), ("HT", "Xong")]
    with rest_adapter(rest, tmp_path) as ministry:
        ministry.deliver(a_delivery(a_message()))
        rest.system.statuses[2]["thoiGian"] = "mai"
        del rest.system.statuses[3]["donViGui"]
        (only,) = ministry.collect()
    assert progress_in(only).state == 9
    assert [record.levelname for record in caplog.records if record.name == "adapters.dialect.progress"] == [
        "WARNING"
    ] * 4


def test_progress_without_an_officer_names_the_agency(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path
) -> None:
    with rest_adapter(rest, tmp_path) as ministry:
        ministry.deliver(a_delivery(a_message()))
        del rest.system.statuses[0]["nguoiXuLy"]
        del rest.system.statuses[0]["maThongDiep"]
        envelope = read(next(ministry.collect()))
    Schemas().validate(envelope)
    assert isinstance(envelope.header, MessageHeader)
    assert (progress_in(envelope.octets).officer, envelope.header.in_reply_to) == ("Bộ mẫu", None)


def test_progress_waits_while_no_key_is_kept_for_the_agency(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path
) -> None:
    keys = {"kept": False}

    def sign(octets: bytes) -> bytes:
        if not keys["kept"]:
            raise Misconfigured
        return octets

    with closing(MinistryRest(a_connection(rest.system.options(rest.address, tmp_path), sign=sign))) as ministry:
        ministry.deliver(a_delivery(a_message()))
        with pytest.raises(Misconfigured):
            list(ministry.collect())
        keys["kept"] = True
        assert [progress_in(octets).state for octets in ministry.collect()] == [4, 9]


def test_a_soap_service_tells_progress_in_the_same_way(
    soap: Running[ministry_soap.MinistrySoap], tmp_path: Path
) -> None:
    feed = soap.system.options(soap.address, tmp_path)["feed"]
    del feed["status"]
    where = {"number": "maDinhDanh", "state": "trangThai", "agency": "donViGui", "officer": "soKyHieu"}
    feed["progress"] = where | {"states": {"7": "9"}, "time": "thoiGian", "note": "moTa"}
    facts = {"maDinhDanh": NUMBER, "donViGui": DEPARTMENT, "soKyHieu": "Lê Thị Mẫu", "ngayBanHanh": ""}
    soap.system.report(facts, [("7", "Xong")], "2020-09-24T09:15:30+07:00")
    soap.system.report(facts | {"maDinhDanh": ""}, [("7", "Không có số")], "2020-09-24T09:15:30+07:00")
    with soap_adapter(soap, tmp_path, feed=feed) as ministry:
        (octets,) = ministry.collect()
    wanted = Progress(number=NUMBER, state=9, officer="Lê Thị Mẫu", time=SENT, note="Xong")
    assert progress_in(octets) == wanted


def test_a_ministrys_progress_reaches_the_one_stop_system(
    rest: Running[ministry_rest.MinistryRest], desk: Running[one_stop.OneStop], tmp_path: Path
) -> None:
    with rest_adapter(rest, tmp_path) as ministry, desk_adapter(desk, tmp_path) as adapter:
        ministry.deliver(a_delivery(a_message()))
        for octets in ministry.collect():
            adapter.deliver(a_delivery(octets))
    states = [(row["service"], row["MaHoSo"], row["TrangThai"]) for row in desk.system.records]
    assert states == [("CapNhatTienDoHoSoMC", NUMBER, "4"), ("CapNhatTienDoHoSoMC", NUMBER, "9")]


# --- logins


@pytest.mark.parametrize("kind", ["session", "token"])
def test_a_login_is_used_until_it_runs_out_and_then_renewed_once(kind: str, tmp_path: Path) -> None:
    with running(ministry_rest.MinistryRest(kind)) as system, rest_adapter(system, tmp_path) as ministry:
        for _ in range(3):
            ministry.deliver(a_delivery())
        assert system.system.logins == 1
        system.system.sessions.clear()
        ministry.deliver(a_delivery())
        assert system.system.logins == 2
        assert len(system.system.records) == 4


@pytest.mark.parametrize("kind", ["session", "token"])
def test_a_wrong_password_blames_nobodys_document(kind: str, tmp_path: Path) -> None:
    with running(ministry_rest.MinistryRest(kind)) as system, rest_adapter(system, tmp_path) as ministry:
        system.system.password = "changed"
        with pytest.raises(RecipientUnavailable):
            ministry.deliver(a_delivery())
        assert system.system.logins == 0


def test_sessions_that_never_hold_end_as_unavailable(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rest_adapter(rest, tmp_path) as ministry:
        monkeypatch.setattr(rest.system, "_give", lambda: "không giữ")
        with pytest.raises(RecipientUnavailable, match="session expired"):
            ministry.deliver(a_delivery())


def test_the_session_that_a_system_echoes_is_not_repeated(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path
) -> None:
    with rest_adapter(rest, tmp_path) as ministry:
        rest.system.fault = Fault.REFUSE
        with pytest.raises(Rejected, match=r"thiếu số ký hiệu \(session \*\*\*\)"):
            ministry.deliver(a_delivery())


def test_fixed_headers_come_from_files(tmp_path: Path) -> None:
    system = ministry_rest.MinistryRest("token")
    with running(system) as at:
        token = system._give()
        (tmp_path / "token").write_text(f"Bearer {token}\n")
        login = {"kind": "header", "headers": {"Authorization": str(tmp_path / "token")}}
        with rest_adapter(at, tmp_path, login=login) as ministry:
            ministry.deliver(a_delivery())
    assert len(system.records) == 1


def test_a_quota_is_waited_out_as_long_as_the_system_says(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path
) -> None:
    with rest_adapter(rest, tmp_path) as ministry:
        rest.system.fault = Fault.QUOTA
        with pytest.raises(RecipientUnavailable, match="HTTP 429'; it asks to wait: 7"):
            ministry.deliver(a_delivery())


@pytest.mark.parametrize(
    ("status", "error"), [(400, Rejected), (422, Rejected), (403, RecipientUnavailable), (502, RecipientUnavailable)]
)
def test_http_says_who_must_act(
    rest: Running[ministry_rest.MinistryRest],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    error: type[Exception],
) -> None:
    monkeypatch.setattr(ministry_rest, "_answer", _with_status(status))
    with rest_adapter(rest, tmp_path) as ministry:
        rest.system.fault = Fault.REFUSE
        with pytest.raises(error):
            ministry.deliver(a_delivery())


def test_there_already_is_success_under_any_status(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with rest_adapter(rest, tmp_path) as ministry:
        delivery = a_delivery()
        ministry.deliver(delivery)
        monkeypatch.setattr(ministry_rest, "_answer", _with_status(409))
        assert ministry.deliver(delivery).facts == {"already": True}


def _with_status(status: int) -> Callable[..., JSONResponse]:
    def answer(code: str, words: str, reference: str = "") -> JSONResponse:
        return JSONResponse({"errorCode": code, "errorDescription": words, "maTiepNhan": reference}, status)

    return answer


# --- what does not fit


def test_a_status_that_no_call_takes_is_rejected(rest: Running[ministry_rest.MinistryRest], tmp_path: Path) -> None:
    with rest_adapter(rest, tmp_path) as ministry, pytest.raises(Rejected, match="status"):
        ministry.deliver(a_delivery(a_status()))


def test_what_the_wsdl_does_not_allow_is_rejected(soap: Running[ministry_soap.MinistrySoap], tmp_path: Path) -> None:
    calls = [{"takes": "document", "operation": "TiepNhanVanBan", "fields": {"maGiaoDich": "{dispatch_id}"}}]
    with soap_adapter(soap, tmp_path, calls=calls) as ministry, pytest.raises(Rejected, match="vanBan"):
        ministry.deliver(a_delivery())


def test_a_field_that_the_operation_does_not_have_is_the_operators_to_mend(
    soap: Running[ministry_soap.MinistrySoap], tmp_path: Path
) -> None:
    calls = [{"takes": "document", "operation": "TiepNhanVanBan", "fields": {"khac": "{dispatch_id}"}}]
    with soap_adapter(soap, tmp_path, calls=calls) as ministry, pytest.raises(Misconfigured, match="khac"):
        ministry.deliver(a_delivery())


@pytest.mark.parametrize(("code", "error"), [("Server", RecipientUnavailable), ("Client", Rejected)])
@pytest.mark.parametrize("port", ["Soap11", "Soap12"])
def test_a_fault_is_blamed_by_its_code(
    soap: Running[ministry_soap.MinistrySoap],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    port: str,
    code: str,
    error: type[Exception],
) -> None:
    def fault(namespace: str, _: object) -> object:
        return ministry_soap._fault(namespace, code, "Lỗi xử lý")

    monkeypatch.setattr(soap.system, "_take", fault)
    with soap_adapter(soap, tmp_path, port=port) as ministry, pytest.raises(error, match="Lỗi xử lý"):
        ministry.deliver(a_delivery())


def test_a_fault_can_mean_that_the_document_is_there_already(
    soap: Running[ministry_soap.MinistrySoap], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soap.system, "_take", lambda soap, _: ministry_soap._fault(soap, "Client", "ĐÃ TỒN TẠI"))
    already = [{"field": "fault.message", "texts": ["đã tồn tại"]}]
    with soap_adapter(soap, tmp_path, already=already) as ministry:
        assert ministry.deliver(a_delivery()).facts == {"already": True}


# --- the WSDL


def test_a_wsdl_in_a_file_is_read_when_the_adapter_is_made(
    soap: Running[ministry_soap.MinistrySoap], tmp_path: Path
) -> None:
    file = tmp_path / "van-ban.wsdl"
    file.write_bytes(soap.system._wsdl)
    with soap_adapter(soap, tmp_path, wsdl=str(file), address=f"{soap.address}/van-ban") as ministry:
        assert ministry.deliver(a_delivery()).reference == "BKHCN-000001"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ((b"TiepNhanVanBan", b"KhacHan"), "TiepNhanVanBan"),
        ((b"<xs:element", b"<xs:elem"), "wsdl"),
        (
            (b"<wsdl:types>", b'<wsdl:import namespace="x" location="http://127.0.0.1:1/x.wsdl"/><wsdl:types>'),
            "elsewhere",
        ),
        ((b"<wsdl:definitions", b'<!DOCTYPE a SYSTEM "x"><wsdl:definitions'), "wsdl"),
    ],
)
def test_a_wsdl_that_cannot_serve_is_the_operators_to_mend(
    soap: Running[ministry_soap.MinistrySoap], tmp_path: Path, change: tuple[bytes, bytes], named: str
) -> None:
    file = tmp_path / "van-ban.wsdl"
    file.write_bytes(soap.system._wsdl.replace(*change))
    options = soap.system.options(soap.address, tmp_path) | {"wsdl": str(file)}
    with pytest.raises(Misconfigured, match=named):
        MinistrySoap(a_connection(options))


def test_the_pretended_wsdl_is_read_by_zeep(soap: Running[ministry_soap.MinistrySoap]) -> None:
    client = zeep.Client(f"{soap.address}/van-ban?wsdl")
    assert {name for name, _ in client.service} == {"TiepNhanVanBan", "LayTrangThai"}
    client.transport.session.close()


# --- dossiers


def a_full_dossier() -> bytes:
    return a_dossier(
        subject="Cấp đổi giấy phép",
        due=SENT + timedelta(days=6),
        unit="Sở mẫu",
        note="Nộp bổ sung",
        attachments=(
            DossierFile(name="đơn.pdf", content=b"%PDF \x00", code="G01"),
            DossierFile(name="ảnh.jpg", link="https://example.vn/1"),
        ),
        fees=(Fee(name="Lệ phí mẫu", amount=50000, code="LP01"),),
    )


def a_progress() -> bytes:
    return write_progress(
        Progress(
            number=NUMBER,
            state=4,
            officer="Trần Thị Mẫu",
            title="Chuyên viên",
            time=SENT,
            note="Thẩm định",
        )
    )


def test_a_dossier_reaches_a_ministry_in_the_portals_words(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path
) -> None:
    with rest_adapter(rest, tmp_path) as ministry:
        assert ministry.deliver(a_delivery(a_message(payload=a_full_dossier()))).reference == NUMBER
        ministry.deliver(a_delivery(a_message(payload=a_progress())))
    dossier, progress = (record["data"][0] for record in rest.system.records)
    assert dossier["NgayTiepNhan"] == "20200924091530"
    assert (dossier["KenhThucHien"], dossier["TrangThaiHoSo"]) == ("2", "2")
    assert [file["TepDinhKemId"] for file in dossier["TaiLieuNop"]] == ["1", "2"]
    assert dossier["TaiLieuNop"][0]["Base64"] == "JVBERiAA"
    assert dossier["DanhSachLePhi"] == [
        {"TenPhiLePhi": "Lệ phí mẫu", "MaPhiLePhi": "LP01", "HinhThucThu": "1", "Gia": "50000"}
    ]
    assert (progress["NguoiXuLy"], progress["ThoiDiemXuLy"]) == ("Trần Thị Mẫu", "20200924091530")


def test_a_dossier_goes_through_the_one_stop_system_unchanged(desk: Running[one_stop.OneStop], tmp_path: Path) -> None:
    message = a_message(payload=a_full_dossier())
    with desk_adapter(desk, tmp_path) as adapter:
        adapter.deliver(a_delivery(message))
        desk.system.enter_dossier(desk.system.records[0], [MINISTRY])
        (octets,) = adapter.collect()
    sent = read(octets.removesuffix(b"<!--signed-->"))
    assert isinstance(sent.header, MessageHeader)
    assert (sent.sender, sent.recipients) == (DEPARTMENT, (MINISTRY,))
    assert sent.header.conversation == NUMBER
    assert (sent.header.service, octets.endswith(b"<!--signed-->")) == ("one-stop.dossier", True)
    assert isinstance(read_dossier(sent.tree), Dossier)
    assert read_dossier(sent.tree) == read_dossier(read(message).tree)


def test_progress_answers_the_message_that_brought_the_dossier(desk: Running[one_stop.OneStop], tmp_path: Path) -> None:
    message = a_message(payload=a_progress())
    with desk_adapter(desk, tmp_path) as adapter:
        adapter.deliver(a_delivery(message))
        desk.system.enter_progress(desk.system.records[0], [MINISTRY], reply_to="urn:uuid:1")
        (octets,) = adapter.collect()
    sent = read(octets.removesuffix(b"<!--signed-->"))
    assert isinstance(sent.header, MessageHeader)
    assert sent.header.in_reply_to == "urn:uuid:1"
    assert read_progress(sent.tree) == read_progress(read(message).tree)


def test_the_same_dossier_in_a_new_state_replaces_the_old(desk: Running[one_stop.OneStop], tmp_path: Path) -> None:
    with desk_adapter(desk, tmp_path) as adapter:
        for state in (2, 4):
            delivery = a_delivery(a_message(payload=a_dossier(state=state)))
            adapter.deliver(delivery)
            adapter.deliver(delivery)
    assert [record["TrangThaiHoSo"] for record in desk.system.records] == ["4"]


def test_progress_and_statuses_again_make_no_double(desk: Running[one_stop.OneStop], tmp_path: Path) -> None:
    with desk_adapter(desk, tmp_path) as adapter:
        for octets in (a_message(payload=a_progress()), a_status()):
            delivery = a_delivery(octets)
            adapter.deliver(delivery)
            assert adapter.deliver(delivery).facts == {"already": True}
    assert [record["service"] for record in desk.system.records] == ["CapNhatTienDoHoSoMC", "NhanTrangThaiVanBan"]


def test_what_a_one_stop_system_sends_is_confirmed_only_when_it_is_safe(
    desk: Running[one_stop.OneStop], tmp_path: Path
) -> None:
    for _ in range(2):
        desk.system.enter_dossier(ROW, [MINISTRY])
    with desk_adapter(desk, tmp_path) as adapter:
        fetched = adapter.collect()
        first = next(fetched)
        assert desk.system.fetched == []
        next(fetched)
        assert desk.system.fetched == ["1"]
        assert first not in list(adapter.collect())
        assert desk.system.fetched == ["1", "2"]


def test_fetched_twice_it_is_the_same_message(desk: Running[one_stop.OneStop], tmp_path: Path) -> None:
    desk.system.enter_progress(
        {"MaHoSo": "1", "TrangThai": 4, "NguoiXuLy": "A", "ThoiDiemXuLy": "20200924081500"}, [MINISTRY]
    )
    with desk_adapter(desk, tmp_path) as adapter:
        assert next(adapter.collect()) == next(adapter.collect())


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"MaHoSo": "1"},
        {
            "MaHoSo": "1",
            "MaTTHC": "1",
            "TenTTHC": "1",
            "KenhThucHien": "mười",
            "ChuHoSo": "A",
            "NgayTiepNhan": "20200924081500",
        },
        ROW | {"NgayTiepNhan": "mai"},
        {
            "MaHoSo": "1",
            "MaTTHC": "1",
            "TenTTHC": "1",
            "KenhThucHien": "1",
            "ChuHoSo": "A\x02",
            "NgayTiepNhan": "20200924081500",
        },
    ],
)
def test_a_row_that_cannot_be_sent_stays_there_and_stops_nobody(
    desk: Running[one_stop.OneStop], tmp_path: Path, row: dict[str, Any]
) -> None:
    desk.system.enter_dossier(row, [MINISTRY])
    desk.system.enter_progress(
        {"MaHoSo": "1", "TrangThai": "4", "NguoiXuLy": "A", "ThoiDiemXuLy": "20200924081500"}, [MINISTRY]
    )
    with desk_adapter(desk, tmp_path) as adapter:
        assert len(list(adapter.collect())) == 1
    assert desk.system.fetched == ["2"]


def test_a_payload_that_the_one_stop_system_has_no_service_for_is_rejected(
    desk: Running[one_stop.OneStop], tmp_path: Path
) -> None:
    message = a_message(payload=b'<a xmlns="urn:khac"/>')
    with desk_adapter(desk, tmp_path) as adapter, pytest.raises(Rejected, match="urn:khac"):
        adapter.deliver(a_delivery(message))


def test_a_session_that_ran_out_at_the_one_stop_system_is_renewed(
    desk: Running[one_stop.OneStop], tmp_path: Path
) -> None:
    with desk_adapter(desk, tmp_path) as adapter:
        adapter.deliver(a_delivery())
        desk.system.sessions.clear()
        adapter.deliver(a_delivery())
    assert len(desk.system.records) == 2


# --- configuration


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"address": "https://user:pass@example.vn"}, r"options\.address"),
        ({"address": "ftp://example.vn"}, r"options\.address"),
        ({"timeout_seconds": "soon"}, r"options\.timeout_seconds"),
        ({"login": {"kind": "magic"}}, r"options\.login\.kind"),
        ({"login": {"kind": "token", "path": "/token"}}, r"options\.login\.key_file"),
        ({"success": [{"field": "a"}]}, r"options\.success\[0\]"),
        (
            {"calls": [{"takes": "document", "path": "/", "body": {"a": {"b": "{titel}"}}}]},
            r"options\.calls\[0\]\.body\.a\.b",
        ),
        ({"calls": [{"takes": "document", "path": "/", "bodi": {}}]}, r"options\.calls\[0\]\.bodi"),
        ({"calls": "document"}, r"options\.calls"),
        ({"feed": {"rows": "data"}}, r"options\.feed\.call"),
        ({"ca_file": "/none.pem"}, r"options\.ca_file"),
    ],
)
def test_an_option_that_cannot_work_is_named(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    options = rest.system.options(rest.address, tmp_path) | changes
    with pytest.raises(Misconfigured, match=named) as raised:
        MinistryRest(a_connection(options))
    assert "pass" not in str(raised.value).replace("password", "")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"progress": {"number": "maHoSo"}}, r"options\.feed\.progress\.state"),
        ({"progress": {"numbr": "maHoSo"}}, r"options\.feed\.progress\.numbr"),
        ({"progress": {"states": {"HT": "11"}}}, r"options\.feed\.progress\.states\.HT.*11"),
        ({"progress": {"states": {"HT": 9}}}, r"options\.feed\.progress\.states\.HT"),
        ({"status": None, "progress": None}, r"options\.feed"),
    ],
)
def test_progress_that_cannot_be_told_is_the_operators_to_mend(
    rest: Running[ministry_rest.MinistryRest], tmp_path: Path, changes: dict[str, Any], named: str
) -> None:
    options = rest.system.options(rest.address, tmp_path)
    if changes["progress"] and "states" in changes["progress"]:
        changes = {"progress": options["feed"]["progress"] | changes["progress"]}
    options["feed"] |= changes
    with pytest.raises(Misconfigured, match=named):
        MinistryRest(a_connection(options))


def test_a_connection_shows_no_options() -> None:
    assert "bí mật" not in repr(Connection(agency=a_connection({}).agency, options={"x": "bí mật"}, sign=bytes))


# --- as a process of its own


@pytest.mark.parametrize("name", ["ministry_rest", "ministry_soap", "one_stop"])
def test_a_pretended_system_runs_as_a_process(name: str) -> None:
    command = [sys.executable, "-m", f"adapters.simulators.{name}", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().split()[0]
        try:
            assert _when_it_answers(f"{address}/_records") == []
        finally:
            process.terminate()


def _when_it_answers(url: str) -> Any:
    for _ in range(100):
        try:
            return httpx.get(url, trust_env=False).json()
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(url)
