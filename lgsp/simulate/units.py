"""The bodies of the province: 621 in three blocs, 132 of them with a one-stop desk, and some outside."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING, Final

from lgsp.model.agency import AgencyCode, Bloc, Level

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Level-1 codes of the province: government, Party, mass organisations. The last two are made up.
PROVINCE: Final = ("H03", "A44", "D44")
GOVERNMENT: Final = AgencyCode("000.00.00.G22")
_DISTRICTS: Final = 8
_COMMUNES: Final = 108
_UNITS: Final = 621

_DEPARTMENTS: Final = (
    *("Văn phòng UBND tỉnh", "Sở Nội vụ", "Sở Tư pháp", "Sở Tài chính", "Sở Kế hoạch và Đầu tư", "Sở Xây dựng"),
    *("Sở Giao thông vận tải", "Sở Công Thương", "Sở Khoa học và Công nghệ", "Sở Giáo dục và Đào tạo", "Sở Y tế"),
    *("Sở Nông nghiệp và Phát triển nông thôn", "Sở Tài nguyên và Môi trường", "Sở Thông tin và Truyền thông"),
    *("Sở Văn hóa, Thể thao và Du lịch", "Sở Lao động - Thương binh và Xã hội"),
)
_COMMITTEES: Final = (
    *("Văn phòng Tỉnh ủy", "Ban Tổ chức Tỉnh ủy", "Ban Tuyên giáo Tỉnh ủy", "Ban Dân vận Tỉnh ủy"),
    *("Ban Nội chính Tỉnh ủy", "Ủy ban Kiểm tra Tỉnh ủy", "Trường Chính trị tỉnh", "Báo tỉnh"),
    *("Đảng ủy Khối cơ quan tỉnh", "Đảng ủy Quân sự tỉnh", "Đảng ủy Công an tỉnh", "Đảng ủy Biên phòng tỉnh"),
)
_UNIONS: Final = (
    *("Ủy ban MTTQ Việt Nam", "Hội Nông dân", "Hội Liên hiệp Phụ nữ", "Hội Cựu chiến binh"),
    "Đoàn TNCS Hồ Chí Minh",
)
_OUTSIDE: Final = (
    ("000.00.00.G22", "Văn phòng Chính phủ"),
    ("000.00.00.G12", "Bộ Tài chính"),
    ("000.00.00.G15", "Bộ Tư pháp"),
    ("000.00.00.G24", "Bộ Y tế"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A body."""

    code: AgencyCode
    name: str
    level: Level
    bloc: Bloc
    #: Whether it has a one-stop desk.
    desk: bool = False

    @property
    def outside(self) -> bool:
        """Whether it is not of the province."""
        return self.level is Level.CENTRAL


def units() -> tuple[Unit, ...]:
    """Return all bodies of the province, and those outside that it writes to."""
    own = (*_government(), *_party())
    unions = islice(_mass_organisations(), _UNITS - len(own))
    outside = (
        Unit(code=AgencyCode(code), name=name, level=Level.CENTRAL, bloc=Bloc.GOVERNMENT) for code, name in _OUTSIDE
    )
    return (*own, *unions, *outside)


def _government() -> Iterator[Unit]:
    for number, name in enumerate(_DEPARTMENTS, 1):
        yield _governing(f"000.00.{number:02}.H03", name, Level.PROVINCE)
    for district in range(1, _DISTRICTS + 1):
        yield _governing(f"000.00.{30 + district}.H03", f"UBND huyện Mẫu {district}", Level.DISTRICT)
    for number, district in _communes():
        yield _governing(f"000.{20 + number // _DISTRICTS}.{30 + district}.H03", f"UBND xã Mẫu {number}", Level.COMMUNE)


def _party() -> Iterator[Unit]:
    for number, name in enumerate(_COMMITTEES, 1):
        yield _other(f"A44.{number:02}", name, Level.PROVINCE, Bloc.PARTY)
    for district in range(1, _DISTRICTS + 1):
        yield _other(f"A44.{30 + district}", f"Huyện ủy Mẫu {district}", Level.DISTRICT, Bloc.PARTY)
    for number, district in _communes():
        yield _other(f"A44.{30 + district}.{number:03}", f"Đảng ủy xã Mẫu {number}", Level.COMMUNE, Bloc.PARTY)


def _mass_organisations() -> Iterator[Unit]:
    bloc = Bloc.MASS_ORGANISATION
    for union, name in enumerate(_UNIONS, 1):
        yield _other(f"D44.{union}", f"{name} tỉnh", Level.PROVINCE, bloc)
    for district, (union, name) in product(range(1, _DISTRICTS + 1), enumerate(_UNIONS, 1)):
        yield _other(f"D44.{union}.{30 + district}", f"{name} huyện Mẫu {district}", Level.DISTRICT, bloc)
    for (number, district), (union, name) in product(_communes(), enumerate(_UNIONS, 1)):
        yield _other(f"D44.{union}.{30 + district}.{number:03}", f"{name} xã Mẫu {number}", Level.COMMUNE, bloc)


def _communes() -> list[tuple[int, int]]:
    """Return number and district of each commune."""
    return [(number, 1 + (number - 1) % _DISTRICTS) for number in range(1, _COMMUNES + 1)]


def _governing(code: str, name: str, level: Level) -> Unit:
    return Unit(code=AgencyCode(code), name=name, level=level, bloc=Bloc.GOVERNMENT, desk=True)


def _other(code: str, name: str, level: Level, bloc: Bloc) -> Unit:
    return Unit(code=AgencyCode(code), name=name, level=level, bloc=bloc)
