"""The bus's own signature: detached XAdES-BES (ETSI EN 319 132-1) beside the octets, which stay as they are.

`signing.lasting` makes it -T and -LT.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from cryptography.hazmat.primitives import hashes
from lxml import etree

from signing import names, structure
from signing.errors import NotSignable
from signing.lasting import split_seal
from signing.mathematics import fits
from signing.names import dsig
from signing.rules import Rules
from signing.sign import key_info
from signing.timestamp import judge_stamp
from signing.verdict import Reason, Result, Stop, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography import x509

    from signing.authorities import Authorities, Judgement
    from signing.certificates import Holder
    from signing.keys import SigningKey
    from signing.lasting import Lasting
    from signing.timestamp import StampVerdict

_TYPE: Final = "http://uri.etsi.org/01903#SignedProperties"
_ROOT: Final = dsig("Signature")
_STAMPS_LIMIT: Final = 8
_STRONG: Final = frozenset({names.RSA_SHA256, names.RSA_SHA384, names.RSA_SHA512}) | frozenset(
    {names.ECDSA_SHA256, names.ECDSA_SHA384, names.ECDSA_SHA512}
)
_RULES: Final = Rules(
    place=(_ROOT,),
    methods=_STRONG,
    digests=frozenset({names.SHA256}),
    canonicalizations=frozenset({names.EXCLUSIVE}),
)

# Both signed parts are written as exclusive canonicalization would write them, so nothing has to be canonicalized.
_PROPERTIES = (
    f'<xades:SignedProperties xmlns:xades="{names.XADES}" Id="properties">'
    "<xades:SignedSignatureProperties><xades:SigningTime>%b</xades:SigningTime>%b</xades:SignedSignatureProperties>"
    '<xades:SignedDataObjectProperties><xades:DataObjectFormat ObjectReference="#octets">'
    "<xades:MimeType>application/octet-stream</xades:MimeType></xades:DataObjectFormat>"
    "</xades:SignedDataObjectProperties></xades:SignedProperties>"
).encode()
_CERTIFICATE = (
    "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
    f'<ds:DigestMethod xmlns:ds="{names.DSIG}" Algorithm="{names.SHA256}"></ds:DigestMethod>'
    f'<ds:DigestValue xmlns:ds="{names.DSIG}">%b</ds:DigestValue>'
    "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2>"
).encode()
_INFO = (
    f'<SignedInfo xmlns="{names.DSIG}">'
    f'<CanonicalizationMethod Algorithm="{names.EXCLUSIVE}"></CanonicalizationMethod>'
    '<SignatureMethod Algorithm="%b"></SignatureMethod>'
    f'<Reference Id="octets" URI="%b"><DigestMethod Algorithm="{names.SHA256}"></DigestMethod>'
    "<DigestValue>%b</DigestValue></Reference>"
    f'<Reference Type="{_TYPE}" URI="#properties"><Transforms><Transform Algorithm="{names.EXCLUSIVE}"></Transform>'
    f'</Transforms><DigestMethod Algorithm="{names.SHA256}"></DigestMethod>'
    "<DigestValue>%b</DigestValue></Reference></SignedInfo>"
).encode()
_SEAL = (
    f'<Signature xmlns="{names.DSIG}" Id="seal">%b<SignatureValue>%b</SignatureValue>%b<Object>'
    f'<xades:QualifyingProperties xmlns:xades="{names.XADES}" Target="#seal">%b</xades:QualifyingProperties>'
    "</Object></Signature>"
).encode()


def seal(octets: bytes, key: SigningKey, *, name: str, at: datetime) -> bytes:
    """Return a signature over exactly these octets, made at `at`: XML that stands beside them.

    `name` is what the octets are called where the seal is checked, a plain file name such as `document.edxml`.
    Any verifier of XML signatures checks the seal in a folder that holds them under that name. Raises NotSignable
    for a name that is no file name.
    """
    if not name or "/" in name or name in {".", ".."}:
        message = f"{name!r} is no file name"
        raise NotSignable(message)
    time = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    properties = _PROPERTIES % (time, _signing_certificate(key.certificate))
    try:
        uri = quote(name, safe="").encode()
    except UnicodeEncodeError as error:
        raise NotSignable(str(error)) from None
    info = _INFO % (key.algorithm.encode(), uri, _digest(octets), _digest(properties))
    return _SEAL % (info, base64.b64encode(key.sign(info)), key_info(key.certificate, key.chain), properties)


def verify_seal(
    seal: bytes,
    octets: bytes,
    authorities: Authorities,
    at: datetime,
    *,
    proven_at: datetime | None = None,
    time_authorities: Authorities | None = None,
) -> Verdict:
    """Judge a seal over `octets` at the time `at`. Raises nothing, whatever the seal holds.

    A believed time stamp proves that it was made by then (`Verdict.proven_at`; `Authorities.judge` says what follows):
    one that the seal carries, believed when it is one of `time_authorities`', or one elsewhere that led to `proven_at`.
    """
    digest = hashlib.sha256(octets).digest()
    return verify_seal_of(seal, digest, authorities, at, proven_at=proven_at, time_authorities=time_authorities)


def verify_seal_of(
    seal: bytes,
    digest: bytes,
    authorities: Authorities,
    at: datetime,
    *,
    proven_at: datetime | None = None,
    time_authorities: Authorities | None = None,
) -> Verdict:
    """Judge a seal over octets of which nothing is left but their SHA-256 digest; else as `verify_seal`."""
    try:
        bare, held = split_seal(seal)
        root = _parse(bare)
        stamped = [] if time_authorities is None else _stamped(root, held, time_authorities)
        times = [proven_at, *(one.stamp.time for one in stamped if one.stamp)]
        proven_at = min((one for one in times if one is not None), default=None)
        verdict = _judge(root, digest, partial(authorities.judge, at=at, proven_at=proven_at))
        doubts = [f"time stamp {one.fault}: {one.detail}" for one in stamped if one.fault]
        return replace(verdict, proven_at=proven_at, detail="; ".join(filter(None, [verdict.detail, *doubts]))[:200])
    except Stop as stop:
        return Verdict(result=stop.result, reason=stop.reason, detail=stop.detail)
    except NotSignable as error:
        return Verdict(result=Result.INVALID, reason=Reason.STRUCTURE, detail=str(error)[:200])
    except Exception as error:  # noqa: BLE001  # a hostile seal may raise anything; none of it is a proof
        detail = f"{type(error).__name__}: {error}"[:200]
        return Verdict(result=Result.INVALID, reason=Reason.UNFORESEEN, detail=detail)


def _stamped(root: etree._Element, held: Lasting, time_authorities: Authorities) -> list[StampVerdict]:
    value = root.find(dsig("SignatureValue"))
    octets = b"" if value is None else _canonical(value)
    return [judge_stamp(stamp, octets, time_authorities) for stamp in held.stamps[:_STAMPS_LIMIT]]


@lru_cache(maxsize=64)
def _signing_certificate(certificate: x509.Certificate) -> bytes:
    return _CERTIFICATE % base64.b64encode(certificate.fingerprint(hashes.SHA256()))


def _digest(octets: bytes) -> bytes:
    return base64.b64encode(hashlib.sha256(octets).digest())


def _parse(seal: bytes) -> etree._Element:
    try:
        root = etree.fromstring(seal, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise Stop(Result.INVALID, Reason.STRUCTURE, f"not XML: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Stop(Result.INVALID, Reason.DOCTYPE)
    if root.tag != _ROOT:
        raise Stop(Result.ABSENT, Reason.MISSING, f"the root is {root.tag!s}")
    return root


def _judge(root: etree._Element, digest: bytes, believe: Callable[..., Judgement]) -> Verdict:
    structure.bounded(root, _RULES)
    structure.only_attributes(root, "Id")
    info, value, keys, wrapped = structure.children(root, "SignedInfo", "SignatureValue", "KeyInfo", "Object")
    signer, *others = structure.certificates(keys, _RULES)
    form, method, document, described = structure.children(
        info, "CanonicalizationMethod", "SignatureMethod", "Reference", "Reference"
    )
    structure.canonicalization(form, _RULES)
    algorithm = structure.algorithm(method, _RULES.methods, Reason.ALGORITHM)
    properties = _properties(wrapped, described)
    _speaks_for(properties, signer)
    _matches(described, hashlib.sha256(_canonical(properties)).digest(), "SignedProperties")
    if not fits(signer.certificate.public_key(), algorithm, structure.base64_value(value), _canonical(info)):
        raise Stop(Result.INVALID, Reason.MATHEMATICS, "the signature value does not fit SignedInfo and certificate")
    _matches(document, digest, "the octets")
    judgement = believe(signer.certificate, [other.certificate for other in others])
    weak = signer.kind == "rsa" and signer.bits < _RULES.rsa_bits
    return Verdict(
        result=Result.WEAK if weak else Result.VALID,
        reason=Reason.WEAK_KEY if weak else judgement.reason,
        detail=judgement.detail,
        signer=signer.subject,
        certificate=signer.certificate,
        fingerprint=signer.fingerprint,
        belief=judgement.belief,
        anchor=judgement.anchor,
        revocation=judgement.revocation,
        covers=unquote(document.get("URI", "")),
        algorithm=algorithm,
    )


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _matches(reference: etree._Element, digest: bytes, what: str) -> None:
    """Stop unless the reference's digest is `digest`."""
    method, value = list(reference)[-2:]
    structure.algorithm(method, _RULES.digests, Reason.ALGORITHM)
    if structure.base64_value(value, 32) != digest:
        raise Stop(Result.INVALID, Reason.ALTERED, f"the digest is not that of {what}")


