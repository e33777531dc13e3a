"""Authenticate: prove that the agency named in the envelope sent it. The only maker of `Verified`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

from lgsp.model.envelope import Admission, Kind, Proof, Standing, Verified
from lgsp.model.errors import Problem, SignatureRejected
from lgsp.model.text import Text
from lgsp.stages.signature.admission import Finding, Rule, admitted, findings
from lgsp.stages.signature.formats import RULES, rules_of
from lgsp.stages.signature.words import WORDS
from signing import QUICK, Authorities, Element, Reason, verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from lgsp.model.agency import AgencyCode, Binding
    from lgsp.model.envelope import Envelope
    from signing import Engine, Verdict

__all__ = ["RULES", "Trust", "authenticate", "rules_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom the bus believes, and for whom they may speak."""

    authorities: Authorities
    #: To which agency a certificate is bound, by its SHA-256 fingerprint in hexadecimal. Called once a document.
    binding_of: Callable[[str], Binding | None]
    #: The code that the directory files an agency under, by any code it answers to at that time. None: nobody.
    canonical: Callable[[AgencyCode, datetime], AgencyCode | None] = lambda code, _: code
    #: Whether the first may write in the name of the second at that time. Both are codes that agencies are filed under.
    speaks_for: Callable[[AgencyCode, AgencyCode, datetime], bool] = lambda speaker, sender, _: speaker == sender
    #: What computes; the structure is judged before, whichever it is.
    engine: Engine = QUICK
    #: Whose time stamps inside signatures (XAdES-T) are believed.
    time_authorities: Authorities = field(default_factory=Authorities)
    #: What verdicts lead to, before the defaults.
    admission: tuple[Rule, ...] = ()
    #: Makes sure that what is kept about revocation has been read; may raise Unavailable.
    ready: Callable[[], None] = lambda: None


_HEADER: Final = "edXML/edXMLEnvelope/edXMLHeader"
_SIGNATURE: Final = {True: "Message/Signature", False: f"{_HEADER}/Signature"}
_RULED_OUT: Final = Text(
    "a document that the rules of admission accept", "văn bản mà quy tắc tiếp nhận của trục chấp nhận"
)
_SENDER: Final = {True: "Message/From", False: f"{_HEADER}/MessageHeader/From/OrganId"}


def authenticate(
    envelope: Envelope, caller: AgencyCode, trust: Trust, at: datetime, *, proven_at: datetime | None = None
) -> Verified:
    """Return the envelope with the proof of its sender, as of the time `at`.

    A certificate that ended or was revoked after the signature was there proves the sender all the same: by a trusted
    time stamp in the signature, or by one elsewhere that led to `proven_at`.
    Caller, sender and owner of the signing certificate must be one agency, by whichever of its codes it is written, or
    speak for it; and what the verdict leads to must not be refusal. Without a signature that can be checked the caller
    alone stands for the document, and the proof says so.
    Raises SignatureRejected.
    """
    trust.ready()
    sender = trust.canonical(envelope.sender, at) or envelope.sender
    # Our stages and the signature must see the same tree; that it is an lxml element is the reader's promise.
    root = cast("Element", envelope.proven_tree)
    verdict = verify(
        root,
        rules_of(envelope, root),
        trust.authorities,
        at,
        engine=trust.engine,
        octets=envelope.octets,
        speaker=sender,
        proven_at=proven_at,
        time_authorities=trust.time_authorities,
    )
    found = findings(verdict)
    admission = admitted(found, envelope.kind, sender, trust.admission)
    problems = [_doubtful(verdict, found, envelope)] if admission is Admission.REFUSE else []
    if not problems and verdict.intact:
        problems = _misbound(verdict, envelope, sender, trust, min(at, verdict.proven_at or at))
    if not trust.speaks_for(caller, sender, at):
        problems.append(_stranger(envelope, caller))
    if problems:
        disputed = verdict.detail if verdict.reason is Reason.ENGINES_DISAGREE else ""
        raise SignatureRejected(problems, disputed=disputed)
    return Verified(envelope=envelope, proof=_proof(verdict, found, admission), sender=sender)


def _proof(verdict: Verdict, found: Sequence[Finding], admission: Admission) -> Proof:
    doubt = f"{verdict.reason}: {verdict.detail}".removesuffix(": ") if verdict.reason else ""
    if not verdict.intact:  # who signed it is not proven: nothing of that goes into the proof
        return Proof(standing=Standing.CALLER, verdict=found[0].value, admission=admission, doubt=doubt)
    return Proof(
        standing=Standing.SIGNATURE,
        verdict=found[0].value,
        admission=admission,
        doubt=doubt,
        anchor=verdict.anchor,
        revocation="; ".join(filter(None, [str(verdict.revocation or ""), _stamped(verdict)])),
        signer=verdict.signer,
        certificate=verdict.fingerprint,
        algorithm=verdict.algorithm,
    )


def _stamped(verdict: Verdict) -> str:
    return f"a time stamp proves the signature by {verdict.proven_at:%Y-%m-%dT%H:%M:%SZ}" if verdict.proven_at else ""


def _doubtful(verdict: Verdict, found: Sequence[Finding], envelope: Envelope) -> Problem:
    """Return what keeps the signature from proving the sender."""
    # Nothing is to be said about a valid one but that a rule refuses it.
    expected, cure = WORDS[verdict.reason] if verdict.reason else (_RULED_OUT, None)
    said = " and ".join(found)
    return Problem(
        element=_SIGNATURE[envelope.kind is Kind.MESSAGE],
        line=verdict.line,
        expected=expected,
        found=(f"{said}: {verdict.detail}" if verdict.detail else said)[:200],
        cure=cure,
    )


def _misbound(verdict: Verdict, envelope: Envelope, sender: AgencyCode, trust: Trust, at: datetime) -> list[Problem]:
    """Return what is wrong with whose certificate it is."""
    binding, place = trust.binding_of(verdict.fingerprint), _SIGNATURE[envelope.kind is Kind.MESSAGE]
    if binding is None:
        return [_unbound(verdict, envelope, place)]
    if not trust.speaks_for(binding.agency, sender, at):
        return [_foreign(verdict, envelope, binding.agency, place)]
    return [] if binding.holds(at) else [_out_of_window(verdict, binding, place)]


def _out_of_window(verdict: Verdict, binding: Binding, place: str) -> Problem:
    window = [f"{moment:%Y-%m-%dT%H:%M:%SZ}" if moment else "…" for moment in (binding.since, binding.until)]
    return Problem(
        element=place,
        line=verdict.line,
        expected=Text(
            "a certificate whose registration is in force at this time",
            "chứng thư số đang trong thời hạn đăng ký với trục",
        ),
        found=f"{verdict.signer} ({window[0]} – {window[1]})"[:200],
        cure=Text(
            "sign with the certificate that is registered now, or have the bus's operator register this one again",
            "ký bằng chứng thư số đang đăng ký, hoặc đề nghị đơn vị vận hành trục đăng ký lại chứng thư này",
        ),
    )


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


def _stranger(envelope: Envelope, caller: AgencyCode) -> Problem:
    """Return what is wrong when the caller hands in what another agency sends."""
    expected = Text(f"the caller's own code, {caller}", f"mã của chính đơn vị đang kết nối, {caller}")
    cure = Text(
        "connect as the agency that sends, or name your own agency as the sender",
        "kết nối bằng tài khoản của đơn vị gửi, hoặc ghi đúng mã của đơn vị mình là đơn vị gửi",
    )
    place = _SENDER[envelope.kind is Kind.MESSAGE]
    return Problem(element=place, expected=expected, found=envelope.sender, cure=cure)
