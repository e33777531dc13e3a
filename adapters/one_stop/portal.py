"""Dossiers, progress and documents in the field names of the national service portal, both ways.

Dates are yyyyMMddHHmmss in Vietnam's time and numbers are texts there. Fields that the bus knows nothing of are left
out: the system keeps what it has.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

from adapters.dialect.answer import say
from adapters.dialect.dates import read_moment, write_moment
from lgsp.sdk import Applicant, DocumentHeader, Dossier, DossierFile, Fee, Progress, StatusHeader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from lgsp.sdk import Delivery

_FORM: Final = "%Y%m%d%H%M%S"
_SUBJECT_LIMIT: Final = 1000
#: `LoaiDinhDanh`: 1 personal number of twelve digits, 2 old card of nine.
_PERSONAL_NUMBER_LENGTH: Final = 12

Row = dict[str, Any]


def dossier_row(dossier: Dossier) -> Row:
    """Return a row of `DongBoHoSoMC`."""
    applicant = dossier.applicant
    return {
        "MaHoSo": dossier.number,
        "MaTTHC": dossier.procedure_code,
        "TenTTHC": dossier.procedure_name,
        "KenhThucHien": str(dossier.channel),
        "ChuHoSo": applicant.name,
        "LoaiDoiTuong": str(applicant.kind),
        "Email": applicant.email,
        "SoDienThoai": applicant.telephone,
        "DiaChi": applicant.address,
        "DinhDanhCHS": {
            "LoaiDinhDanh": "1" if len(applicant.identity) == _PERSONAL_NUMBER_LENGTH else "2",
            "SoDinhDanh": applicant.identity,
        },
        "TrichYeuHoSo": dossier.subject[:_SUBJECT_LIMIT],
        "NgayTiepNhan": _moment(dossier.received),
        "NgayHenTra": _moment(dossier.due),
        "TrangThaiHoSo": str(dossier.state),
        "DonViXuLy": dossier.unit,
        "GhiChu": dossier.note,
        "TaiLieuNop": [
            {"TepDinhKemId": str(at), "IsDeleted": "False", **_file_row(file)}
            for at, file in enumerate(dossier.attachments, start=1)
        ],
        "DanhSachLePhi": [
            {"TenPhiLePhi": fee.name, "MaPhiLePhi": fee.code, "HinhThucThu": str(fee.collected), "Gia": str(fee.amount)}
            for fee in dossier.fees
        ],
    }


def progress_row(progress: Progress) -> Row:
    """Return a row of `CapNhatTienDoHoSoMC`."""
    return {
        "MaHoSo": progress.number,
        "NguoiXuLy": progress.officer,
        "ChucDanh": progress.title,
        "ThoiDiemXuLy": _moment(progress.time),
        "PhongBanXuLy": progress.unit,
        "NoiDungXuLy": progress.note,
        "TrangThai": str(progress.state),
        "DanhSachGiayToKetQua": [_file_row(file) for file in progress.results],
    }


def document_row(delivery: Delivery, header: DocumentHeader) -> Row:
    """Return a row for a document: what a clerk reads, the files, and the whole envelope as its sender wrote it."""
    envelope = delivery.envelope
    return {
        "MaVanBan": envelope.document_id,
        "DonViGui": envelope.sender,
        "SoKyHieu": f"{header.number}/{header.notation}",
        "NgayBanHanh": header.promulgated,
        "TrichYeu": envelope.subject,
        "MucDoKhan": str(header.priority),
        "TepDinhKem": [
            {"TenTepDinhKem": file.name, "LoaiTep": file.content_type, "Base64": _base64(file.content())}
            for file in envelope.attachments
        ],
        "GoiTinGoc": _base64(envelope.octets),
    }


def status_row(delivery: Delivery, header: StatusHeader) -> Row:
    """Return a row for a status: what became of a document that the agency sent."""
    return {
        "MaVanBan": header.subject.document_id,
        "SoKyHieu": header.subject.code,
        "DonViBao": delivery.envelope.sender,
        "TrangThai": header.code,
        "LyDo": header.reason,
        "ThoiDiem": header.reported,
    }


def read_dossier_row(row: Mapping[str, Any]) -> Dossier:
    """Return the dossier in a row. Raises ValueError, naming the field, for what is missing or no value."""
    identity = row.get("DinhDanhCHS") or {}
    return Dossier(
        number=_needed(row, "MaHoSo"),
        procedure_code=_needed(row, "MaTTHC"),
        procedure_name=_needed(row, "TenTTHC"),
        channel=int(_needed(row, "KenhThucHien")),
        applicant=Applicant(
            name=_needed(row, "ChuHoSo"),
            kind=int(_text(row, "LoaiDoiTuong") or 1),
            identity=_text(identity, "SoDinhDanh"),
            telephone=_text(row, "SoDienThoai"),
            email=_text(row, "Email"),
            address=_text(row, "DiaChi"),
        ),
        subject=_text(row, "TrichYeuHoSo"),
        received=moment(row, "NgayTiepNhan"),
        due=moment(row, "NgayHenTra") if _text(row, "NgayHenTra") else None,
        state=int(_text(row, "TrangThaiHoSo") or 2),
        unit=_text(row, "DonViXuLy"),
        note=_text(row, "GhiChu"),
        attachments=tuple(_file(file) for file in row.get("TaiLieuNop") or () if _text(file, "IsDeleted") != "True"),
        fees=tuple(_fee(fee) for fee in row.get("DanhSachLePhi") or ()),
    )


def read_progress_row(row: Mapping[str, Any]) -> Progress:
    """Return the progress in a row. Raises ValueError, naming the field, as above."""
    return Progress(
        number=_needed(row, "MaHoSo"),
        state=int(_needed(row, "TrangThai")),
        officer=_needed(row, "NguoiXuLy"),
        title=_text(row, "ChucDanh"),
        unit=_text(row, "PhongBanXuLy"),
        time=moment(row, "ThoiDiemXuLy"),
        note=_text(row, "NoiDungXuLy"),
        results=tuple(_file(file) for file in row.get("DanhSachGiayToKetQua") or ()),
    )


def moment(row: Mapping[str, Any], name: str) -> datetime:
    """Return the moment in a field. Raises ValueError, naming it."""
    found = read_moment(_needed(row, name))
    if found is None:
        raise ValueError(name)
    return found


def _file_row(file: DossierFile) -> Row:
    return {
        "TenTepDinhKem": file.name,
        "LoaiTep": file.content_type,
        "MaThanhPhanHoSo": file.code,
        "DuongDanTaiTepTin": file.link,
        "Base64": _base64(file.content),
    }


def _file(row: Mapping[str, Any]) -> DossierFile:
    return DossierFile(
        name=_needed(row, "TenTepDinhKem"),
        content_type=_text(row, "LoaiTep") or "application/pdf",
        code=_text(row, "MaThanhPhanHoSo"),
        link=_text(row, "DuongDanTaiTepTin"),
        content=b64decode(_text(row, "Base64"), validate=True),
    )


def _fee(row: Mapping[str, Any]) -> Fee:
    return Fee(
        name=_needed(row, "TenPhiLePhi"),
        amount=int(_needed(row, "Gia")),
        code=_text(row, "MaPhiLePhi"),
        collected=int(_text(row, "HinhThucThu") or 1),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    return say(row.get(name)).strip()


def _needed(row: Mapping[str, Any], name: str) -> str:
    if text := _text(row, name):
        return text
    raise ValueError(name)


def _moment(value: datetime | None) -> str:
    return "" if value is None else write_moment(value, _FORM)


def _base64(content: bytes) -> str:
    return b64encode(content).decode("ascii")
