"""A ministry's REST system: token or session, Vietnamese field names, and "đã tồn tại" for what it has already."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse
from starlette.routing import Route

from adapters.dialect.dates import VIETNAM
from adapters.simulators.running import main
from adapters.simulators.simulator import Fault, Simulator

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

_PAGE: Final = 50

#: The template by which the adapter maps an edXML document for this system.
DOCUMENT: Final[dict[str, Any]] = {
    "maGiaoDich": "{dispatch_id}",
    "maDinhDanhVanBan": "{document_id}",
    "donViGui": "{sender}",
    "donViNhan": "{recipient}",
    "soKyHieu": "{code}",
    "ngayBanHanh": "{promulgated|date:%d/%m/%Y %H:%M:%S}",
    "loaiVanBan": "{type_name|default:Công văn}",
    "trichYeu": "{subject|limit:500}",
    "nguoiKy": "{xpath://e:SignerInfo/e:FullName}",
    "mucDoKhan": "{priority}",
    "tepDinhKem": {
        "each": "attachments",
        "item": {"tenTep": "{name}", "loaiTep": "{content_type}", "duLieu": "{content|base64}"},
    },
    "goiTinGoc": "{octets|base64}",
}
#: The template for a dossier. Who sent it, and as which message, is what the ministry answers to.
DOSSIER: Final[dict[str, Any]] = {
    "maGiaoDich": "{dispatch_id}",
    "donViGui": "{sender}",
    "maThongDiep": "{document_id}",
    "service": "DongBoHoSoMC",
    "isUpdating": "False",
    "data": [
        {
            "MaHoSo": "{xpath://d:Number}",
            "MaTTHC": "{xpath://d:Procedure/d:Code}",
            "TenTTHC": "{xpath://d:Procedure/d:Name}",
            "KenhThucHien": "{xpath://d:Channel}",
            "ChuHoSo": "{xpath://d:Applicant/d:Name}",
            "LoaiDoiTuong": "{xpath://d:Applicant/d:Kind}",
            "DinhDanhCHS": {"LoaiDinhDanh": "1", "SoDinhDanh": "{xpath://d:Applicant/d:Identity}"},
            "TrichYeuHoSo": "{xpath://d:Dossier/d:Subject|limit:1000}",
            "NgayTiepNhan": "{xpath://d:Received|date:%Y%m%d%H%M%S}",
            "NgayHenTra": "{xpath://d:Due|date:%Y%m%d%H%M%S}",
            "TrangThaiHoSo": "{xpath://d:State}",
            "TaiLieuNop": {
                "each": "xpath://d:Attachment",
                "item": {
                    "TepDinhKemId": "{xpath:count(preceding-sibling::d:Attachment) + 1}",
                    "TenTepDinhKem": "{xpath:d:Name}",
                    "IsDeleted": "False",
                    "MaThanhPhanHoSo": "{xpath:d:Code}",
                    "DuongDanTaiTepTin": "{xpath:d:Link}",
                    "Base64": "{xpath:d:Content}",
                },
            },
            "DanhSachLePhi": {
                "each": "xpath://d:Fee",
                "item": {
                    "TenPhiLePhi": "{xpath:d:Name}",
                    "MaPhiLePhi": "{xpath:d:Code}",
                    "HinhThucThu": "{xpath:d:Collected}",
                    "Gia": "{xpath:d:Amount}",
                },
            },
        }
    ],
}
#: The template for a progress report.
PROGRESS: Final[dict[str, Any]] = {
    "maGiaoDich": "{dispatch_id}",
    "service": "CapNhatTienDoHoSoMC",
    "isUpdating": "False",
    "data": [
        {
            "MaHoSo": "{xpath://d:Number}",
            "NguoiXuLy": "{xpath://d:Officer/d:Name}",
            "ChucDanh": "{xpath://d:Officer/d:Title}",
            "ThoiDiemXuLy": "{xpath://d:Time|date:%Y%m%d%H%M%S}",
            "PhongBanXuLy": "{xpath://d:Officer/d:Unit}",
            "NoiDungXuLy": "{xpath://d:Note}",
            "TrangThai": "{xpath://d:State}",
        }
    ],
}


class MinistryRest(Simulator):
    """A ministry's system behind a session (`login="session"`) or an OAuth token (`login="token"`)."""

    def __init__(self, login: str = "session") -> None:
        """Begin empty."""
        super().__init__()
        self.login = login
        #: What becomes of each dossier taken, as `course` says it of documents.
        self.dossier_course: Sequence[tuple[str, str]] = (("DXL", "Đang thẩm định"), ("HT", "Đã có kết quả"))
        #: What was given at login and still counts; clear it to let every session run out.
        self.sessions: set[str] = set()
        self.logins = 0

    def routes(self) -> list[Route]:
        """Return login, token, documents, dossiers, and what became of both."""
        return [
            Route("/dang-nhap", self._log_in, methods=["POST"]),
            Route("/token", self._token, methods=["POST"]),
            Route("/api/van-ban", self._documents, methods=["POST"]),
            Route("/api/ho-so", self._dossiers, methods=["POST"]),
            Route("/api/trang-thai", self._list_statuses, methods=["GET"]),
        ]

    def options(self, address: str, folder: Path) -> dict[str, Any]:
        """Return options for the adapter `ministry_rest`."""
        username = self.write_secret(folder, "ministry-rest.user", self.username)
        password = self.write_secret(folder, "ministry-rest.password", self.password)
        session = {"kind": "session", "path": "/dang-nhap", "username_file": username, "password_file": password}
        token = {"kind": "token", "path": "/token", "key_file": username, "secret_file": password}
        return {
            "address": address,
            "login": session if self.login == "session" else token,
            "success": [{"field": "errorCode", "values": ["0"]}],
            "already": [{"field": "errorDescription", "texts": ["đã tồn tại", "đã được tiếp nhận"]}],
            "busy": [{"field": "errorCode", "values": ["20"]}],
            "expired": [{"field": "errorCode", "values": ["-1"]}],
            "reference": "maTiepNhan",
            "message": ["errorDescription"],
            "calls": [
                {"takes": "document", "path": "/api/van-ban", "body": DOCUMENT},
                {"takes": "{urn:lgsp:dossier:1}Dossier", "path": "/api/ho-so", "body": DOSSIER},
                {"takes": "{urn:lgsp:dossier:1}Progress", "path": "/api/ho-so", "body": PROGRESS},
            ],
            "feed": {
                "call": "/api/trang-thai",
                "method": "GET",
                "request": {"sauMa": "{cursor}"},
                "rows": "data",
                "cursor": "ma",
                "codes": {"1": "01", "2": "02", "3": "03", "4": "04", "5": "05", "6": "06"},
                "time_form": "%d/%m/%Y %H:%M:%S",
                "day_form": "%d/%m/%Y %H:%M:%S",
                "status": {
                    "code": "trangThai",
                    "document_id": "maDinhDanhVanBan",
                    "agency": "donViGui",
                    "number": "soKyHieu",
                    "promulgated": "ngayBanHanh",
                    "reported": "thoiGian",
                    "reason": "moTa",
                },
                "progress": {
                    "number": "maHoSo",
                    "state": "trangThai",
                    "states": {"DXL": "4", "YCBS": "5", "HT": "9"},
                    "agency": "donViGui",
                    "in_reply_to": "maThongDiep",
                    "officer": "nguoiXuLy",
                    "time": "thoiGian",
                    "note": "moTa",
                },
            },
        }

    async def _log_in(self, request: Request) -> Response:
        wanted = await request.json()
        if (wanted.get("username"), wanted.get("password")) != (self.username, self.password):
            return JSONResponse({"session": "", "error_code": "3", "result": "Sai tài khoản hoặc mật khẩu"})
        return JSONResponse({"session": self._give(), "error_code": "0", "result": ""})

    async def _token(self, request: Request) -> Response:
        form = (await request.body()).decode()
        basic = b64encode(f"{self.username}:{self.password}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {basic}" or form != "grant_type=client_credentials":
            return JSONResponse({"error": "invalid_client"}, 401)
        scope = "am_application_scope default"
        return JSONResponse({"access_token": self._give(), "scope": scope, "token_type": "Bearer", "expires_in": 3600})

    async def _documents(self, request: Request) -> Response:
        wanted = await request.json()
        if (refusal := self._stranger(request, wanted.get("session"))) is not None:
            return refusal
        if self.fault is Fault.REFUSE or not wanted.get("soKyHieu"):
            # Real systems echo what they were given: here the session, to see that nobody repeats it.
            return _answer("22", f"Văn bản không hợp lệ: thiếu số ký hiệu (session {wanted.get('session', '')})")
        if self.find(wanted["maGiaoDich"]):
            return _answer("101", "Văn bản đã tồn tại trên hệ thống")
        return self._take(wanted, f"BTTTT-{len(self.records) + 1:06d}")

    async def _dossiers(self, request: Request) -> Response:
        wanted = await request.json()
        if (refusal := self._stranger(request, wanted.get("session"))) is not None:
            return refusal
        rows = wanted.get("data") or [{}]
        if self.fault is Fault.REFUSE or not rows[0].get("MaHoSo"):
            return _answer("3", "Dữ liệu hồ sơ không hợp lệ: MaHoSo")
        if self.find(wanted["maGiaoDich"]):
            return _answer("101", f"Hồ sơ {rows[0]['MaHoSo']} đã được tiếp nhận")
        return self._take(wanted, rows[0]["MaHoSo"])

    async def _list_statuses(self, request: Request) -> Response:
        if (refusal := self._stranger(request, request.query_params.get("session"))) is not None:
            return refusal
        after = int(request.query_params.get("sauMa", "0"))
        rows = [status for status in self.statuses if status["ma"] > after][:_PAGE]
        return JSONResponse({"errorCode": "0", "errorDescription": "", "data": rows})

    def _take(self, wanted: dict[str, Any], reference: str) -> Response:
        record = {key: value for key, value in wanted.items() if key != "session"}
        self.records.append(record)
        now = f"{datetime.now(VIETNAM):%d/%m/%Y %H:%M:%S}"
        if "soKyHieu" in record:
            keys = ("maDinhDanhVanBan", "donViGui", "soKyHieu", "ngayBanHanh")
            self.report({key: record[key] for key in keys}, self.course, now)
        elif record.get("service") == "DongBoHoSoMC":
            facts = {key: record[key] for key in ("donViGui", "maThongDiep")}
            handled = {"maHoSo": reference, "nguoiXuLy": "Lê Thị Mẫu"}
            self.report(facts | handled, self.dossier_course, now)
        return _answer("0", "Tiếp nhận thành công", reference)

    def _stranger(self, request: Request, session: str | None) -> Response | None:
        if self.login == "token":
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            return None if scheme == "Bearer" and token in self.sessions else JSONResponse({"code": 900901}, 401)
        return None if session in self.sessions else _answer("-1", "Phiên làm việc đã hết hạn")

    def _give(self) -> str:
        self.logins += 1
        given = secrets.token_urlsafe(16)
        self.sessions.add(given)
        return given


def octets(record: dict[str, Any]) -> bytes:
    """Return the whole envelope in a record of a document."""
    return b64decode(record["goiTinGoc"])


def _answer(code: str, words: str, reference: str = "") -> JSONResponse:
    return JSONResponse({"errorCode": code, "errorDescription": words, "maTiepNhan": reference})


if __name__ == "__main__":
    main(MinistryRest, "A pretended ministry with a REST system")
