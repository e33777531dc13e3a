"""Time stamps (RFC 3161): what one proves, judged with no network."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from cryptography import x509
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

if TYPE_CHECKING:
    from datetime import datetime

    from rfc3161_client import TimeStampResponse

    from signing.authorities import Authorities

#: What a sound token with its certificates never reaches.
TOKEN_LIMIT_BYTES = 65_536
_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}
_GRANTED = b"\x30\x03\x02\x01\x00"  # PKIStatusInfo, status granted


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeStamp:
    """That something existed at a time, in the word of an authority that we believe."""

    #: TimeStampToken (RFC 3161), DER: what is kept, and what anybody can verify.
    token: bytes = field(repr=False)
    time: datetime
    #: Subject of the authority's certificate (RFC 4514).
    authority: str


class StampFault(StrEnum):
    """Why a time stamp proves nothing."""

    MALFORMED = "malformed"  # no time stamp, or one of a form that is not allowed
    OTHER_DATA = "other-data"  # made over something else, or with a hash that no longer holds
    UNPROVEN = "unproven"  # wrong, or its signature leads to no configured root, or its certificate is for other things
    NOT_BELIEVED = "not-believed"  # its certificate is not a believed time authority's


@dataclass(frozen=True, slots=True, kw_only=True)
class StampVerdict:
    """What was found about one time stamp."""

    #: The stamp, believed; None when it proves nothing.
    stamp: TimeStamp | None = None
    #: None only with a stamp.
    fault: StampFault | None = None
    #: What exactly, in English, never more than 200 characters.
    detail: str = ""


def judge_stamp(token: bytes, data: bytes, authorities: Authorities) -> StampVerdict:
    """Judge a time stamp over `data`. Raises nothing, whatever the token holds.

    Believed is a stamp whose certificate is for time stamps alone (a critical EKU, as RFC 3161 demands) and leads to
    one of `authorities` at the time that the stamp tells. Its signature must lead to a root among them.
    """
    try:
        if len(token) > TOKEN_LIMIT_BYTES:
            return _fault(StampFault.MALFORMED, f"{len(token)} bytes")
        response = decode_timestamp_response(as_response(token))
        imprint = response.tst_info.message_imprint
        made = _HASHES.get(imprint.hash_algorithm.dotted_string)
        if made is None or made(data).digest() != imprint.message:
            return _fault(StampFault.OTHER_DATA, f"hash algorithm {imprint.hash_algorithm.dotted_string}")
        return _believed(token, response, imprint.message, authorities)
    except Exception as error:  # noqa: BLE001  # a hostile token may raise anything; none of it is a proof
        return _fault(StampFault.MALFORMED, f"{type(error).__name__}: {error}")


def as_response(token: bytes) -> bytes:
    """Return the response (TimeStampResp, DER) that grants `token`."""
    body = _GRANTED + token
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    short = len(body) < 128  # noqa: PLR2004  # X.690, 8.1.3.4
    return b"\x30" + (length if short else bytes([0x80 | len(length)]) + length) + body


def _believed(token: bytes, response: TimeStampResponse, digest: bytes, authorities: Authorities) -> StampVerdict:
    configured = [one for anchor in authorities.anchors for one in anchor.certificates]
    if not configured:
        return _fault(StampFault.NOT_BELIEVED, "no time authority is configured")
    try:
        VerifierBuilder(roots=configured).build().verify(response, digest)
    except VerificationError as error:
        said = re.search(r"Verify error: [^\"]*", str(error))
        return _fault(StampFault.UNPROVEN, said[0] if said else str(error))
    signer, others = _signer(response)
    moment = response.tst_info.gen_time
    judgement = authorities.judge(signer, [*others, *configured], moment)
    if not judgement.trusted:
        return _fault(StampFault.NOT_BELIEVED, f"{judgement.reason}: {judgement.detail}")
    return StampVerdict(stamp=TimeStamp(token=token, time=moment, authority=signer.subject.rfc4514_string()))


def _signer(response: TimeStampResponse) -> tuple[x509.Certificate, list[x509.Certificate]]:
    """Return the certificate whose key signed, as the verification just done has found it, and the others."""
    signed = response.signed_data
    (info,) = signed.signer_infos
    held = [x509.load_der_x509_certificate(der) for der in sorted(signed.certificates)]
    (signer,) = (one for one in held if (one.issuer, one.serial_number) == (info.issuer, info.serial_number))
    return signer, [one for one in held if one != signer]


def _fault(fault: StampFault, detail: str) -> StampVerdict:
    return StampVerdict(fault=fault, detail=detail[:200])
