"""Signatures of an ASiC-E container (ETSI EN 319 162-1): one signature over many files, each by its digest.

Written in one form alone, and read back in that form alone: whatever is read is written anew and compared, so that no
byte of the signature can change unseen, not even where XML would not mind.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from signing import names
from signing.certificates import decode_base64
from signing.errors import NotSignable
from signing.mathematics import fits
from signing.verdict import Reason, Result, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from signing.authorities import Authorities
    from signing.keys import SigningKey

#: Names that mean the same in a zip, in a URI and on every disk.
PLAIN_NAME: Final = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_-]*/)?[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9]+)*")

_OPEN: Final = b'<asic:XAdESSignatures xmlns:asic="http://uri.etsi.org/02918/v1.2.1#">'
_CLOSE: Final = b"</asic:XAdESSignatures>"
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_TYPE: Final = "http://uri.etsi.org/01903#SignedProperties"
_LARGEST: Final = 4 << 20
_STRONG: Final = frozenset({names.RSA_SHA256, names.RSA_SHA384, names.RSA_SHA512}) | frozenset(
    {names.ECDSA_SHA256, names.ECDSA_SHA384, names.ECDSA_SHA512}
)

# Every signed part is written as exclusive canonicalization would write it, so nothing has to be canonicalized.
_FORMAT = (
    b'<xades:DataObjectFormat ObjectReference="#file-%d"><xades:MimeType>%b</xades:MimeType></xades:DataObjectFormat>'
)
_PROPERTIES = (
    f'<xades:SignedProperties xmlns:xades="{names.XADES}" Id="cover-properties">'
    "<xades:SignedSignatureProperties><xades:SigningTime>%b</xades:SigningTime>"
    "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
    f'<ds:DigestMethod xmlns:ds="{names.DSIG}" Algorithm="{names.SHA256}"></ds:DigestMethod>'
    f'<ds:DigestValue xmlns:ds="{names.DSIG}">%b</ds:DigestValue>'
    "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>"
    "<xades:SignedDataObjectProperties>%b</xades:SignedDataObjectProperties></xades:SignedProperties>"
).encode()
_REFERENCE = (
    '<Reference Id="file-%d" URI="%b">'
    f'<DigestMethod Algorithm="{names.SHA256}"></DigestMethod><DigestValue>%b</DigestValue></Reference>'
).encode()
_INFO = (
    f'<SignedInfo xmlns="{names.DSIG}">'
    f'<CanonicalizationMethod Algorithm="{names.EXCLUSIVE}"></CanonicalizationMethod>'
    '<SignatureMethod Algorithm="%b"></SignatureMethod>%b'
    f'<Reference Type="{_TYPE}" URI="#cover-properties"><Transforms><Transform Algorithm="{names.EXCLUSIVE}">'
    f'</Transform></Transforms><DigestMethod Algorithm="{names.SHA256}"></DigestMethod>'
    "<DigestValue>%b</DigestValue></Reference></SignedInfo>"
).encode()
_SIGNATURE = (
    f'<Signature xmlns="{names.DSIG}" Id="cover">%b<SignatureValue>%b</SignatureValue>'
    "<KeyInfo><X509Data><X509Certificate>%b</X509Certificate></X509Data></KeyInfo><Object>"
    f'<xades:QualifyingProperties xmlns:xades="{names.XADES}" Target="#cover">%b</xades:QualifyingProperties>'
    "</Object></Signature>"
).encode()

_MIME: Final = {"xml": b"text/xml", "edxml": b"text/xml", "txt": b"text/plain", "jsonl": b"application/jsonl"}
_ANY_MIME: Final = b"application/octet-stream"

_READ_REFERENCE = re.compile(_REFERENCE.replace(b"%d", b"[0-9]+").replace(b"%b", b'([^<>"&]*)'))
_READ = {
    "method": re.compile(rb'<SignatureMethod Algorithm="([^"<>&]*)">'),
    "value": re.compile(rb"<SignatureValue>([A-Za-z0-9+/=]+)</SignatureValue>"),
    "certificate": re.compile(rb"<X509Certificate>([A-Za-z0-9+/=]+)</X509Certificate>"),
    "time": re.compile(rb"<xades:SigningTime>([^<]*)</xades:SigningTime>"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Covering:
    """What a signature over files was found to be worth, and which files it speaks about."""

    verdict: Verdict
    #: What the signer said about when; its own word.
    signed: datetime | None = None
    #: Files that are there, and not as they were signed.
    altered: tuple[str, ...] = ()
    #: Files that were signed and are not there.
    missing: tuple[str, ...] = ()
    #: Files that are there and were not signed.
    uncovered: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the signature is right, and the files are exactly those that were signed."""
        return self.verdict.result is Result.VALID and not (self.altered or self.missing or self.uncovered)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """All that distinguishes one such signature from another."""

    #: Name and digest (base64) of each file, in the order of the references.
    files: tuple[tuple[bytes, bytes], ...]
    time: bytes
    method: bytes
    certificate: bytes
    value: bytes = b""

    @property
    def properties(self) -> bytes:
        """The signed properties, canonical."""
        formats = b"".join(_FORMAT % (n, _mime(name)) for n, (name, _) in enumerate(self.files, start=1))
        return _PROPERTIES % (self.time, _digest(base64.b64decode(self.certificate)), formats)

    @property
    def info(self) -> bytes:
        """What is signed, canonical."""
        references = b"".join(_REFERENCE % (n, *file) for n, file in enumerate(self.files, start=1))
        return _INFO % (self.method, references, _digest(self.properties))

    @property
    def octets(self) -> bytes:
        """The whole signature."""
        return _SIGNATURE % (self.info, self.value, self.certificate, self.properties)


