"""From the words of the model to rows, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.delivery import Status
from lgsp.model.envelope import Admission, DocumentHeader
from lgsp.model.lane import Lane, lane_of
from lgsp.store.numbers import number_of, reserved
from lgsp.store.rowset import written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lgsp.model.agency import AgencyCode, Participant
    from lgsp.model.delivery import Dispatch, Refusal
    from lgsp.model.envelope import Arrival, StatusHeader, Verified
    from lgsp.model.remark import Remark

#: The urgencies that the outbox sorts by.
URGENCIES: Final = range(5)
#: When a delivery is due that waits for a judgement, not for a time.
NOT_YET: Final = datetime(9999, 1, 1, tzinfo=UTC)
_DETAIL_LIMIT = 2000


def known(priority: int) -> int:
    """Return the urgency within the range that the outbox knows; what edXML does not know is ordinary."""
    return priority if lane_of(priority) is Lane.URGENT else 0


def dispatch_row(dispatch: Dispatch, *, apart: bool = False) -> dict[str, Any]:
    """Return the row of a dispatch, its bytes left out."""
    envelope, proof = dispatch.verified.envelope, dispatch.verified.proof
    header = envelope.header if isinstance(envelope.header, DocumentHeader) else None
    return {
        "id": dispatch.id,
        "sender": dispatch.verified.sender,
        "document_id": envelope.document_id,
        "kind": envelope.kind,
        "number": header.number if header else "",
        "notation": header.notation if header else "",
        "promulgated": header.promulgated if header else "",
        "business": int(header.business) if header else 0,
        "numbered": number_of(dispatch.verified),
        "reserved": reserved(dispatch),
        "subject": envelope.subject,
        "priority": known(envelope.priority),
        "digest": envelope.digest,
        "size": len(envelope.octets),
        "apart": apart,
        "standing": proof.standing,
        "verdict": proof.verdict,
        "signer": proof.signer,
        "certificate": proof.certificate,
        "algorithm": proof.algorithm,
        "admission": proof.admission,
        "doubt": storable(proof.doubt),
        "anchor": proof.anchor,
        "revocation": proof.revocation,
        "sender_written": dispatch.route.sender.written,
        "sender_level": dispatch.route.sender.level,
        "sender_bloc": dispatch.route.sender.bloc,
        "schema_version": dispatch.schema,
        "paper": dispatch.paper is not None,
        "paper_reason": dispatch.paper or "",
        "door": dispatch.door,
        "caller": dispatch.caller,
        "correlation": dispatch.correlation,
        "accepted": written(dispatch.accepted),
    }


def evident_row(dispatch: Dispatch, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what evidence says of a dispatch: its `row`, the digests of its bytes, and to whom it goes."""
    return {
        **row,
        "seal": sha256(dispatch.seal).hexdigest(),
        "receipt": sha256(dispatch.receipt.octets).hexdigest(),
        "recipients": sorted(dispatch.recipients),
        "ways": sorted(way(to.agency, to.written, to.level, to.bloc) for to in dispatch.route.recipients),
    }


def way(agency: str, written: str, level: str, bloc: str) -> list[str]:
    """Return what evidence says of one recipient."""
    return [agency, written, level, bloc]


def delivery_row(
    dispatch: Dispatch, recipient: Participant, now: datetime, examination: timedelta | None = None
) -> dict[str, Any]:
    """Return what delivery and outbox say of one recipient at the time of acceptance; `now` is the store's.

    With attachments the delivery is due when these are examined, and at the latest after `examination`.
    """
    accepted = written(dispatch.accepted)
    wait = examination if examination and dispatch.verified.envelope.attachments else timedelta(0)
    held = dispatch.verified.proof.admission is Admission.HOLD
    return {
        "dispatch_id": dispatch.id,
        "recipient": recipient.agency,
        "written": recipient.written,
        "recipient_level": recipient.level,
        "recipient_bloc": recipient.bloc,
        "status": Status.ACCEPTED,
        "attempt": 1,
        "reference": "",
        "changed": accepted,
        "priority": known(dispatch.verified.envelope.priority) or known(dispatch.urgency),
        "due": written(NOT_YET if held else min(dispatch.accepted, now) + wait),
    }


def remark_rows(dispatch_id: str, remarks: Sequence[Remark]) -> list[dict[str, Any]]:
    """Return the rows of what was remarked about a dispatch."""
    return [
        {
            "dispatch_id": dispatch_id,
            "position": position,
            "rule": remark.rule,
            "element": storable(remark.problem.element),
            "text_vi": storable(remark.problem.say("vi")),
            "text_en": storable(remark.problem.say("en")),
        }
        for position, remark in enumerate(remarks, 1)
    ]


def hold_row(dispatch: Dispatch) -> dict[str, Any]:
    """Return the row of a dispatch that waits to be judged again."""
    doubt = storable(dispatch.verified.proof.doubt)
    return {"dispatch_id": dispatch.id, "admission": Admission.HOLD, "detail": doubt, "decided": None}


def history_row(
    dispatch_id: str,
    recipient: AgencyCode | None,
    status: Status | None,
    attempt: int,
    detail: str,
    at: datetime,
    *,
    reference: str = "",
) -> dict[str, Any]:
    """Return a line of history."""
    return {
        "dispatch_id": dispatch_id,
        "recipient": recipient,
        "status": status,
        "attempt": attempt,
        "detail": storable(detail),
        "reference": reference,
        "at": written(at),
    }


def accepted_row(dispatch: Dispatch) -> dict[str, Any]:
    """Return the first line of history; it tells when a document does not simply go its way."""
    proof = dispatch.verified.proof
    detail = "" if proof.admission is Admission.ACCEPT else f"{proof.admission}: {proof.doubt}"
    return history_row(dispatch.id, None, Status.ACCEPTED, 0, detail, dispatch.accepted)


def report_row(dispatch_id: str, verified: Verified, header: StatusHeader, about: str | None) -> dict[str, Any]:
    """Return the row of a business status."""
    return {
        "dispatch_id": dispatch_id,
        "reporter": verified.sender,
        "code": header.code,
        "reason": header.reason,
        "reported": header.reported,
        "subject_agency": header.subject.agency,
        "subject_code": header.subject.code,
        "subject_promulgated": header.subject.promulgated,
        "subject_document_id": header.subject.document_id,
        "about": about,
    }


def refusal_row(arrival: Arrival, refusal: Refusal) -> Mapping[str, Any]:
    """Return the row of a refusal."""
    return {
        "caller": arrival.caller,
        "door": arrival.door,
        "digest": refusal.digest,
        "code": refusal.error.code,
        "text_vi": storable(refusal.error.say("vi")),
        "text_en": storable(refusal.error.say("en")),
        "correlation": refusal.correlation,
        "at": written(arrival.arrived),
    }


def storable(text: str) -> str:
    """Return text that every database takes: others' systems put anything into an error message."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:_DETAIL_LIMIT]
