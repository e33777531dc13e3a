"""The commonest form of signature without libxmlsec1, which decides wherever the quick way is not certain."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from lxml import etree

from signing import names
from signing.engine.finding import RIGHT, Finding, Mathematics
from signing.mathematics import fits

if TYPE_CHECKING:
    from signing.certificates import Holder
    from signing.engine.finding import Engine
    from signing.gate import Claim

_DIGESTS: Final = {names.SHA256: hashlib.sha256, names.SHA384: hashlib.sha384, names.SHA512: hashlib.sha512}


class Quick:
    """Says `right` by itself, and nothing else: whatever it does not find right, the engine behind it decides.

    Its way: canonicalize the document once, whole, and cut the signature out of the octets. That is the canonical form
    of the document without its signature, since in exclusive form nothing outside an element depends on it.
    """

    name = "quick"

    def __init__(self, behind: Engine) -> None:
        """Leave to `behind` all that is not plain and right."""
        self._behind = behind

    def check(self, claim: Claim, holder: Holder, octets: bytes | None) -> Finding:
        """Say whether digest and signature value are right under the public key of `holder`."""
        if certain(claim, holder).mathematics is Mathematics.RIGHT:
            return RIGHT
        return self._behind.check(claim, holder, octets)


def certain(claim: Claim, holder: Holder) -> Finding:
    """Say that the signature is right, or that the quick way is unable to tell."""
    try:
        right = _plain(claim) and _fits(claim, holder)
    except (etree.LxmlError, ValueError):  # a namespace that no canonical form can hold, for instance
        right = False
    return RIGHT if right else _UNABLE


_UNABLE: Final = Finding(Mathematics.UNABLE, "not found right in the quick way")


def _plain(claim: Claim) -> bool:
    """Tell whether the signature is exclusive throughout, over the whole document, and nothing stands beside that.

    Comments, instructions and prefix lists are where canonical forms differ. The gate has seen to all else.
    """
    if (
        claim.remarks
        or claim.id_attribute
        or claim.properties
        or claim.weak
        or claim.canonicalization != names.EXCLUSIVE
    ):
        return False
    form, _, reference = claim.signature[0]
    steps = reference[0]
    exclusive = len(steps) == 2 and steps[1].get("Algorithm") == names.EXCLUSIVE  # noqa: PLR2004  # the first: enveloped
    return exclusive and not len(form) and not len(steps[1])


def _fits(claim: Claim, holder: Holder) -> bool:
    octets = _canonical(claim.root)
    bounds = _bounds(octets, claim.signature)
    if bounds is None:
        return False
    made = _DIGESTS[claim.digest_algorithm](memoryview(octets)[: bounds[0]])
    made.update(memoryview(octets)[bounds[1] :])
    if made.digest() != claim.digest:
        return False
    return fits(holder.key, claim.algorithm, claim.value, _canonical(claim.signature[0]))


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _bounds(octets: bytes, signature: etree._Element) -> tuple[int, int] | None:
    """Return where the signature begins and ends; None when more than one element is called so.

    In canonical octets without instructions every `<` begins a tag, and every element has an end tag.
    """
    name = (f"{signature.prefix}:Signature" if signature.prefix else "Signature").encode()
    closing = b"</%b>" % name
    last = octets.find(closing)
    if last < 0 or octets.find(closing, last + 1) >= 0:
        return None
    begin = max(octets.find(b"<%b%b" % (name, after), 0, last) for after in (b" ", b">"))
    return begin, last + len(closing)
