"""XAdES signatures inside edXML, as others make them: right in their mathematics, with properties and time stamps."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import httpx
import xmlsec
from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from signing import names
from signing.stamped import canonical_leaf
from tests.keyring import parsed
from tests.services.time_authority import TimeAuthority, by_certomancer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from signing import Made

    Change = tuple[str, str]

_TRANSFORMS: Final = '<ds:Transforms><ds:Transform Algorithm="{form}"/></ds:Transforms>'
_TEMPLATE: Final = """<ds:Signature xmlns:ds="{dsig}" Id="s1"><ds:SignedInfo>
<ds:CanonicalizationMethod Algorithm="{exclusive}"/><ds:SignatureMethod Algorithm="{ecdsa}"/>
<ds:Reference Type="{type}" URI="#p1">{transforms}
<ds:DigestMethod Algorithm="{sha256}"/><ds:DigestValue/></ds:Reference>
<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{enveloped}"/><ds:Transform Algorithm="{exclusive}"/>
</ds:Transforms><ds:DigestMethod Algorithm="{sha256}"/><ds:DigestValue/></ds:Reference>
</ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>
<ds:Object><xades:QualifyingProperties xmlns:xades="{xades}" Target="#s1"><xades:SignedProperties Id="p1">
<xades:SignedSignatureProperties><xades:SigningTime>2025-06-01T00:00:00Z</xades:SigningTime><xades:SigningCertificateV2>
<xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="{sha256}"/><ds:DigestValue>{print}</ds:DigestValue>
</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties></xades:SignedProperties>
</xades:QualifyingProperties></ds:Object></ds:Signature>"""
_STAMP: Final = """<xades:UnsignedProperties xmlns:xades="{xades}"><xades:UnsignedSignatureProperties>
<xades:SignatureTimeStamp>{form}<xades:EncapsulatedTimeStamp>{token}</xades:EncapsulatedTimeStamp>
</xades:SignatureTimeStamp></xades:UnsignedSignatureProperties></xades:UnsignedProperties>"""


def xades_signed(octets: bytes, made: Made, *changes: Change, form: str = names.EXCLUSIVE) -> bytes:
    """Return edXML signed with properties by libxmlsec1, after `changes` to the template; any Id may be referred to."""
    certificate = x509.load_pem_x509_certificate(made.certificate)
    written = _TEMPLATE.format(
        dsig=names.DSIG,
        xades=names.XADES,
        exclusive=names.EXCLUSIVE,
        enveloped=names.ENVELOPED,
        ecdsa=names.ECDSA_SHA256,
        sha256=names.SHA256,
        type="http://uri.etsi.org/01903#SignedProperties",
        transforms=_TRANSFORMS.format(form=form) if form else "",
        print=base64.b64encode(certificate.fingerprint(SHA256())).decode(),
    )
    for old, new in changes:
        assert old in written
        written = written.replace(old, new, 1)
    root = parsed(octets.replace(b"</edXML:edXMLHeader>", written.encode() + b"</edXML:edXMLHeader>", 1))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(made.key, xmlsec.constants.KeyDataFormatPem)
    context.key.load_cert_from_memory(made.certificate, xmlsec.constants.KeyDataFormatCertPem)
    for element in root.iter("{*}SignedProperties", "{*}From"):
        if element.get("Id"):
            context.register_id(element, "Id")
    context.sign(_signature(root))
    return etree.tostring(root)


def stamped(octets: bytes, stamp: Callable[[bytes], bytes], canonical: bytes, *, form: str = "") -> bytes:
    """Return what `xades_signed` made as XAdES-T: `stamp` makes a token over `canonical`, the signature value.

    `form`: the canonicalization that the stamp names; empty: none, which is C14N 1.0.
    """
    named = f'<ds:CanonicalizationMethod xmlns:ds="{names.DSIG}" Algorithm="{form}"/>' if form else ""
    token = base64.b64encode(stamp(canonical)).decode()
    written = _STAMP.format(xades=names.XADES, form=named, token=token)
    end = b"</xades:QualifyingProperties>"
    assert end in octets
    return octets.replace(end, written.encode() + end, 1)


def with_stamp(octets: bytes, at: datetime | None, *, form: str = "") -> bytes:
    """Return what `xades_signed` made as XAdES-T, stamped by an authority on loopback that tells the time `at`."""
    with TimeAuthority(by_certomancer(at=at)) as authority:
        value = value_of(octets, form or names.INCLUSIVE)
        return stamped(octets, lambda data: token_of(authority, data), value, form=form)


def token_of(authority: TimeAuthority, data: bytes) -> bytes:
    """Return the token of an authority, whatever time it tells."""
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256(data).digest()}
    question = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True}).dump()
    answer = httpx.post(authority.url, content=question, timeout=5).content
    token: bytes = tsp.TimeStampResp.load(answer)["time_stamp_token"].dump()
    return token


def value_of(octets: bytes, form: str = names.INCLUSIVE) -> bytes:
    """Return what a stamp of a signature is made over."""
    value = parsed(octets).find(f".//{{{names.DSIG}}}SignatureValue")
    assert value is not None
    return canonical_leaf(value, form)


def _signature(root: etree._Element) -> etree._Element:
    found = root.find(f".//{{{names.DSIG}}}Signature")
    assert found is not None
    return found
