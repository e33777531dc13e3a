"""A one-stop system in the manner of the national service portal: one address, a session, `error_code` "0"."""

from __future__ import annotations

import secrets
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


#: What tells two rows of a service apart; a second row with the same values exists already.
_KEYS: Final = {
    "DongBoHoSoMC": ("MaHoSo",),
    "CapNhatTienDoHoSoMC": ("MaHoSo", "ThoiDiemXuLy", "TrangThai"),
    "NhanVanBan": ("MaGiaoDich",),
    "NhanTrangThaiVanBan": ("MaGiaoDich",),
}


class OneStop(Simulator):
    """Takes dossiers, progress, documents and statuses; gives out what its officers enter."""

    def __init__(self, unit: str = "000.00.11.H03") -> None:
        """Begin empty."""
        super().__init__()
        self.unit = unit
        #: Sessions that still count; clear it to let every session run out.
        self.sessions: set[str] = set()
        #: What waits to be fetched: rows with MaBanGhi, DonViNhan, ThoiDiem and HoSo or TienDo.
        self.outgoing: list[dict[str, Any]] = []
        #: MaBanGhi of what was confirmed as fetched.
        self.fetched: list[str] = []

    def routes(self) -> list[Route]:
        """Return login and the one address."""
        return [
            Route("/login", self._log_in, methods=["POST"]),
            Route("/dichvu", self._serve, methods=["POST"]),
        ]

    def options(self, address: str, folder: Path) -> dict[str, Any]:
        """Return options for the adapter `one_stop`."""
        return {
            "address": address,
            "unit": self.unit,
            "username_file": self.write_secret(folder, "one-stop.user", self.username),
            "password_file": self.write_secret(folder, "one-stop.password", self.password),
        }

    def find(self, transaction: str) -> list[dict[str, Any]]:
        """Return the rows taken under the bus's identifier `transaction`."""
        return [record for record in self.records if record.get("MaGiaoDich") == transaction]

    def enter_dossier(self, row: dict[str, Any], recipients: Sequence[str] = ()) -> str:
        """Let an officer enter a dossier (fields as in DongBoHoSoMC) for `recipients`; return its MaBanGhi."""
        return self._put_out("HoSo", row, recipients)

    def enter_progress(self, row: dict[str, Any], recipients: Sequence[str] = (), reply_to: str = "") -> str:
        """Let an officer report progress (fields as in CapNhatTienDoHoSoMC); return its MaBanGhi."""
        return self._put_out("TienDo", row, recipients, reply_to)

    def _put_out(self, kind: str, row: dict[str, Any], recipients: Sequence[str], reply_to: str = "") -> str:
        row_id = str(len(self.outgoing) + 1)
        self.outgoing.append(
            {
                "MaBanGhi": row_id,
                "DonViNhan": list(recipients),
                "ThoiDiem": f"{datetime.now(VIETNAM):%Y%m%d%H%M%S}",
                "TraLoiThongDiep": reply_to,
                kind: row,
            }
        )
        return row_id

    async def _log_in(self, request: Request) -> Response:
        wanted = await request.json()
        if (wanted.get("username"), wanted.get("password")) != (self.username, self.password):
            return JSONResponse({"session": "", "error_code": "3"})
        session = secrets.token_urlsafe(16)
        self.sessions.add(session)
        return JSONResponse({"session": session, "error_code": "0"})

    async def _serve(self, request: Request) -> Response:
        wanted = await request.json()
        if wanted.get("session") not in self.sessions:
            return _answer("-3", "Phiên làm việc hết hạn, đề nghị đăng nhập lại")
        service, rows = wanted["service"], wanted["data"]
        if service == "LayHoSoMoi":
            waiting = [row for row in self.outgoing if row["MaBanGhi"] not in self.fetched]
            return JSONResponse({"error_code": "0", "message": "", "data": waiting})
        if service == "XacNhanDaNhan":
            self.fetched.extend(row["MaBanGhi"] for row in rows)
            return _answer("0", "Thành công")
        if service not in _KEYS:
            return _answer("3", f"Dịch vụ không tồn tại: {service}")
        if self.fault is Fault.REFUSE:
            return _answer("3", f"Dữ liệu không hợp lệ (session {wanted['session']})")
        return self._store(service, rows, updating=wanted["isUpdating"] == "True")

    def _store(self, service: str, rows: list[dict[str, Any]], *, updating: bool) -> Response:
        for row in rows:
            key = [row.get(name) for name in _KEYS[service]]
            if not all(key):
                return _answer("3", f"Thiếu dữ liệu bắt buộc: {', '.join(_KEYS[service])}")
            same = [
                record
                for record in self.records
                if record["service"] == service and [record.get(name) for name in _KEYS[service]] == key
            ]
            if same and not updating:
                return _answer("-3", f"{key[0]} đã tồn tại")
            for record in same:
                self.records.remove(record)
            self.records.append({"service": service, **row})
        return _answer("0", "Thành công", str(len(self.records)))


def _answer(code: str, words: str, reference: str = "") -> JSONResponse:
    return JSONResponse({"error_code": code, "message": words, "ma_tiep_nhan": reference})


if __name__ == "__main__":
    main(OneStop, "A pretended one-stop system")
