"""What a signature proves: a value, not an exception."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from cryptography import x509

    from signing.revocation.status import Revocation


class Belief(StrEnum):
    """Whether the signer's certificate is believed."""

    YES = "yes"
    NO = "no"
    INDETERMINATE = "indeterminate"  # nothing speaks against it, and what must be known of its revocation is not known


class Result(StrEnum):
    """What the signature itself is worth. Whether its signer is known is another question: `Verdict.belief`."""

    VALID = "valid"  # the mathematics are right, with algorithms that hold
    WEAK = "weak"  # the mathematics are right, with an algorithm or a key that no longer holds
    UNVERIFIABLE = "unverifiable"  # something is there that nobody can check: no certificate, unknown algorithm
    INVALID = "invalid"  # wrong mathematics, or a structure that is not allowed to prove anything
    ABSENT = "absent"  # there is no signature


class Reason(StrEnum):
    """Why a verdict is not simply valid and trusted."""

    # absent
    MISSING = "missing"  # no signature anywhere
    EMPTY = "empty"  # a place for a signature, with nothing in it
    # unverifiable
    NAMESPACE = "namespace"  # an element called Signature that is not an XML Signature
    CERTIFICATE_MISSING = "certificate-missing"
    CERTIFICATE_UNREADABLE = "certificate-unreadable"  # a placeholder, or broken
    ALGORITHM = "algorithm"  # not among the allowed ones
    TRANSFORM = "transform"  # a transform or canonicalization not among the allowed ones
    KEY_KIND = "key-kind"  # a key that none of the allowed algorithms uses
    ENGINE_UNABLE = "engine-unable"  # of a form that the chosen engine cannot check, and another could
    # invalid
    SEVERAL = "several"  # more than one signature
    MISPLACED = "misplaced"  # a signature somewhere else than the format puts it
    STRUCTURE = "structure"  # the signature element holds what it must not, or lacks what it must
    COVERAGE = "coverage"  # something else than the whole document is signed
    TOO_MUCH = "too-much"  # more references, transforms, certificates or text than allowed
    DOCTYPE = "doctype"  # a DTD can change what is read after signing
    SPLIT_VALUE = "split-value"  # a comment or instruction inside a text, so that readers may differ
    KEY_MISMATCH = "key-mismatch"  # the algorithm does not go with the certificate's key
    ALTERED = "altered"  # signed by this certificate, and changed afterwards
    MATHEMATICS = "mathematics"  # document, signature value and certificate do not go together
    ENGINES_DISAGREE = "engines-disagree"  # right to one engine, wrong to the other: nobody may rely on it
    UNFORESEEN = "unforeseen"  # nothing that a sound signature leads to
    # weak
    WEAK_ALGORITHM = "weak-algorithm"
    WEAK_KEY = "weak-key"
    # right, and not trusted
    AUTHORITY_UNKNOWN = "authority-unknown"
    CHAIN_BROKEN = "chain-broken"  # it leads to a configured authority, over a certificate that must not issue it
    CERTIFICATE_EXPIRED = "certificate-expired"
    CERTIFICATE_NOT_YET_VALID = "certificate-not-yet-valid"
    CERTIFICATE_USAGE = "certificate-usage"  # not meant for signing
    AUTHORITY_NOT_FOR_SPEAKER = "authority-not-for-speaker"  # a configured authority, and not one for this speaker
    CERTIFICATE_REVOKED = "certificate-revoked"  # taken back: the signer's own, or one that it rests on
    # right, and not known to be trusted
    REVOCATION_UNKNOWN = "revocation-unknown"  # nobody has said whether it is revoked
    REVOCATION_STALE = "revocation-stale"  # what was said about it is too old


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found about one signature."""

    result: Result
    #: None only when the result is valid and the signer trusted.
    reason: Reason | None = None
    #: What exactly, for people who know XML signatures; English, never more than 200 characters.
    detail: str = ""
    #: Subject of the signer's certificate (RFC 4514), or empty.
    signer: str = ""
    certificate: x509.Certificate | None = field(default=None, repr=False)
    #: SHA-256 of that certificate (DER), in hexadecimal, or empty.
    fingerprint: str = ""
    #: Whether the certificate leads to a configured authority, is in its time, meant for signing and not revoked.
    #: Says nothing about whose it is.
    belief: Belief = Belief.NO
    #: Name of the anchor it leads to, or empty.
    anchor: str = ""
    #: What is known about revocation, from where and since when; of the whole chain the least; None without a chain.
    revocation: Revocation | None = None
    #: By when it was certainly made, in the word of a time authority that we believe; None when nobody says.
    proven_at: datetime | None = None
    #: What the signature speaks about: `whole document`, the name of detached octets, or empty when it proves nothing.
    covers: str = ""
    #: Signature algorithm URI, or empty.
    algorithm: str = ""
    #: Line of the signature in the octets that were parsed; None when there is none.
    line: int | None = None

    @property
    def intact(self) -> bool:
        """Whether the mathematics are right: this certificate's key signed exactly this."""
        return self.result in {Result.VALID, Result.WEAK}

    @property
    def trusted(self) -> bool:
        """Whether the signer's certificate is believed without a doubt left."""
        return self.belief is Belief.YES


class Stop(Exception):  # inside this package only: it becomes a verdict
    """The examination ends here, with this."""

    def __init__(self, result: Result, reason: Reason, detail: str = "") -> None:
        """Stop with a result and why."""
        super().__init__(result, reason, detail)
        self.result = result
        self.reason = reason
        self.detail = detail[:200]