def _properties(wrapped: etree._Element, described: etree._Element) -> etree._Element:
    """Return the one SignedProperties, at its place, that the second reference points at."""
    structure.children(described, "Transforms", "DigestMethod", "DigestValue")
    (step,) = structure.children(described[0], "Transform")
    structure.canonicalization(step, _RULES)
    found = wrapped.findall(f"{{{names.XADES}}}QualifyingProperties/{{{names.XADES}}}SignedProperties")
    if len(found) != 1 or len(wrapped) != 1 or described.get("Type") != _TYPE:
        raise Stop(Result.INVALID, Reason.STRUCTURE, "wanted: one SignedProperties, and a reference to it")
    if not found[0].get("Id") or described.get("URI") != f"#{found[0].get('Id')}":
        raise Stop(Result.INVALID, Reason.COVERAGE, "the second reference points at something else")
    return found[0]


def _speaks_for(properties: etree._Element, signer: Holder) -> None:
    """Stop unless the signed properties name the certificate that came along."""
    path = f"{{{names.XADES}}}" + f"/{{{names.XADES}}}".join(
        ("SignedSignatureProperties", "SigningCertificateV2", "Cert", "CertDigest")
    )
    digest = properties.find(path)
    if digest is None:
        raise Stop(Result.INVALID, Reason.STRUCTURE, "the properties do not name the signer's certificate")
    method, value = structure.children(digest, "DigestMethod", "DigestValue")
    structure.algorithm(method, _RULES.digests, Reason.ALGORITHM)
    if structure.base64_value(value, 32).hex() != signer.fingerprint:
        raise Stop(Result.INVALID, Reason.KEY_MISMATCH, "the properties name another certificate")
