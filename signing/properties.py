"""XAdES properties that others sign beside the document (EN 319 132-1), read so that they can mean nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from cryptography.hazmat.primitives import hashes
from lxml import etree

from signing import names, structure
from signing.names import dsig
from signing.verdict import Reason, Result, Stop

if TYPE_CHECKING:
    from signing.certificates import Holder
    from signing.rules import Rules

SIGNED_PROPERTIES: Final = "http://uri.etsi.org/01903#SignedProperties"
_HASHES: Final = {
    names.SHA1: hashes.SHA1(),  # noqa: S303  # weak, and called so wherever it signs
    names.SHA256: hashes.SHA256(),
    names.SHA384: hashes.SHA384(),
    names.SHA512: hashes.SHA512(),
}
_SAME_ID = etree.XPath("count(//@*[. = $id and translate(local-name(), 'ID', 'id') = 'id'])")


class Properties(NamedTuple):
    """The signed properties of a signature, whose structure is sound."""

    element: etree._Element
    #: Digest algorithm of the reference to them.
    digest: str
    #: How they are canonicalized.
    canonicalization: str


def apart(references: list[etree._Element]) -> tuple[etree._Element, etree._Element]:
    """Return the reference to the document and the one to the properties. Stops when they are not one of each."""
    described = [one for one in references if one.get("Type") == SIGNED_PROPERTIES]
    others = [one for one in references if one not in described]
    if len(described) != 1 or len(others) != 1:
        raise Stop(Result.INVALID, Reason.TOO_MUCH, "wanted: a reference to the document, and one to SignedProperties")
    return others[0], described[0]


def examine_properties(wrapped: etree._Element, described: etree._Element, signer: Holder, rules: Rules) -> Properties:
    """Return the properties that `wrapped`, the signature's ds:Object, holds and `described` refers to.

    Stops unless they are this signature's, where XAdES puts them, referred to without a doubt, and name this signer.
    """
    structure.only_attributes(wrapped, "Id")
    (qualifying,) = _children(wrapped, "QualifyingProperties")
    signature = wrapped.getparent()
    identifier = "" if signature is None else signature.get("Id", "")
    if not identifier or qualifying.get("Target") != f"#{identifier}":
        raise Stop(Result.INVALID, Reason.COVERAGE, "the properties are those of another signature")
    (element,) = _children(qualifying, "SignedProperties", optional="UnsignedProperties")
    name = element.get("Id", "")
    if not name or described.get("URI") != f"#{name}" or _SAME_ID(wrapped, id=name) != 1.0:
        raise Stop(Result.INVALID, Reason.COVERAGE, "the second reference points at something else than the properties")
    _names_signer(element, signer)
    structure.only_attributes(described, "Id", "URI", "Type")
    transforms = [] if described.find(dsig("Transforms")) is None else ["Transforms"]
    *steps, method, value = structure.children(described, *transforms, "DigestMethod", "DigestValue")
    digest = structure.algorithm(method, rules.digests, Reason.ALGORITHM)
    structure.base64_value(value, names.DIGEST_BYTES[digest])
    return Properties(element, digest, _form(steps, rules))


def _form(transforms: list[etree._Element], rules: Rules) -> str:
    """Return the canonicalization of the properties: the one named, or the standard's own."""
    if transforms:
        (step,) = structure.children(transforms[0], "Transform")
        return structure.canonicalization(step, rules)
    if names.INCLUSIVE not in rules.canonicalizations:
        raise Stop(Result.UNVERIFIABLE, Reason.TRANSFORM, "no canonicalization is named")
    return names.INCLUSIVE


def _children(element: etree._Element, name: str, optional: str = "") -> list[etree._Element]:
    tags = [f"{{{names.XADES}}}{one}" for one in (name, optional) if one]
    found = [str(child.tag) for child in element]
    if found not in ([tags[0]], tags):
        where = etree.QName(element).localname
        raise Stop(Result.INVALID, Reason.STRUCTURE, f"{where} must hold {name}; found: {', '.join(found)}")
    return [element[0]]


def _names_signer(properties: etree._Element, signer: Holder) -> None:
    """Stop when the properties name another certificate than the one that came along."""
    found = properties.findall(f".//{{{names.XADES}}}CertDigest")[:1]
    for named in found:
        method, value = structure.children(named, "DigestMethod", "DigestValue")
        made = _HASHES.get(method.get("Algorithm", ""))
        if made is None or structure.base64_value(value) != signer.certificate.fingerprint(made):
            raise Stop(Result.INVALID, Reason.KEY_MISMATCH, "the properties name another certificate")
