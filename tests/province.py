"""A province in a folder, made anew for each run: an authority, keys, agencies, secrets and a configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Final

from cryptography import x509

from lgsp.assembly import Assembly
from lgsp.model.agency import Agency, AgencyCode
from lgsp.settings import load
from lgsp.store import upgrade
from signing import EDXML_RULES, KeyKind, PemKey, make_authority, make_certificate, sign_enveloped, write_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from signing import Made, SigningKey

_CONFIG: Final = """\
[store]
url = "{store}"
[transport]
url = "{transport}"
[http]
bind = "127.0.0.1:{port}"
[keys]
seal_key = "{keys}/bus.key"
seal_certificate = "{keys}/bus.crt"
seal_keys = "{keys}/seal"
agencies = "{keys}"
[trust]
authorities = ["{keys}/authority.crt"]
{more}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Province:
    """What the people of a province hold in their hands."""

    folder: Path
    config: Path
    #: `<agency code>.key` and `.crt`.
    keys: Path
    agencies: tuple[Agency, ...]
    #: Agency -> (system id, secret), as the bus gave them.
    secrets: Mapping[AgencyCode, tuple[str, str]] = field(repr=False)
    _keys: dict[AgencyCode, SigningKey] = field(repr=False, default_factory=dict)

    def key(self, code: AgencyCode) -> SigningKey:
        """Return the key that an agency's own software signs with."""
        if code not in self._keys:
            self._keys[code] = PemKey(self._file(code, "key"), self._file(code, "crt")).current()
        return self._keys[code]

    def signed(self, octets: bytes, sender: AgencyCode) -> bytes:
        """Return an edXML envelope with its sender's signature."""
        return sign_enveloped(octets, self.key(sender), EDXML_RULES)

    def assembly(self) -> Assembly:
        """Return the plan of a bus for this province; the caller closes it."""
        return Assembly(load(self.config))

    def _file(self, code: str, suffix: str) -> Path:
        return self.keys / f"{code}.{suffix}"


def make_province(
    folder: Path,
    agencies: Iterable[Agency],
    *,
    store: str = "sqlite:///lgsp.db",
    transport: str = "embedded:",
    port: int = 0,
    kind: KeyKind = KeyKind.P_256,
    more: str = "",
    keys: Path | None = None,
) -> Province:
    """Make a province in `folder`.

    `more` is further TOML tables of its configuration. `keys` is a folder to share with other provinces: what is
    there already is used.
    """
    agencies = tuple(agencies)
    folder.mkdir(parents=True, exist_ok=True)
    keys = keys or folder / "keys"
    keys.mkdir(exist_ok=True)
    (keys / "authority.crt").write_bytes(_authority().certificate)
    _hold(keys, "bus", "LGSP tỉnh thử nghiệm", KeyKind.P_256)
    config = folder / "lgsp.toml"
    config.write_text(
        _CONFIG.format(store=store, transport=transport, port=port, keys=keys, more=more), encoding="utf-8"
    )
    secrets = {}
    assembly = Assembly(load(config))
    try:
        upgrade(assembly.engine)
        for agency in agencies:
            certificate = _hold(keys, agency.code, agency.name, kind)
            assembly.directory.add(agency)
            assembly.directory.bind(agency.code, x509.load_pem_x509_certificate(certificate))
            secrets[agency.code] = assembly.directory.give_secret(agency.code)
    finally:
        assembly.close()
    return Province(folder=folder, config=config, keys=keys, agencies=agencies, secrets=secrets)


def an_agency(code: str, adapter: str = "mailbox", **options: object) -> Agency:
    """Return an agency with a name made of its code."""
    return Agency(code=AgencyCode(code), name=f"Đơn vị {code}", adapter=adapter, options=options)


@cache
def _authority() -> Made:
    return make_authority("CA thử nghiệm")


def _hold(keys: Path, file: str, name: str, kind: KeyKind) -> bytes:
    """Return the certificate kept as `file`; make it with its key when it is not there."""
    certificate = keys / f"{file}.crt"
    if not certificate.exists():
        made = make_certificate(_authority(), name, kind=kind)
        write_private(keys / f"{file}.key", made.key)
        certificate.write_bytes(made.certificate)
    return certificate.read_bytes()