def enclose(signature: bytes) -> bytes:
    """Return a signature as a container holds it: alone in the element that ASiC-E wants."""
    return _OPEN + signature + _CLOSE


def disclose(octets: bytes) -> bytes | None:
    """Return the signature that `enclose` put in, byte for byte; None when these octets are not made by it."""
    if not (octets.startswith(_OPEN) and octets.endswith(_CLOSE)):
        return None
    return octets[len(_OPEN) : -len(_CLOSE)]


def cover(files: Mapping[str, bytes], key: SigningKey, at: datetime) -> bytes:
    """Return a XAdES signature over these files, in their order, as a container holds it.

    Raises NotSignable for a name that is not plain: it could mean another file elsewhere.
    """
    wrong = [name for name in files if not PLAIN_NAME.fullmatch(name)]
    if wrong or not files:
        message = f"no plain file name: {wrong[0]!r}" if wrong else "no files"
        raise NotSignable(message)
    unsigned = _Written(
        files=tuple((name.encode(), _digest(octets)) for name, octets in files.items()),
        time=at.astimezone(UTC).strftime(_TIME).encode(),
        method=key.algorithm.encode(),
        certificate=base64.b64encode(key.certificate.public_bytes(Encoding.DER)),
    )
    return enclose(replace(unsigned, value=base64.b64encode(key.sign(unsigned.info))).octets)


def verify_cover(
    octets: bytes,
    files: Mapping[str, bytes],
    authorities: Authorities,
    at: datetime,
    intermediates: Sequence[x509.Certificate] = (),
) -> Covering:
    """Judge a signature that `cover` made over `files`. Raises nothing, whatever the octets hold."""
    try:
        written = _read(octets)
        certificate = x509.load_der_x509_certificate(decode_base64(written.certificate.decode()))
        signed = datetime.strptime(written.time.decode(), _TIME).replace(tzinfo=UTC)
        key, value = certificate.public_key(), decode_base64(written.value.decode())
        right = fits(key, written.method.decode(), value, written.info)
        stated = {name.decode(): digest for name, digest in written.files}
        if len(stated) != len(written.files):
            return _nothing(Reason.STRUCTURE, "a file is named twice")
    except Exception as error:  # noqa: BLE001  # a hostile signature may raise anything; none of it is a proof
        return _nothing(Reason.STRUCTURE, f"{type(error).__name__}: {error}"[:200])
    if not right:
        return _nothing(Reason.MATHEMATICS, "the signature value does not fit SignedInfo and certificate")
    judgement = authorities.judge(certificate, intermediates, at)
    return Covering(
        verdict=Verdict(
            result=Result.VALID,
            reason=judgement.reason,
            detail=judgement.detail,
            signer=certificate.subject.rfc4514_string(),
            certificate=certificate,
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
            belief=judgement.belief,
            anchor=judgement.anchor,
            revocation=judgement.revocation,
            covers="files",
            algorithm=written.method.decode(),
        ),
        signed=signed,
        altered=tuple(n for n, digest in stated.items() if n in files and _digest(files[n]) != digest),
        missing=tuple(name for name in stated if name not in files),
        uncovered=tuple(name for name in files if name not in stated),
    )


def _read(octets: bytes) -> _Written:
    """Read a signature in the one form it is written in. Raises ValueError for any other."""
    signature = disclose(octets)
    if signature is None or len(signature) > _LARGEST:
        message = "not a XAdESSignatures with one signature, or too large"
        raise ValueError(message)
    found = {name: pattern.findall(signature) for name, pattern in _READ.items()}
    several = [name for name, values in found.items() if len(values) != 1]
    if several or found["method"][0].decode() not in _STRONG:
        message = f"wanted once, and strong: {', '.join(several) or 'method'}"
        raise ValueError(message)
    written = _Written(
        files=tuple(_READ_REFERENCE.findall(signature)), **{name: values[0] for name, values in found.items()}
    )
    if written.octets != signature:
        message = "not in the form that the bus writes"
        raise ValueError(message)
    return written


def _nothing(reason: Reason, detail: str) -> Covering:
    return Covering(verdict=Verdict(result=Result.INVALID, reason=reason, detail=detail))


def _mime(name: bytes) -> bytes:
    return _MIME.get(name.decode().rpartition(".")[2], _ANY_MIME)


def _digest(octets: bytes) -> bytes:
    return base64.b64encode(hashlib.sha256(octets).digest())
