"""Authenticate: prove that the agency named in the envelope sent it. The only maker of `Verified`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from lgsp.model.envelope import Kind, Proof, Standing, Verified
from lgsp.model.errors import Problem, SignatureRejected
from lgsp.model.text import Text
from lgsp.stages.signature.words import WORDS
from signing import EDXML_RULES, MESSAGE_RULES, XMLSEC, Element, Result, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from lgsp.model.agency import AgencyCode
    from lgsp.model.envelope import Envelope
    from signing import Authorities, Engine, Rules, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom the bus believes, and for whom they may speak."""

    authorities: Authorities
    #: The agency that a certificate is bound to, by its SHA-256 fingerprint in hexadecimal. Called once a document.
    owner_of: Callable[[str], AgencyCode | None]
    #: What computes; the structure is judged before, whichever it is.
    engine: Engine = XMLSEC


RULES: Final[Mapping[Kind, Rules]] = {
    Kind.DOCUMENT: EDXML_RULES,
    Kind.STATUS: EDXML_RULES,
    Kind.MESSAGE: MESSAGE_RULES,
}
_HEADER: Final = "edXML/edXMLEnvelope/edXMLHeader"
_SIGNATURE: Final = {True: "Message/Signature", False: f"{_HEADER}/Signature"}
_SENDER: Final = {True: "Message/From", False: f"{_HEADER}/MessageHeader/From/OrganId"}


def authenticate(envelope: Envelope, caller: AgencyCode, trust: Trust, at: datetime) -> Verified:
    """Return the envelope with the proof of its sender, as of the time `at`.

    Caller, sender and owner of the signing certificate must be one agency. A status may come unsigned, as real
    systems send it: then the caller alone stands for it, and the proof says so. Raises SignatureRejected.
    """
    # Our stages and the signature must see the same tree; that it is an lxml element is the reader's promise.
    root, rules = cast("Element", envelope.tree), RULES[envelope.kind]
    verdict = verify(root, rules, trust.authorities, at, engine=trust.engine, octets=envelope.octets)
    unsigned_status = envelope.kind is Kind.STATUS and verdict.result is Result.ABSENT
    problems = [] if unsigned_status else _doubts(verdict, envelope, trust)
    problems += _stranger(envelope, caller)
    if problems:
        raise SignatureRejected(problems)
    return Verified(envelope=envelope, proof=_proof(verdict))


def _proof(verdict: Verdict) -> Proof:
    absent = verdict.result is Result.ABSENT
    return Proof(
        standing=Standing.CALLER if absent else Standing.SIGNATURE,
        verdict=verdict.result.value,
        signer=verdict.signer,
        certificate=verdict.fingerprint,
        algorithm=verdict.algorithm,
    )


def _doubts(verdict: Verdict, envelope: Envelope, trust: Trust) -> list[Problem]:
    """Return what keeps the signature from proving the sender."""
    place = _SIGNATURE[envelope.kind is Kind.MESSAGE]
    if verdict.reason is not None:
        words = WORDS[verdict.reason]
        answer = "untrusted" if verdict.result is Result.VALID else str(verdict.result)
        found = f"{answer}: {verdict.detail}" if verdict.detail else answer
        return [Problem(element=place, line=verdict.line, expected=words.expected, found=found[:200], cure=words.cure)]
    owner = trust.owner_of(verdict.fingerprint)
    if owner is None:
        return [_unbound(verdict, envelope, place)]
    return [] if owner == envelope.sender else [_foreign(verdict, envelope, owner, place)]


def _unbound(verdict: Verdict, envelope: Envelope, place: str) -> Problem:
    return Problem(
        element=place,
        line=verdict.line,
        expected=Text(
            f"a certificate registered for {envelope.sender}", f"chứng thư số đã đăng ký cho đơn vị {envelope.sender}"
        ),
        found=f"{verdict.signer} (SHA-256 {verdict.fingerprint})"[:200],
        cure=Text(
            "have the bus's operator register this certificate for your agency, then send again",
            "đề nghị đơn vị vận hành trục đăng ký chứng thư số này cho đơn vị, rồi gửi lại",
        ),
    )


def _foreign(verdict: Verdict, envelope: Envelope, owner: AgencyCode, place: str) -> Problem:
    return Problem(
        element=place,
        line=verdict.line,
        expected=Text(
            f"signed by the sender named in the envelope, {envelope.sender}",
            f"chữ ký của chính đơn vị gửi ghi trong gói tin, {envelope.sender}",
        ),
        found=owner,
        cure=Text(
            "sign with the certificate of the agency that sends, or correct the sender before signing",
            "ký bằng chứng thư số của đơn vị gửi, hoặc sửa mã đơn vị gửi trước khi ký",
        ),
    )


def _stranger(envelope: Envelope, caller: AgencyCode) -> list[Problem]:
    """Return what is wrong when the caller hands in what another agency sends."""
    if caller == envelope.sender:
        return []
    expected = Text(f"the caller's own code, {caller}", f"mã của chính đơn vị đang kết nối, {caller}")
    cure = Text(
        "connect as the agency that sends, or name your own agency as the sender",
        "kết nối bằng tài khoản của đơn vị gửi, hoặc ghi đúng mã của đơn vị mình là đơn vị gửi",
    )
    place = _SENDER[envelope.kind is Kind.MESSAGE]
    return [Problem(element=place, expected=expected, found=envelope.sender, cure=cure)]
