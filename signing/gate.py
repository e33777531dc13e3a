"""The gate: what a signature's structure must be before any engine runs.

That the mathematics are right says nothing about what was signed: a signature may be moved, doubled, made to cover a
part, or made to cover what a program inside it selects, and stay right. So there is exactly one, where the format
puts it, over the whole document, with nothing in it that the rules do not name; of what is signed beside the document
only its own XAdES properties.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

from lxml import etree

from signing import names, structure
from signing.names import dsig
from signing.properties import apart, examine_properties
from signing.verdict import Reason, Result, Stop

if TYPE_CHECKING:
    from signing.certificates import Holder
    from signing.properties import Properties
    from signing.rules import Rules

_ENVELOPED = frozenset({names.ENVELOPED})
_SAME_ID = etree.XPath("count(//@*[. = $id and translate(local-name(), 'ID', 'id') = 'id'])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A signature whose structure is sound, and what it says of itself."""

    root: etree._Element = field(repr=False)
    signature: etree._Element = field(repr=False)
    #: Signature algorithm URI.
    algorithm: str
    #: The URIs in use that the rules call weak.
    weak: tuple[str, ...]
    #: Canonicalization of SignedInfo.
    canonicalization: str
    #: The certificates that came along, the signer's first.
    holders: tuple[Holder, ...] = field(repr=False)
    #: Attribute of the root that the reference points at; empty when it points at the whole document.
    id_attribute: str
    #: The XAdES properties that are signed beside the document, if there are any.
    properties: Properties | None = field(default=None, repr=False)
    #: The value of the signature, and the digest of the document with its algorithm, as the signature says.
    value: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    digest_algorithm: str
    #: Whether comments or processing instructions stand anywhere in the document.
    remarks: bool = True
    covers: str = "whole document"


def find_signature(root: etree._Element, rules: Rules) -> etree._Element:
    """Return the one signature, standing where it must. Stops when there is none, or anything else."""
    parent = _parent(root, rules)
    pretenders = _pretenders(parent, rules)
    filled = [element for element in pretenders if len(element) or (element.text or "").strip()]
    found = list(islice(root.iter(dsig("Signature")), 2))
    if not found:
        if filled:
            raise Stop(Result.UNVERIFIABLE, Reason.NAMESPACE, f"{filled[0].tag!s} is not in the namespace {names.DSIG}")
        raise Stop(Result.ABSENT, Reason.EMPTY if pretenders else Reason.MISSING)
    if len(found) > 1 or filled:
        raise Stop(Result.INVALID, Reason.SEVERAL, "more than one signature in the document")
    if parent is None or found[0].getparent() is not parent:
        raise Stop(Result.INVALID, Reason.MISPLACED, f"the signature must be a child of {'/'.join(rules.place)}")
    return found[0]


def examine(root: etree._Element, signature: etree._Element, rules: Rules) -> Claim:
    """Return what `signature` claims. Stops when its structure is not exactly what the rules allow."""
    remarks = _whole(root, rules)
    structure.bounded(signature, rules)
    with_properties = rules.properties and any(True for _ in signature.iterchildren(dsig("Object")))
    more = ["Object"] if with_properties else []
    info, value, key_info, *wrapped = structure.children(signature, "SignedInfo", "SignatureValue", "KeyInfo", *more)
    structure.only_attributes(signature, "Id")
    holders = structure.certificates(key_info, rules)
    signed = structure.base64_value(value)
    parts = "CanonicalizationMethod", "SignatureMethod", "Reference", *(["Reference"] if wrapped else [])
    form, method, reference, *others = structure.children(info, *parts)
    structure.only_attributes(info, "Id")
    algorithm = structure.algorithm(method, rules.methods, Reason.ALGORITHM)
    properties = None
    if wrapped:
        reference, described = apart([reference, *others])
        properties = examine_properties(wrapped[0], described, holders[0], rules)
    digest_algorithm, digest = _reference(reference, rules)
    digests = [digest_algorithm, *([properties.digest] if properties else [])]
    return Claim(
        root=root,
        signature=signature,
        algorithm=algorithm,
        weak=tuple(uri for uri in dict.fromkeys([algorithm, *digests]) if uri in rules.weak),
        canonicalization=structure.canonicalization(form, rules),
        holders=holders,
        id_attribute=_target(reference, root, rules),
        properties=properties,
        value=signed,
        digest=digest,
        digest_algorithm=digest_algorithm,
        remarks=remarks,
    )


