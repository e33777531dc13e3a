"""Putting a signature into a document without touching another byte of it."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.parsers import expat

from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from signing import names
from signing.errors import NotSignable
from signing.gate import find_signature
from signing.verdict import Result, Stop

if TYPE_CHECKING:
    from cryptography import x509

    from signing.keys import SigningKey
    from signing.rules import Rules

# Written in exclusive canonical form, so that the bytes that are signed are the bytes that are written.
_INFO = (
    f'<SignedInfo xmlns="{names.DSIG}">'
    f'<CanonicalizationMethod Algorithm="{names.EXCLUSIVE}"></CanonicalizationMethod>'
    '<SignatureMethod Algorithm="%b"></SignatureMethod>'
    '<Reference URI=""><Transforms>'
    f'<Transform Algorithm="{names.ENVELOPED}"></Transform>'
    f'<Transform Algorithm="{names.EXCLUSIVE}"></Transform>'
    f'</Transforms><DigestMethod Algorithm="{names.SHA256}"></DigestMethod>'
    "<DigestValue>%b</DigestValue></Reference></SignedInfo>"
).encode()
_SIGNATURE = f'<Signature xmlns="{names.DSIG}">%b<SignatureValue>%b</SignatureValue>%b</Signature>'.encode()


def sign_enveloped(octets: bytes, key: SigningKey, rules: Rules) -> bytes:
    """Return `octets` with a signature over the whole document, last in the element that `rules` name.

    Every byte outside the signature stays as it was. Raises NotSignable when the octets are not well-formed UTF-8
    without DTD, are signed already, or lack that element.
    """
    root = _parse(octets)
    try:
        find_signature(root, rules)
    except Stop as stop:
        if stop.result is not Result.ABSENT:
            raise NotSignable(stop.detail) from None
    else:
        message = "signed already; a second signature would break the first"
        raise NotSignable(message)
    offset = _end_of(octets, rules)
    canonical = etree.tostring(root.getroottree(), method="c14n", exclusive=True, with_comments=False)
    return octets[:offset] + _signature(canonical, key) + octets[offset:]


def sign_canonical(octets: bytes, key: SigningKey) -> bytes:
    """Return `octets` with a signature last in the root, without parsing anything: the fast way for our own words.

    `octets` must be a document in exclusive canonical form that ends with the root's end tag; nothing checks it.
    """
    offset = octets.rindex(b"</")
    return octets[:offset] + _signature(octets, key) + octets[offset:]


@lru_cache(maxsize=64)
def key_info(certificate: x509.Certificate, chain: tuple[x509.Certificate, ...] = ()) -> bytes:
    """Return KeyInfo with the certificates, in canonical form but for the namespace."""
    found = b"".join(
        b"<X509Certificate>%b</X509Certificate>" % base64.b64encode(c.public_bytes(Encoding.DER))
        for c in (certificate, *chain)
    )
    return b"<KeyInfo><X509Data>%b</X509Data></KeyInfo>" % found


def _signature(canonical: bytes, key: SigningKey) -> bytes:
    digest = base64.b64encode(hashlib.sha256(canonical).digest())
    info = _INFO % (key.algorithm.encode(), digest)
    value = base64.b64encode(key.sign(info))
    return _SIGNATURE % (info, value, key_info(key.certificate, key.chain))


def _parse(octets: bytes) -> etree._Element:
    try:
        octets.decode("utf-8")
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        root = etree.fromstring(octets, parser)
    except (UnicodeDecodeError, etree.XMLSyntaxError) as error:
        raise NotSignable(str(error)) from error
    info = root.getroottree().docinfo
    if info.internalDTD is not None:
        message = "the document has a DTD"
        raise NotSignable(message)
    if (info.encoding or "UTF-8").upper() not in {"UTF-8", "UTF8", "US-ASCII"}:
        message = f"the document says that it is {info.encoding}, not UTF-8"
        raise NotSignable(message)
    return root


def _end_of(octets: bytes, rules: Rules) -> int:
    """Return the offset of the end tag of the first element at the place that `rules` name."""
    # Prefixes are anyone's choice, so the parser, not a search, says where the element ends.
    wanted = [name.removeprefix("{") for name in rules.place]
    path: list[str] = []
    ends: list[int] = []
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = lambda name, _attributes: path.append(name)

    def end(_name: str) -> None:
        if not ends and path == wanted:
            ends.append(parser.CurrentByteIndex)
        path.pop()

    parser.EndElementHandler = end
    parser.Parse(octets, True)  # noqa: FBT003  # expat's own signature
    if not ends or octets[ends[0] : ends[0] + 2] != b"</":
        message = f"there is no {'/'.join(rules.place)} with content to put the signature into"
        raise NotSignable(message)
    return ends[0]
