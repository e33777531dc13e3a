"""A province in a folder: an authority, keys, agencies and a configuration, made anew for each demonstration."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509

from lgsp.assembly import Assembly
from lgsp.model.agency import Agency, AgencyCode, Level
from lgsp.settings import load
from lgsp.store import upgrade
from signing import KeyKind, Made, PemKey, make_authority, make_certificate, write_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from signing import SigningKey

COMMITTEE: Final = AgencyCode("000.00.00.H03")
DEPARTMENT: Final = AgencyCode("000.00.11.H03")
ONE_STOP: Final = AgencyCode("000.00.12.H03")
COMMUNE: Final = AgencyCode("000.20.31.H03")
FINANCE: Final = AgencyCode("000.00.00.G12")
JUSTICE: Final = AgencyCode("000.00.00.G15")

NAMES: Final[Mapping[AgencyCode, tuple[str, Level]]] = {
    COMMITTEE: ("UBND tỉnh", Level.PROVINCE),
    DEPARTMENT: ("Sở Thông tin và Truyền thông", Level.PROVINCE),
    ONE_STOP: ("Trung tâm Phục vụ hành chính công", Level.PROVINCE),
    COMMUNE: ("UBND xã Mẫu", Level.COMMUNE),
    FINANCE: ("Bộ Tài chính", Level.CENTRAL),
    JUSTICE: ("Bộ Tư pháp", Level.CENTRAL),
}

_CONFIG = """\
[store]
url = "sqlite:///lgsp.db"
directory_refresh_seconds = 1.0
[http]
bind = "127.0.0.1:{port}"
[keys]
seal_key = "keys/bus.key"
seal_certificate = "keys/bus.crt"
seal_keys = "keys/seal"
agencies = "keys"
[trust]
authorities = ["keys/authority.crt"]
[delivery]
collect_every_seconds = 0.5
"""


@dataclass(slots=True, kw_only=True)
class Province:
    """What the demonstration holds in its hands."""

    folder: Path
    config: Path
    assembly: Assembly
    #: Agency -> the file that holds its system's secret.
    secrets: dict[AgencyCode, Path] = field(default_factory=dict)

    def key(self, code: AgencyCode) -> SigningKey:
        """Return the key that an agency's own software signs with."""
        return PemKey(self.folder / "keys" / f"{code}.key", self.folder / "keys" / f"{code}.crt").current()


def clear(folder: Path) -> Path:
    """Empty the folder, lay out the places in it, and return it, absolute."""
    shutil.rmtree(folder, ignore_errors=True)
    for place in ("keys", "commune", "receipts"):
        (folder / place).mkdir(parents=True)
    (folder / "secrets").mkdir(mode=0o700)
    return folder.resolve()


def make_province(folder: Path, port: int, systems: Mapping[AgencyCode, tuple[str, Mapping[str, Any]]]) -> Province:
    """Make the province in a cleared folder. `systems`: agency -> its adapter and options."""
    config = folder / "lgsp.toml"
    config.write_text(_CONFIG.format(port=port), encoding="utf-8")
    authority = make_authority("CA thử nghiệm của tỉnh")
    (folder / "keys" / "authority.crt").write_bytes(authority.certificate)
    _write_key(folder, "bus", make_certificate(authority, "LGSP tỉnh"))
    province = Province(folder=folder, config=config, assembly=Assembly(load(config)))
    upgrade(province.assembly.engine)
    for code, (name, level) in NAMES.items():
        adapter, options = systems.get(code, ("mailbox", {}))
        province.assembly.directory.add(
            Agency(code=code, name=name, level=level, adapter=adapter, options=dict(options))
        )
        _equip(province, authority, code, name)
    return province


def _equip(province: Province, authority: Made, code: AgencyCode, name: str) -> None:
    """Give an agency a signing key bound to it, and its system a secret. RSA, as agencies' tokens hold today."""
    made = make_certificate(authority, name, kind=KeyKind.RSA_2048)
    _write_key(province.folder, code, made)
    province.assembly.directory.bind(code, x509.load_pem_x509_certificate(made.certificate))
    _, secret = province.assembly.directory.give_secret(code)
    province.secrets[code] = province.folder / "secrets" / code
    write_private(province.secrets[code], secret.encode())


def _write_key(folder: Path, name: str, made: Made) -> None:
    write_private(folder / "keys" / f"{name}.key", made.key)
    (folder / "keys" / f"{name}.crt").write_bytes(made.certificate)
