"""The province in a folder: keys and certificates of 2020, a directory, a configuration. A bus can be run on it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final

from cryptography import x509

from lgsp.assembly import Assembly
from lgsp.attachment_rules import patience_of
from lgsp.model.agency import Agency
from lgsp.settings import load
from lgsp.simulate.plan import LISTED
from lgsp.simulate.units import PROVINCE
from lgsp.store import Ledger, upgrade
from signing import Made, PemKey, make_authority, make_certificate, write_private
from signing.making import Term

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from lgsp.model.agency import AgencyCode
    from lgsp.simulate.units import Unit
    from signing import SigningKey

#: Made for the year in which they sign, and good while somebody looks at the result.
_TERM: Final = Term(start=datetime(2019, 12, 1, tzinfo=UTC), days=3650)
_CONFIG: Final = """\
# A simulated province. Its documents are of 2020, its codes and names are made up.
[store]
url = "{store}"
[keys]
seal_key = "keys/bus.key"
seal_certificate = "keys/bus.crt"
seal_keys = "keys/seal"
agencies = "keys"
[trust]
authorities = ["keys/authority.crt"]
# Communes without a token yet: their documents are for information (QĐ 28/2018/QĐ-TTg Điều 4).
[[trust.admission]]
verdict = "absent"
outcome = "for-information"
kind = "document"
[rules]
paper_types = {types}
[reports]
province = {province}
postal_file = "postal.csv"
"""


class Clock:
    """What time it is in the province."""

    def __init__(self) -> None:
        """Begin with now."""
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.now


class Imagined(Assembly):
    """The bus as it is, but for its ledger's clock."""

    @cached_property
    def clock(self) -> Clock:
        """What time it is in the province."""
        return Clock()

    @cached_property
    def ledger(self) -> Ledger:
        """The memory that the walks write into."""
        patience = timedelta(hours=self.settings.lifecycle.answer_hours)
        return Ledger(
            self.engine, examination=patience_of(self.settings.attachments), patience=patience, clock=self.clock
        )


def configured(folder: Path, store: str) -> Path:
    """Write the configuration and the bus's own keys, unless they are there; return its file."""
    file = folder / "lgsp.toml"
    if not file.exists():
        (folder / "keys").mkdir(parents=True, exist_ok=True)
        types, province = (str(list(words)).replace("'", '"') for words in (LISTED, PROVINCE))
        file.write_text(_CONFIG.format(store=store, types=types, province=province), encoding="utf-8")
        authority = make_authority("CA của tỉnh mô phỏng", term=_TERM)
        _keep(folder, "authority", authority)
        _keep(folder, "bus", make_certificate(authority, "LGSP tỉnh mô phỏng", term=_TERM))
    return file


def founded(config: Path, bodies: Iterable[Unit], told: Callable[[Iterable[Unit]], Iterable[Unit]]) -> Imagined:
    """Return a bus whose directory holds every body, with a key for each that has none."""
    bus = Imagined(load(config))
    upgrade(bus.engine)
    known = {agency.code for agency in bus.directory.agencies()}
    authority = _authority(config.parent)
    for body in told([body for body in bodies if body.code not in known]):
        made = make_certificate(authority, body.name, term=_TERM)
        _keep(config.parent, body.code, made)
        agency = Agency(code=body.code, name=body.name, level=body.level, bloc=body.bloc)
        bus.directory.register(agency, x509.load_pem_x509_certificates(made.certificate)[:1])
    return bus


class Keys:
    """What the bodies' own software signs with, loaded once."""

    def __init__(self, folder: Path) -> None:
        """Read keys from `folder` when they are needed."""
        self._folder = folder
        self._held: dict[str, SigningKey] = {}

    def of(self, code: AgencyCode) -> SigningKey:
        """Return a body's key."""
        if code not in self._held:
            self._held[code] = PemKey(self._folder / f"{code}.key", self._folder / f"{code}.crt").current()
        return self._held[code]


def postal(scale: float) -> Iterator[str]:
    """Yield the lines of what 49 post offices declare; at scale 1 the totals of 2019, which do not add up."""
    items, received, returned = (round(total * scale) for total in (36_862, 16_941, 19_741))
    yield "office,items,received,returned"
    offices = 49
    for number in range(offices):
        name = "Bưu điện tỉnh" if number == 0 else f"Điểm bưu chính Mẫu {number}"
        parts = (
            (total * (number + 1)) // offices - (total * number) // offices for total in (items, received, returned)
        )
        yield f"{name},{','.join(map(str, parts))}"


def _authority(folder: Path) -> Made:
    keys = folder / "keys"
    return Made(key=(keys / "authority.key").read_bytes(), certificate=(keys / "authority.crt").read_bytes())


def _keep(folder: Path, name: str, made: Made) -> None:
    key = folder / "keys" / f"{name}.key"
    key.unlink(missing_ok=True)
    write_private(key, made.key)
    (folder / "keys" / f"{name}.crt").write_bytes(made.certificate)
