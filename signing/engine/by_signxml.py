"""signxml: checks on a tree of its own, parsed from the same octets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lxml import etree
from signxml.algorithms import CanonicalizationMethod, DigestAlgorithm, SignatureMethod
from signxml.verifier import SignatureConfiguration, XMLVerifier

from signing import names
from signing.engine.finding import RIGHT, Finding, Mathematics

if TYPE_CHECKING:
    from signing.certificates import Holder
    from signing.gate import Claim

_PREFIXES: Final = f"{{{names.EXCLUSIVE}}}InclusiveNamespaces"


class Signxml:
    """lxml canonicalizes for it and cryptography computes. Where lxml canonicalizes wrongly, it is unable."""

    name = "signxml"

    def check(self, claim: Claim, holder: Holder, octets: bytes | None) -> Finding:
        """Say whether digest and signature value are right under the public key of `holder`."""
        if octets is None:
            return Finding(Mathematics.UNABLE, "signxml needs the octets")
        if inability := _inability(claim):
            return Finding(Mathematics.UNABLE, f"signxml cannot check {inability}")
        try:
            if not _same(octets, claim.root):
                return Finding(Mathematics.WRONG, "the octets are not those that the tree was parsed from")
            _verify(octets, claim, holder)
        except Exception as error:  # noqa: BLE001  # besides its own errors it raises whatever the libraries below raise
            return Finding(Mathematics.WRONG, f"{type(error).__name__}: {error}")
        return RIGHT


def _inability(claim: Claim) -> str:
    """Return what about the signature lxml canonicalizes unlike the standard; empty when nothing is."""
    if claim.canonicalization != names.EXCLUSIVE:
        return "SignedInfo in inclusive canonical form"  # inside edXML lxml adds a stray xmlns=""
    if claim.properties and claim.properties.canonicalization != names.EXCLUSIVE:
        return "SignedProperties in inclusive canonical form"
    for prefixes in claim.signature.iter(_PREFIXES):
        listed = prefixes.get("PrefixList", "")
        if not listed or "#default" in listed or listed != " ".join(listed.split()):
            # The default namespace, or an empty prefix where signxml splits at blanks: whether lxml includes it depends
            # on which strings this process has parsed before.
            return f"the prefix list {listed!r}"
    instruction = etree.ProcessingInstruction
    if not claim.id_attribute and any(
        next(claim.root.itersiblings(instruction, preceding=before), None) is not None for before in (True, False)
    ):
        return "instructions outside the root, which the reference covers"  # it digests the root alone
    return ""


def _same(octets: bytes, root: etree._Element) -> bool:
    """Tell whether what is about to be verified is what the stages read. Only a caller's mistake makes them differ."""
    return _canonical(etree.fromstring(octets, _parser())) == _canonical(root)


def _canonical(root: etree._Element) -> bytes:
    return etree.tostring(root.getroottree(), method="c14n")


def _parser() -> etree.XMLParser:
    # Made for each call: a parser serves one thread at a time.
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)


def _verify(octets: bytes, claim: Claim, holder: Holder) -> None:
    """Return when signxml finds the signature right. Raises anything."""
    expected = SignatureConfiguration(
        expect_references=2 if claim.properties else 1,
        signature_methods=frozenset({SignatureMethod(claim.algorithm)}),
        digest_algorithms=frozenset(DigestAlgorithm),  # the gate has judged it
        ignore_ambiguous_key_info=True,  # the key is given, whatever else KeyInfo says
        verification_time=holder.certificate.not_valid_before_utc,  # dates are judged by the authorities
        default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,  # the standard's, for an unnamed one
    )
    XMLVerifier().verify(  # a new one each time: it keeps state on itself
        octets, x509_cert=holder.certificate, validate_schema=False, parser=_parser(), expect_config=expected
    )
