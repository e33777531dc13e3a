"""Judging the signature inside a document."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from lxml import etree

from signing import names
from signing.authorities import Judgement
from signing.certificates import decode_base64
from signing.engine import QUICK, Mathematics
from signing.gate import examine, find_signature
from signing.mathematics import fits
from signing.names import dsig
from signing.stamped import judged_stamps
from signing.verdict import Belief, Reason, Result, Stop, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from signing.authorities import Authorities
    from signing.certificates import Holder
    from signing.engine import Engine, Finding
    from signing.gate import Claim
    from signing.rules import Rules


_NOT_JUDGED: Final = Judgement(belief=Belief.NO)


def verify(
    root: etree._Element,
    rules: Rules,
    authorities: Authorities,
    at: datetime,
    *,
    engine: Engine = QUICK,
    octets: bytes | None = None,
    speaker: str = "",
    proven_at: datetime | None = None,
    time_authorities: Authorities | None = None,
) -> Verdict:
    """Judge the enveloped signature of the document whose root is `root`, at the time `at`.

    The signer's authority must vouch for `speaker`. A signer that is not believed as of `at` is judged once more as of
    the moment by which a time stamp proves that the signature was there (`Verdict.proven_at`; `Authorities.judge` says
    what follows): one elsewhere that led to `proven_at`, or in the signature (XAdES-T) by one of `time_authorities`.
    Takes the tree as it was parsed and changes nothing in it. `octets` are what it was parsed from: `SIGNXML` needs
    them, others do not look at them. Raises nothing, whatever the document holds.
    """
    line: int | None = None
    try:
        signature = find_signature(root, rules)
        line = signature.sourceline
        claim = examine(root, signature, rules)
        judge = partial(authorities.judge, at=at, speaker=speaker)
        weakness = _weakness(claim, claim.holders[0], rules)
        finding = engine.check(claim, claim.holders[0], octets)
        verdict = _judge(claim, weakness, finding, judge)
        if verdict.trusted or not verdict.intact:
            return verdict
        moment, doubts = _proven(signature, proven_at, time_authorities)
        if moment is not None:
            then = _judge(claim, weakness, finding, partial(judge, proven_at=moment))
            verdict = replace(min(then, verdict, key=_doubt), proven_at=moment)
        return replace(verdict, detail="; ".join(filter(None, [verdict.detail, *doubts]))[:200])
    except Stop as stop:
        return Verdict(result=stop.result, reason=stop.reason, detail=stop.detail, line=line)
    except Exception as error:  # noqa: BLE001  # a hostile document may raise anything; none of it is a proof
        detail = f"{type(error).__name__}: {error}"[:200]
        return Verdict(result=Result.INVALID, reason=Reason.UNFORESEEN, detail=detail, line=line)


def _judge(
    claim: Claim, weakness: tuple[Reason, str] | None, finding: Finding, believe: Callable[..., Judgement]
) -> Verdict:
    signer, *others = claim.holders
    result, reason, detail, judgement = Result.VALID, None, "", _NOT_JUDGED
    if finding.mathematics is not Mathematics.RIGHT:
        result, reason = _unproven(finding.mathematics, claim, signer)
    else:
        judgement = believe(signer.certificate, [other.certificate for other in others])
        reason, detail = judgement.reason, judgement.detail
        if weakness is not None:
            result, reason, detail = Result.WEAK, *weakness
    return Verdict(
        result=result,
        reason=reason,
        detail="; ".join(filter(None, (detail, finding.detail)))[:200],
        signer=signer.subject,
        certificate=signer.certificate,
        fingerprint=signer.fingerprint,
        belief=judgement.belief,
        anchor=judgement.anchor,
        revocation=judgement.revocation,
        covers=claim.covers if finding.mathematics is Mathematics.RIGHT else "",
        algorithm=claim.algorithm,
        line=claim.signature.sourceline,
    )


def _proven(
    signature: etree._Element, proven_at: datetime | None, time_authorities: Authorities | None
) -> tuple[datetime | None, list[str]]:
    """Return by when the signature certainly was there, and why stamps in it are not believed."""
    stamped = [] if time_authorities is None else list(judged_stamps(signature, time_authorities))
    times = [proven_at, *(one.stamp.time for one in stamped if one.stamp)]
    doubts = [f"time stamp {one.fault}: {one.detail}" for one in stamped if one.fault]
    return min((one for one in times if one is not None), default=None), doubts


def _doubt(verdict: Verdict) -> int:
    """Return how much speaks against the signer: a time stamp can only help."""
    return (Belief.YES, Belief.INDETERMINATE, Belief.NO).index(verdict.belief)


def _unproven(mathematics: Mathematics, claim: Claim, signer: Holder) -> tuple[Result, Reason]:
    """Return what a signature is worth that was not found right."""
    if mathematics is Mathematics.UNABLE:
        return Result.UNVERIFIABLE, Reason.ENGINE_UNABLE
    if mathematics is Mathematics.DISPUTED:
        return Result.INVALID, Reason.ENGINES_DISAGREE
    return Result.INVALID, _diagnose(claim, signer)


def _weakness(claim: Claim, signer: Holder, rules: Rules) -> tuple[Reason, str] | None:
    """Return why the signature is weak even when right. Stops when the key cannot have made it at all."""
    if signer.kind not in {"rsa", "ec"} or (signer.kind == "ec" and signer.curve not in rules.curves):
        raise Stop(Result.UNVERIFIABLE, Reason.KEY_KIND, f"the key is of another kind {signer.curve}".rstrip())
    if signer.kind == "rsa" and signer.bits > rules.rsa_bits_limit:
        raise Stop(Result.UNVERIFIABLE, Reason.KEY_KIND, f"RSA key of {signer.bits} bits")
    if names.SIGNATURE_METHODS[claim.algorithm].kind != signer.kind:
        raise Stop(Result.INVALID, Reason.KEY_MISMATCH, f"{claim.algorithm} with a key of kind {signer.kind}")
    if signer.kind == "rsa" and signer.bits < rules.rsa_bits:
        return Reason.WEAK_KEY, f"RSA key of {signer.bits} bits"
    return (Reason.WEAK_ALGORITHM, ", ".join(claim.weak)) if claim.weak else None


def _diagnose(claim: Claim, signer: Holder) -> Reason:
    """Tell a document that was changed after signing from a signature that never fitted; the cure is another."""
    if claim.canonicalization != names.EXCLUSIVE:
        return Reason.MATHEMATICS  # lxml's inclusive form of a part is not reliable enough to say more
    info = claim.signature.find(dsig("SignedInfo"))
    value = claim.signature.findtext(dsig("SignatureValue"))
    inclusive = info.find(f"{dsig('CanonicalizationMethod')}/*") if info is not None else None
    if info is None or inclusive is not None:
        return Reason.MATHEMATICS
    signed = etree.tostring(info, method="c14n", exclusive=True, with_comments=False)
    right = fits(signer.key, claim.algorithm, decode_base64(value), signed)
    return Reason.ALTERED if right else Reason.MATHEMATICS
