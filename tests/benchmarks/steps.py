"""Single steps, alone in this process: CPU of each, as a ratio to the same work by bare libraries in the same run."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from lxml import etree

from signing import (
    EDXML_RULES,
    Authorities,
    HeldKey,
    KeyKind,
    Term,
    make_authority,
    make_certificate,
    seal,
    sign_enveloped,
    verify,
)
from tests.builders import a_document, with_attachment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_ROUNDS: Final = 9
_AT: Final = datetime(2026, 1, 2, tzinfo=UTC)
_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step costs."""

    what: str
    #: CPU milliseconds; of the bare libraries in `floor`.
    cost: float
    floor: float
    #: The most CPU milliseconds that it may take; None where none is set.
    goal: float | None = None

    @property
    def ratio(self) -> float:
        """How many times the floor."""
        return self.cost / self.floor


def steps() -> Iterator[Step]:
    """Measure each step, the floor in turn with it."""
    octets = a_document()
    for kind, goal, times in ((KeyKind.P_256, 0.15, 400), (KeyKind.RSA_3072, None, 40)):
        key, bare = _keys(kind)

        def sealing(key: HeldKey = key) -> object:
            return seal(octets, key, name="document.edxml", at=_AT)

        def floor(bare: Callable[[bytes], bytes] = bare) -> object:
            return bare(hashlib.sha256(octets).digest())

        cost, least = _compared(sealing, floor, times)
        yield Step(what=f"seal with {kind}, against hash and signature alone", cost=cost, floor=least, goal=goal)


def verifying() -> Iterator[Step]:
    """Measure parsing and verifying a signed document, against parsing, canonical form, hash and RSA alone.

    The floor canonicalizes what is signed, without the signature, and no SignedInfo; its key is loaded.
    """
    authority = make_authority("CA")
    made = make_certificate(authority, "UBND", kind=KeyKind.RSA_2048, term=Term(start=_AT))
    key = HeldKey.read(made.key, made.certificate)
    authorities = Authorities(load_pem_x509_certificates(authority.certificate))
    public, value = load_pem_x509_certificates(made.certificate)[0].public_key(), key.sign(b"x")
    scheme, digest = padding.PKCS1v15(), SHA256()
    for size, most, times in ((0, 3.0, 300), (34_000, 2.5, 150), (740_000, 2.0, 15)):
        unsigned = with_attachment(size) if size else a_document()
        octets, bare = sign_enveloped(unsigned, key, EDXML_RULES), _parsed(unsigned)

        def verified(octets: bytes = octets) -> object:
            return verify(_parsed(octets), EDXML_RULES, authorities, datetime.now(UTC))

        def floor(octets: bytes = octets, bare: etree._Element = bare) -> None:
            _parsed(octets)
            hashlib.sha256(etree.tostring(bare, method="c14n", exclusive=True, with_comments=False)).digest()
            public.verify(value, b"x", scheme, digest)  # type: ignore[union-attr, call-arg, arg-type]

        cost, least = _compared(verified, floor, times)
        what = f"verify {len(octets) // 1000} KB, against parse, C14N, hash and RSA"
        yield Step(what=what, cost=cost, floor=least, goal=most * least)


def _parsed(octets: bytes) -> etree._Element:
    return etree.fromstring(octets, _PARSER)


def _keys(kind: KeyKind) -> tuple[HeldKey, Callable[[bytes], bytes]]:
    made = make_certificate(make_authority("CA"), "LGSP", kind=kind)
    private = load_pem_private_key(made.key, password=None)
    held = HeldKey.read(made.key, made.certificate)
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return held, lambda data: private.sign(data, ec.ECDSA(SHA256()))
    return held, lambda data: private.sign(data, padding.PKCS1v15(), SHA256())  # type: ignore[union-attr, call-arg, arg-type]


def _compared(step: Callable[[], object], floor: Callable[[], object], times: int) -> tuple[float, float]:
    """Return the median CPU milliseconds of both, measured in turns so that what disturbs one disturbs the other."""
    rounds = [(_cpu(step, times), _cpu(floor, times)) for _ in range(_ROUNDS)]
    return median(cost for cost, _ in rounds), median(cost for _, cost in rounds)


def _cpu(work: Callable[[], object], times: int) -> float:
    begun = time.process_time()
    for _ in range(times):
        work()
    return 1000 * (time.process_time() - begun) / times
