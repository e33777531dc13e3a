"""A document that walked the whole way, and its evidence: made once for a run, from the bus's own parts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from lgsp.container.contents import COVER
from lgsp.container.export import export
from lgsp.container.verification import verify_container
from lgsp.container.zipped import pack, unpack
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt
from lgsp.model.envelope import Arrival
from lgsp.upkeep.notary import Notary
from signing import Anchor, Authorities, cover, read_certificates
from tests.builders import COMMITTEE, DEPARTMENT, a_document, a_status
from tests.province import Province, _authority, an_agency, make_province
from tests.services.time_authority import a_root, by_openssl

if TYPE_CHECKING:
    from collections.abc import Callable

    from lgsp.assembly import Assembly
    from lgsp.container.words import Report
    from lgsp.evidence import Head
    from lgsp.store.views import Held

NOW: Final = datetime.now(UTC)
#: Later than any certificate here lasts.
YEARS: Final = timedelta(days=365 * 30)


@dataclass(frozen=True, kw_only=True)
class World:
    """A bus with something in its log."""

    province: Province
    bus: Assembly
    held: Held
    #: What its recipient reported about it: arrived, in a file that nobody signed; accepted, signed.
    statuses: tuple[Held, ...]
    #: The heads signed on the way, the first with a time stamp.
    heads: tuple[Head, ...]

    def packed(self, *, erased: bool = False, **more: Any) -> bytes:
        """Return the evidence of the document; `more` are arguments of `export`."""
        held = replace(self.held, octets=b"") if erased else self.held
        more = {"statuses": self.statuses, **more}
        return b"".join(export(held, self.bus.log, self.bus.keys.current(), NOW, **more))

    @property
    def times(self) -> Authorities:
        """The authorities of time alone."""
        return Authorities(anchors=self.anchors[1:])

    @property
    def anchors(self) -> tuple[Anchor, ...]:
        """The authorities of people and of time, as a judge would name them."""
        files = {"people": self.province.keys / "authority.crt", "time": self.province.keys / "time.crt"}
        return tuple(Anchor(name=name, certificates=read_certificates([file])) for name, file in files.items())


@cache
def a_world() -> World:
    """Let a document be accepted, delivered and answered; sign a head after each, the first time-stamped."""
    province = make_province(Path(mkdtemp(prefix="lgsp-evidence-")), [an_agency(COMMITTEE), an_agency(DEPARTMENT)])
    (province.keys / "time.crt").write_bytes(a_root().certificate)
    bus = province.assembly()
    sender, recipient = AgencyCode(COMMITTEE), AgencyCode(DEPARTMENT)
    identifier = accepted(bus, province.signed(a_document(), sender), sender)
    notary = Notary(bus.leaves, bus.keys, head_every_seconds=0)
    heads = [_head(bus, notary, stamped=True)]
    bus.relay.forward()
    heads.append(_head(bus, notary))
    about = bus.views.trace(identifier)[0].document_id
    arrived = accepted(bus, a_status(about=about, code="01"), recipient)
    registered = accepted(bus, province.signed(a_status(about=about), recipient), recipient)
    heads.append(_head(bus, notary))
    held, *statuses = map(bus.views.document, (identifier, arrived, registered))
    assert held is not None
    told = tuple(status for status in statuses if status is not None)
    return World(province=province, bus=bus, held=held, statuses=told, heads=tuple(heads))


def authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return the key and the certificate of the authority of people and bus."""
    made = _authority()
    private = load_pem_private_key(made.key, password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return private, x509.load_pem_x509_certificate(made.certificate)


def a_token(data: bytes) -> bytes:
    """Return a time stamp over `data`, made by openssl."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256(data).digest()}
    question = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True, "nonce": 7})
    answer = tsp.TimeStampResp.load(by_openssl()(question.dump()))
    token: bytes = answer["time_stamp_token"].dump()
    return token


def accepted(bus: Assembly, octets: bytes, sender: AgencyCode) -> str:
    """Hand octets in and return the dispatch id."""
    arrival = Arrival(octets=octets, caller=sender, door="soap", correlation="c", arrived=datetime.now(UTC))
    (answer,) = bus.intake.accept([arrival])
    assert isinstance(answer, Receipt), answer
    return answer.dispatch_id


def _head(bus: Assembly, notary: Notary, *, stamped: bool = False) -> Head:
    notary.sweep()
    head = bus.log.newest()
    assert head is not None
    if stamped:
        bus.leaves.stamp(head.size, a_token(head.text))
    again = bus.log.newest()
    assert again is not None
    return again


def judged(container: bytes, world: World, *, trusting: bool = True, at: datetime | None = None, **kept: Any) -> Report:
    anchors = world.anchors if trusting else ()
    return verify_container(container, anchors=anchors, at=at or datetime.now(UTC), **kept)


def told(report: Report, weight: str) -> str:
    """Return what is said under one heading, a line each."""
    return "\n".join(f"{', '.join(one.files)}: {one.text.en}" for one in report.findings if one.weight == weight)


def forged(world: World, change: Callable[[dict[str, bytes]], None], **more: Any) -> bytes:
    """Return the container changed by one who holds the bus's own key: every checksum and the cover fit again."""
    files = unpack(world.packed(**more))
    del files[COVER]
    change(files)
    return b"".join(pack({**files, COVER: cover(files, world.bus.keys.current(), NOW)}))


def changed(container: bytes, at: int, mask: int) -> bytes:
    return container[:at] + bytes([container[at] ^ mask]) + container[at + 1 :]
