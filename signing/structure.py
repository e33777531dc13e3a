"""The pieces that every signature is made of, read strictly: each function stops where something is not allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from signing import names
from signing.certificates import decode_base64, read_holder, signer_first
from signing.names import dsig
from signing.timestamp import TOKEN_LIMIT_BYTES
from signing.verdict import Reason, Result, Stop

if TYPE_CHECKING:
    from signing.certificates import Holder
    from signing.rules import Rules

_INCLUSIVE_NAMESPACES = f"{{{names.EXCLUSIVE}}}InclusiveNamespaces"
_STAMP = f"{{{names.XADES}}}EncapsulatedTimeStamp"
#: Of a time stamp in base64, with line breaks.
_STAMP_LIMIT = TOKEN_LIMIT_BYTES * 3 // 2
_X509_DATA, _CERTIFICATE = dsig("X509Data"), dsig("X509Certificate")


def bounded(signature: etree._Element, rules: Rules) -> None:
    """Stop when the signature is larger than any sound one, or holds anything but elements."""
    for count, node in enumerate(signature.iter(), start=1):
        if count > rules.elements_limit:
            raise Stop(Result.INVALID, Reason.TOO_MUCH, f"more than {rules.elements_limit} elements in the signature")
        if not isinstance(node.tag, str):
            raise Stop(Result.INVALID, Reason.STRUCTURE, "a comment or instruction inside the signature")
        limit = _STAMP_LIMIT if node.tag == _STAMP else rules.text_limit
        text, tail, values = node.text or "", node.tail or "", node.values()
        if len(text) > limit or len(tail) > limit or (values and max(map(len, values)) > limit):
            raise Stop(Result.INVALID, Reason.TOO_MUCH, f"more than {limit} characters in {node.tag}")
        if text and len(node) and text.strip():
            raise Stop(Result.INVALID, Reason.STRUCTURE, f"text between the elements of {node.tag}")
        if tail and node is not signature and tail.strip():
            raise Stop(Result.INVALID, Reason.STRUCTURE, f"text after {node.tag}")


def children(element: etree._Element, *locals_: str) -> list[etree._Element]:
    """Return exactly these children, in this order."""
    found = list(element)
    if [child.tag for child in found] == list(map(dsig, locals_)):
        return found
    tags = [str(child.tag) for child in found]
    if element.tag == dsig("Signature") and tags == [dsig("SignedInfo"), dsig("SignatureValue")]:
        raise Stop(Result.UNVERIFIABLE, Reason.CERTIFICATE_MISSING, "the signature has no KeyInfo")
    if element.tag == dsig("SignedInfo") and tags.count(dsig("Reference")) > 1:
        raise Stop(Result.INVALID, Reason.TOO_MUCH, "more than one Reference")
    detail = f"{etree.QName(element).localname} must hold {', '.join(locals_)}; found: {', '.join(tags)}"
    raise Stop(Result.INVALID, Reason.STRUCTURE, detail)


def only_attributes(element: etree._Element, *allowed: str) -> None:
    """Stop at any other attribute: what nobody reads may mean something to somebody."""
    for name in element.keys():  # noqa: SIM118  # an element iterates over its children
        if name not in allowed:
            where = etree.QName(element).localname
            raise Stop(Result.INVALID, Reason.STRUCTURE, f"{where} has the attribute {name!s}")


def base64_value(element: etree._Element, length: int = 0) -> bytes:
    """Return what the element's text stands for: base64, of `length` bytes unless that is 0."""
    try:
        octets = decode_base64(element.text)
    except ValueError as error:
        where = etree.QName(element).localname
        raise Stop(Result.INVALID, Reason.STRUCTURE, f"{where} is not base64: {error}") from None
    if len(element) or (length and len(octets) != length):
        where = etree.QName(element).localname
        raise Stop(Result.INVALID, Reason.STRUCTURE, f"{where} has {len(octets)} bytes")
    return octets


def algorithm(element: etree._Element, allowed: frozenset[str], reason: Reason, *, parameters: bool = False) -> str:
    """Return the allowed algorithm that `element` names."""
    only_attributes(element, "Algorithm")
    uri = element.get("Algorithm", "")
    if uri in names.CUTTING:
        raise Stop(Result.INVALID, Reason.COVERAGE, f"the transform {uri} chooses what is signed")
    if uri not in allowed:
        raise Stop(Result.UNVERIFIABLE, reason, f"{etree.QName(element).localname} {uri}")
    if len(element) and not parameters:
        raise Stop(Result.INVALID, Reason.STRUCTURE, f"{etree.QName(element).localname} has parameters")
    return uri


def canonicalization(element: etree._Element, rules: Rules) -> str:
    """Return the allowed canonicalization that `element` names, with no parameters but a prefix list."""
    uri = algorithm(element, rules.canonicalizations, Reason.TRANSFORM, parameters=True)
    for child in element:
        if uri != names.EXCLUSIVE or child.tag != _INCLUSIVE_NAMESPACES or len(element) > 1 or len(child):
            raise Stop(Result.INVALID, Reason.STRUCTURE, f"parameters of {uri}")
        only_attributes(child, "PrefixList")
    return uri


def certificates(key_info: etree._Element, rules: Rules) -> tuple[Holder, ...]:
    """Return the certificates that came along, the signer's first. Stops when there is none that can be read."""
    found = [
        element.text or "" for data in key_info.iterchildren(_X509_DATA) for element in data.iterchildren(_CERTIFICATE)
    ]
    if not found:
        raise Stop(Result.UNVERIFIABLE, Reason.CERTIFICATE_MISSING, "KeyInfo has no X509Certificate")
    if len(found) > rules.certificates_limit:
        raise Stop(Result.INVALID, Reason.TOO_MUCH, f"{len(found)} certificates")
    return signer_first(tuple(map(read_holder, found)))