def _parent(root: etree._Element, rules: Rules) -> etree._Element | None:
    """Return the element that the signature must stand in."""
    if root.tag != rules.place[0] or root.getparent() is not None:
        return None
    return root if len(rules.place) == 1 else root.find(_path(rules.place[1:]))


@cache
def _path(place: tuple[str, ...]) -> str:
    return "/".join(place)


def _pretenders(parent: etree._Element | None, rules: Rules) -> list[etree._Element]:
    if parent is None:
        return []
    wanted = _anywhere(rules.lookalikes)
    return [child for child in parent.iterchildren(*wanted) if child.tag != dsig("Signature")] if wanted else []


@cache
def _anywhere(names_: frozenset[str]) -> tuple[str, ...]:
    return tuple(f"{{*}}{name}" for name in names_)


def _whole(root: etree._Element, rules: Rules) -> bool:
    """Return whether there are comments or instructions.

    Stops when readers of the same signed octets could see different documents.
    """
    if root.getroottree().docinfo.internalDTD is not None:
        raise Stop(Result.INVALID, Reason.DOCTYPE)
    declared = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        declared += 1 if event == "start-ns" else -1
        if declared > rules.namespaces_limit:
            raise Stop(Result.INVALID, Reason.TOO_MUCH, f"more than {rules.namespaces_limit} namespaces at once")
    count = 0
    for count, remark in enumerate(root.iter(etree.Comment, etree.ProcessingInstruction), start=1):
        if count > rules.remarks_limit:
            raise Stop(Result.INVALID, Reason.TOO_MUCH, f"more than {rules.remarks_limit} comments")
        around = remark.getparent()
        if (remark.tail or "").strip() or (around is not None and (around.text or "").strip()):
            raise Stop(Result.INVALID, Reason.SPLIT_VALUE, "a comment or instruction stands inside a text")
    return count > 0 or root.getprevious() is not None or root.getnext() is not None


def _reference(reference: etree._Element, rules: Rules) -> tuple[str, bytes]:
    """Check transforms and digest of the one reference; return the digest's algorithm and the digest."""
    structure.only_attributes(reference, "Id", "URI", "Type")
    transforms, method, value = structure.children(reference, "Transforms", "DigestMethod", "DigestValue")
    structure.only_attributes(transforms)
    steps = list(transforms)
    if len(steps) > 2:  # noqa: PLR2004  # enveloped-signature and one canonicalization
        raise Stop(Result.INVALID, Reason.TOO_MUCH, f"{len(steps)} transforms")
    if any(step.tag != dsig("Transform") for step in steps) or not steps:
        raise Stop(Result.INVALID, Reason.STRUCTURE, "Transforms must hold Transform")
    structure.algorithm(steps[0], _ENVELOPED, Reason.TRANSFORM)
    if len(steps) == 1 and names.INCLUSIVE not in rules.canonicalizations:  # what an unnamed one is, by the standard
        raise Stop(Result.UNVERIFIABLE, Reason.TRANSFORM, "no canonicalization is named")
    for step in steps[1:]:
        structure.canonicalization(step, rules)
    digest = structure.algorithm(method, rules.digests, Reason.ALGORITHM)
    return digest, structure.base64_value(value, names.DIGEST_BYTES[digest])


def _target(reference: etree._Element, root: etree._Element, rules: Rules) -> str:
    """Return the root's attribute that the reference points at, or nothing for the whole document."""
    uri = reference.get("URI")
    if uri == "":
        return ""
    for name in rules.ids:
        identifier = root.get(name)
        if identifier and uri == f"#{identifier}":
            if _SAME_ID(root, id=identifier) != 1.0:
                raise Stop(Result.INVALID, Reason.COVERAGE, f"more than one element has the identifier {identifier}")
            return name
    raise Stop(Result.INVALID, Reason.COVERAGE, f"the reference points at {uri!r}, not at the whole document")
