"""Time stamps that a signer put inside its signature (XAdES-T): by when the signature certainly was there."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from lxml import etree

from signing import names
from signing.certificates import decode_base64
from signing.names import dsig
from signing.timestamp import StampFault, StampVerdict, judge_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from signing.authorities import Authorities

#: Each costs as much as a signature.
_STAMPS_LIMIT: Final = 4
_STAMPS: Final = "/".join(
    [dsig("Object"), *(f"{{{names.XADES}}}{one}" for one in ("QualifyingProperties", "UnsignedProperties"))]
    + [f"{{{names.XADES}}}{one}" for one in ("UnsignedSignatureProperties", "SignatureTimeStamp")]
)
_TOKEN: Final = f"{{{names.XADES}}}EncapsulatedTimeStamp"
_FORMS: Final = frozenset({names.EXCLUSIVE, names.INCLUSIVE})
_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_ATTRIBUTE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


def judged_stamps(signature: etree._Element, authorities: Authorities) -> Iterator[StampVerdict]:
    """Judge the first time stamps over the value of a signature whose structure is sound. Raises nothing."""
    value = signature.find(dsig("SignatureValue"))
    if value is None:
        return
    for held in islice(signature.iterfind(_STAMPS), _STAMPS_LIMIT):
        tokens, form = held.findall(_TOKEN), held.find(dsig("CanonicalizationMethod"))
        named = names.INCLUSIVE if form is None else form.get("Algorithm", "")
        if len(tokens) != 1 or named not in _FORMS or (form is not None and len(form)):
            yield StampVerdict(fault=StampFault.MALFORMED, detail="wanted: one token, and C14N without parameters")
            continue
        try:
            token = decode_base64(tokens[0].text)
        except ValueError as error:
            yield StampVerdict(fault=StampFault.MALFORMED, detail=str(error)[:200])
            continue
        yield judge_stamp(token, canonical_leaf(value, named), authorities)


def canonical_leaf(element: etree._Element, form: str) -> bytes:
    """Return the canonical form of an element without children.

    Written here because lxml's inclusive form of a part is not the standard's: it adds a stray `xmlns=""`.
    """
    given = {str(name): str(value) for name, value in element.attrib.items()}
    used = {element.prefix} | {_prefix(element, name) for name in given if name.startswith("{")}
    if form == names.INCLUSIVE:
        used = set(element.nsmap)
        above = [parent.attrib for parent in element.iterancestors()]
        inherited = {str(n): str(v) for one in reversed(above) for n, v in one.items() if str(n).startswith(_XML)}
        given = inherited | given
    spaces = sorted((prefix or "", element.nsmap.get(prefix)) for prefix in used)
    written = [_declared(prefix, uri) for prefix, uri in spaces if uri and prefix != "xml"]
    parts = [(etree.QName(name), name, value) for name, value in given.items()]
    for full, name, value in sorted(parts, key=lambda part: (part[0].namespace or "", part[0].localname)):
        called = f"{_prefix(element, name)}:{full.localname}" if full.namespace else full.localname
        written.append(f' {called}="{value.translate(_ATTRIBUTE)}"')
    local = etree.QName(element).localname
    called = f"{element.prefix}:{local}" if element.prefix else local
    return f"<{called}{''.join(written)}>{(element.text or '').translate(_TEXT)}</{called}>".encode()


def _prefix(element: etree._Element, name: str) -> str | None:
    namespace = etree.QName(name).namespace
    if name.startswith(_XML):
        return "xml"
    return next((prefix for prefix, uri in element.nsmap.items() if uri == namespace and prefix), None)


def _declared(prefix: str, uri: str | None) -> str:
    name = f"xmlns:{prefix}" if prefix else "xmlns"
    return f' {name}="{(uri or "").translate(_ATTRIBUTE)}"'
