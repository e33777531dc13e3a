"""Making a seal last: XAdES-T and -LT (ETSI EN 319 132-1), by what may stand unsigned beside what was signed.

The seal itself keeps every byte; the properties are put in before its end and can be taken out again. They are written
in one form and read back in that form alone.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.serialization import Encoding

from signing import names
from signing.errors import NotSignable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cryptography import x509

#: Lists of revoked certificates may be long; a seal with more than this is no seal of ours.
LIMIT_BYTES: Final = 64 << 20

_END: Final = b"</xades:QualifyingProperties></Object></Signature>"
_OPEN: Final = b"<xades:UnsignedProperties><xades:UnsignedSignatureProperties>"
_CLOSE: Final = b"</xades:UnsignedSignatureProperties></xades:UnsignedProperties>"
_STAMP: Final = (
    "<xades:SignatureTimeStamp>"
    f'<ds:CanonicalizationMethod xmlns:ds="{names.DSIG}" Algorithm="{names.EXCLUSIVE}"></ds:CanonicalizationMethod>'
    "<xades:EncapsulatedTimeStamp>%b</xades:EncapsulatedTimeStamp></xades:SignatureTimeStamp>"
).encode()
_VALUE: Final = re.compile(rb"</SignedInfo><SignatureValue>([A-Za-z0-9+/=]+)</SignatureValue><KeyInfo>")
_STAMPED: Final = f'<SignatureValue xmlns="{names.DSIG}">%b</SignatureValue>'.encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """What lets a seal be judged when its certificates have ended and nobody answers any more. All of it DER."""

    #: TimeStampTokens over the seal's signature value.
    stamps: tuple[bytes, ...] = field(default=(), repr=False)
    #: Every certificate that the chains of seal and stamps need.
    certificates: tuple[bytes, ...] = field(default=(), repr=False)
    #: CertificateLists.
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    #: OCSPResponses.
    answers: tuple[bytes, ...] = field(default=(), repr=False)


def stamped_octets(seal: bytes) -> bytes:
    """Return what a time stamp of `seal` is made over: SignatureValue in exclusive canonical form.

    Raises NotSignable for what is no seal of ours.
    """
    value = _VALUE.search(seal)
    if value is None:
        raise NotSignable("not a seal of this bus")
    return _STAMPED % value[1]


def lengthen(
    seal: bytes,
    *,
    stamp: bytes | None = None,
    certificates: Iterable[x509.Certificate] = (),
    crls: Iterable[bytes] = (),
    answers: Iterable[bytes] = (),
) -> bytes:
    """Return `seal` with these added to what it carries already: as XAdES-T with a `stamp`, as -LT with all.

    Raises NotSignable for what is no seal of ours.
    """
    bare, held = split_seal(seal)
    if not bare.endswith(_END) or _VALUE.search(bare) is None:
        raise NotSignable("not a seal of this bus")
    added = Lasting(
        stamps=_all(held.stamps, () if stamp is None else (stamp,)),
        certificates=_all(held.certificates, (one.public_bytes(Encoding.DER) for one in certificates)),
        crls=_all(held.crls, crls),
        answers=_all(held.answers, answers),
    )
    return bare.removesuffix(_END) + _written(added) + _END


def split_seal(seal: bytes) -> tuple[bytes, Lasting]:
    """Return the seal as it was made, and what was added to it since. Raises NotSignable when that is misshapen."""
    begin, end = seal.find(_OPEN), seal.rfind(_CLOSE) + len(_CLOSE)
    if begin < 0:
        return seal, Lasting()
    added = seal[begin:end]
    held = Lasting(
        stamps=_held(added, b"TimeStamp"),
        certificates=_held(added, b"X509Certificate"),
        crls=_held(added, b"CRLValue"),
        answers=_held(added, b"OCSPValue"),
    )
    if len(seal) > LIMIT_BYTES or seal[end:] != _END or _written(held) != added:
        raise NotSignable("what was added to the seal is not in the form that this bus writes")
    return seal[:begin] + _END, held


def _all(before: tuple[bytes, ...], more: Iterable[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys((*before, *more)))


def _held(added: bytes, what: bytes) -> tuple[bytes, ...]:
    found = re.findall(rb"<xades:Encapsulated%b>([A-Za-z0-9+/=]+)</" % what, added)
    try:
        return tuple(base64.b64decode(one, validate=True) for one in found)
    except ValueError as error:
        raise NotSignable(str(error)) from None


def _written(held: Lasting) -> bytes:
    lists = _group(b"CRLValues", _each(b"CRLValue", held.crls)) + _group(
        b"OCSPValues", _each(b"OCSPValue", held.answers)
    )
    return b"%b%b%b%b%b" % (
        _OPEN,
        b"".join(_STAMP % base64.b64encode(stamp) for stamp in held.stamps),
        _group(b"CertificateValues", _each(b"X509Certificate", held.certificates)),
        _group(b"RevocationValues", lists),
        _CLOSE,
    )


def _each(what: bytes, values: tuple[bytes, ...]) -> bytes:
    form = b"<xades:Encapsulated%b>%b</xades:Encapsulated%b>"
    return b"".join(form % (what, base64.b64encode(value), what) for value in values)


def _group(name: bytes, content: bytes) -> bytes:
    return b"<xades:%b>%b</xades:%b>" % (name, content, name) if content else b""
