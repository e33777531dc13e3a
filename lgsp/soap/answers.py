"""Values of the bus as elements of the exchange schema."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lgsp.exchange import NAMESPACE, element
from lgsp.model.envelope import Admission

if TYPE_CHECKING:
    from lgsp.model.agency import Agency
    from lgsp.model.attachment import AttachmentSignature, ExaminedAttachment
    from lgsp.model.delivery import Receipt, Status
    from lgsp.store.views import Document, Held, Received, Sent, Trace


def response(operation: str, *parts: str) -> str:
    """Return the response element of `operation`."""
    return f'<{operation}Response xmlns="{NAMESPACE}">{"".join(parts)}</{operation}Response>'


def receipt(given: Receipt) -> str:
    """Return what the sender of a document gets."""
    return (
        element("DispatchId", given.dispatch_id)
        + element("DocumentId", given.document_id)
        + _binary("Receipt", given.octets)
        + _admitted(given.admission)
        + "".join(_remarked(one.rule, one.problem.say("vi"), one.problem.say("en")) for one in given.remarks)
    )


def confirmed(dispatch_id: str, status: Status) -> str:
    """Return where a delivery stands after its recipient spoke."""
    return element("DispatchId", dispatch_id) + element("Status", status)


def held(kept: Held) -> str:
    """Return a document with its proofs."""
    return (
        element("DispatchId", kept.dispatch_id)
        + element("Sender", kept.sender)
        + "".join(element("Recipient", recipient) for recipient in kept.recipients)
        + element("Digest", kept.digest)
        + _binary("Document", kept.octets)
        + _binary("Seal", kept.seal)
        + _binary("Receipt", kept.receipt)
        + _admitted(kept.admission)
    )


def received(item: Received) -> str:
    """Return a line of the list of what waits."""
    return (
        "<Item>"
        + _named(item)
        + element("Sender", item.sender)
        + _described(item)
        + element("Priority", item.priority)
        + element("Status", item.status)
        + element("Accepted", _moment(item.accepted))
        + element("Digest", item.digest)
        + element("Size", item.size_bytes)
        + _admitted(item.admission)
        + "</Item>"
    )


def sent(item: Sent) -> str:
    """Return a line of the list of what was sent."""
    return (
        "<Item>"
        + _named(item)
        + _described(item)
        + element("Accepted", _moment(item.accepted))
        + _admitted(item.admission)
        + _standings(item)
        + "</Item>"
    )


def trace(way: Trace) -> str:
    """Return the way of one document."""
    events = (
        "<Event>"
        + element("At", _moment(event.at))
        + element("Recipient", event.recipient or "")
        + element("Status", event.status or "")
        + element("Detail", event.detail)
        + "</Event>"
        for event in way.history
    )
    reports = (
        "<Report>"
        + element("Reporter", report.reporter)
        + element("BusinessStatus", report.code)
        + element("Reason", report.reason)
        + element("Reported", report.reported)
        + "</Report>"
        for report in way.business
    )
    return (
        "<Trace>"
        + _named(way)
        + element("Sender", way.sender)
        + _described(way)
        + element("Accepted", _moment(way.accepted))
        + _admitted(way.admission)
        + _standings(way)
        + "".join(events)
        + "".join(reports)
        + "".join(_examined(attachment) for attachment in way.attachments)
        + "".join(_remarked(one.rule, one.text_vi, one.text_en) for one in way.remarks)
        + "</Trace>"
    )


def agency(member: Agency) -> str:
    """Return a line of the list of agencies."""
    return (
        "<Agency>"
        + element("Code", member.code)
        + element("Name", member.name)
        + element("Level", member.level)
        + element("Bloc", member.bloc)
        + (element("Parent", member.parent) if member.parent else "")
        + "</Agency>"
    )


def _named(item: Document) -> str:
    return (
        element("DispatchId", item.dispatch_id) + element("DocumentId", item.document_id) + element("Kind", item.kind)
    )


def _described(item: Document) -> str:
    return element("Number", item.number) + element("Notation", item.notation) + element("Subject", item.subject)


def _examined(attachment: ExaminedAttachment) -> str:
    return (
        "<Attachment>"
        + element("Name", attachment.name)
        + element("Digest", attachment.digest)
        + element("Outcome", attachment.outcome)
        + "".join(_signature(signature) for signature in attachment.signatures)
        + "</Attachment>"
    )


def _signature(found: AttachmentSignature) -> str:
    return (
        "<Signature>"
        + element("Field", found.field)
        + element("Role", found.role)
        + element("Signer", found.signer)
        + element("Result", found.result)
        + element("Trusted", found.belief)
        + element("Reason", found.reason)
        + element("Covers", found.covers)
        + element("Changes", found.changes)
        + element("Level", found.level)
        + element("Claimed", found.claimed)
        + (element("Stamped", _moment(found.stamped)) if found.stamped else "")
        + "</Signature>"
    )


def _standings(item: Sent) -> str:
    """Return where it stands with each recipient, then what was asked of them afterwards."""
    deliveries = (
        "<Delivery>"
        + element("Recipient", stand.recipient)
        + element("Status", stand.status)
        + (element("BusinessStatus", stand.progress) if stand.progress else "")
        + (element("Asked", stand.asked) if stand.asked else "")
        + "</Delivery>"
        for stand in item.deliveries
    )
    requests = (
        "<Request>"
        + element("Kind", asked.kind)
        + element("Recipient", asked.recipient)
        + element("State", asked.state)
        + element("DispatchId", asked.dispatch_id)
        + element("Due", _moment(asked.due))
        + "</Request>"
        for asked in item.requests
    )
    return "".join((*deliveries, *requests))


def _remarked(rule: str, vi: str, en: str) -> str:
    return "<Remark>" + element("Rule", rule) + element("Vi", vi) + element("En", en) + "</Remark>"


def _admitted(admission: Admission) -> str:
    """Return the mark of a document that does not simply go its way; nothing for all others."""
    return "" if admission is Admission.ACCEPT else element("Admission", admission)


def _binary(name: str, octets: bytes) -> str:
    return f"<{name}>{b64encode(octets).decode()}</{name}>"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
