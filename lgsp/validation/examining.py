"""Examining one file: read as the bus reads, judged as the bus judges, and read on where the bus stops."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from lgsp.attachments import examine_attachments
from lgsp.model.envelope import DocumentHeader, Envelope, Kind, MessageHeader, StatusHeader
from lgsp.model.errors import MalformedEnvelope, Problem, Rejected, SchemaViolation, SignatureRejected
from lgsp.model.text import Text
from lgsp.stages.envelope import JSON, Limits
from lgsp.stages.envelope.mending import read_on
from lgsp.stages.envelope.observing import observe
from lgsp.stages.envelope.strict import left_out, strict_form
from lgsp.stages.envelope.whole import REFUSING, judged
from lgsp.stages.schema import Schemas
from lgsp.stages.signature import rules_of
from lgsp.stages.signature.words import WORDS
from lgsp.validation import words
from lgsp.validation.engines import engines
from lgsp.validation.report import Report
from lgsp.validation.sources import ELEMENTS
from signing import BOTH, Authorities, Result, Verdict, verify
from signing.pdf import Examiner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.model.remark import Remark

_MOST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """A report, and what was read."""

    report: Report
    #: None when nobody can read the file.
    envelope: Envelope | None = None

    def strict_form(self) -> bytes | None:
        """Return what a strict emitter would have written, unsigned; None where nothing was read."""
        return None if self.envelope is None else strict_form(self.envelope)

    def left_out(self) -> tuple[tuple[str, int | None], ...]:
        """Return what the strict form leaves out, because edXML does not have it."""
        return () if self.envelope is None else left_out(self.envelope)


def examine_file(octets: bytes, authorities: Authorities | None = None, *, limits: Limits | None = None) -> Report:
    """Examine one file now. Without `authorities` nobody is trusted, and the report says so. Raises nothing.

    Whether it is good is decided as the bus decides. Where another validator would decide otherwise, a remark says so.
    """
    return examine(octets, authorities, limits=limits).report


def examine(octets: bytes, authorities: Authorities | None = None, *, limits: Limits | None = None) -> Examined:
    """Examine one file as `examine_file` does, and return also what was read."""
    mended = read_on(octets, limits or Limits())
    envelope = mended.envelope
    found = [("form.json" if one is JSON else "form.xml", one, "") for one in mended.problems]
    if envelope is None:
        return Examined(
            report=Report(error=MalformedEnvelope(mended.problems), rules=tuple(rule for rule, *_ in found))
        )
    noticed = judged(envelope)
    found += _against_schema(envelope)
    found += [(one.rule, one.problem, "") for one in noticed if one.rule in REFUSING]
    told = [one for one in noticed if one.rule not in REFUSING]
    if mended.problems:
        refused: Rejected | None = MalformedEnvelope([problem for _, problem, _ in found[:_MOST]])
        report = _report(envelope, refused, found, told, (words.UNJUDGED,))
        return Examined(report=report, envelope=envelope)
    refused = SchemaViolation([problem for _, problem, _ in found[:_MOST]]) if found else None
    return Examined(report=_with_signature(envelope, refused, found, told, authorities), envelope=envelope)


def _with_signature(
    envelope: Envelope,
    refused: Rejected | None,
    found: list[tuple[str, Problem, str]],
    told: list[Remark],
    authorities: Authorities | None,
) -> Report:
    """Judge the signature, and the signatures in what is attached."""
    root = cast("Any", envelope.proven_tree)
    now, believed = datetime.now(UTC), authorities or Authorities(())
    verdict = verify(root, rules_of(envelope, root), believed, now, engine=BOTH, octets=envelope.octets)
    with Examiner() as examiner:
        attached = examine_attachments(envelope, examiner, believed, now)
    altered = None if refused else _altered(verdict, envelope.kind)
    if altered is not None:
        found = [("signature", problem, "") for problem in altered.problems]
    remarks = (*_remarks(verdict), *(_disagreement(envelope, refused) if envelope.original is None else ()))
    return _report(envelope, refused or altered, found, told, remarks, verdict=verdict, attachments=tuple(attached))


def _report(
    envelope: Envelope,
    error: Rejected | None,
    found: list[tuple[str, Problem, str]],
    told: list[Remark],
    remarks: tuple[Text, ...],
    **more: Any,
) -> Report:
    return Report(
        kind=envelope.kind,
        variant=envelope.variant,
        facts=_facts(envelope),
        error=error,
        rules=tuple(rule for rule, *_ in found),
        places=tuple(place or problem.element for _, problem, place in found),
        observations=(*told, *observe(envelope)),
        remarks=remarks,
        **more,
    )


def _against_schema(envelope: Envelope) -> Iterator[tuple[str, Problem, str]]:
    try:
        _schemas().validate(envelope)
    except SchemaViolation as error:
        yield from (("schema", problem, _in_edxml(problem)) for problem in error.problems)


def _in_edxml(problem: Problem) -> str:
    """Return the end of a path as edXML names it; JSON paths have other signs and small letters."""
    if "." not in problem.element or "/" in problem.element:
        return problem.element
    last = problem.element.rpartition(".")[2].partition("[")[0]
    return next((name for name in ELEMENTS if name.lower() == last), problem.element)


@cache
def _schemas() -> Schemas:
    return Schemas()


def _facts(envelope: Envelope) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "sender": envelope.sender,
        "recipients": list(envelope.recipients),
        "document_id": envelope.document_id,
    }
    match envelope.header:
        case DocumentHeader() as header:
            facts |= {
                "subject": envelope.subject,
                "number": header.number,
                "notation": header.notation,
                "promulgated": header.promulgated,
                "priority": header.priority,
                "business": header.business.name.lower(),
                "attachments": [attachment.name for attachment in envelope.attachments],
            }
        case StatusHeader() as header:
            facts |= {
                "code": header.code,
                "reason": header.reason,
                "about": header.subject.document_id,
                "reported": header.reported,
            }
        case MessageHeader() as header:
            facts |= {
                "service": header.service,
                "conversation": header.conversation,
                "payload": header.payload,
                "created": header.created.isoformat(),
                "priority": header.priority,
            }
    return facts | {"digest": envelope.digest}


def _altered(verdict: Verdict, kind: Kind) -> Rejected | None:
    """Return what refuses a file whose signature is invalid."""
    if verdict.result is not Result.INVALID or verdict.reason is None:
        return None
    expected, cure = WORDS[verdict.reason]
    place = "Message/Signature" if kind is Kind.MESSAGE else "edXML/edXMLEnvelope/edXMLHeader/Signature"
    return SignatureRejected(
        Problem(element=place, line=verdict.line, expected=expected, found=verdict.detail or "invalid", cure=cure)
    )


def _remarks(verdict: Verdict) -> Iterator[Text]:
    """Name what keeps the signature from being valid and trusted, and the cure."""
    if verdict.result in {Result.VALID, Result.WEAK} and not verdict.trusted:
        yield words.UNTRUSTED
    if engines(verdict) == "one":
        yield Text(
            f"Of the two engines one alone could judge this signature: {verdict.detail}.",
            f"Chỉ một trong hai bộ kiểm tra xét được chữ ký này: {verdict.detail}.",
        )
    if verdict.reason is not None and verdict.result is not Result.INVALID:
        expected, cure = WORDS[verdict.reason]
        detail = f" ({verdict.detail})" if verdict.detail else ""
        yield Text(f"Wanted: {expected.en}{detail}; {cure.en}.", f"Cần: {expected.vi}{detail}; {cure.vi}.")


def _disagreement(envelope: Envelope, refused: Rejected | None) -> Iterator[Text]:
    """Name the places where another validator of the same schema would decide otherwise than the bus."""
    from lgsp.stages.schema.opinion import second_opinion  # noqa: PLC0415 - xmlschema takes long to load

    objections = second_opinion(envelope)
    if refused is None:
        for element, said in objections or ():
            yield Text(
                f"The bus accepts {element or 'the file'}, but another validator (xmlschema) objects: {said}."
                " Other systems may, too.",
                f"Trục chấp nhận {element or 'tệp này'}, nhưng một bộ kiểm tra khác (xmlschema) báo lỗi: {said}."
                " Hệ thống khác cũng có thể từ chối.",
            )
    elif objections == ():
        place = refused.problems[0].element
        yield Text(
            f"The bus refuses {place}, though another validator (xmlschema) has no objection to it.",
            f"Trục từ chối {place}, dù một bộ kiểm tra khác (xmlschema) không thấy lỗi.",
        )
