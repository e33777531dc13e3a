"""Dispatches, parcels and outcomes for tests of store and transport: plain functions, made of the model alone."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.agency import AgencyCode, Bloc, Level, Participant
from lgsp.model.delivery import Dispatch, Outcome, Receipt, Refusal, Route, Status
from lgsp.model.envelope import (
    Arrival,
    DocumentHeader,
    Envelope,
    Proof,
    Reference,
    Standing,
    StatusHeader,
    Verified,
)
from lgsp.model.errors import PolicyDenied, Problem
from lgsp.model.text import Text
from lgsp.transport import Parcel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SENDER: Final = AgencyCode("H03.11")
RECIPIENT: Final = AgencyCode("H03.12")
OTHER: Final = AgencyCode("000.00.00.G22")
MOMENT: Final = datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC)

_numbers = count(1)


class _Leaf:
    """A tree without leaves: nothing here looks inside."""

    def findtext(
        self, path: str, default: str | None = None, namespaces: Mapping[str, str] | None = None
    ) -> str | None:
        del path, namespaces
        return default


def a_dispatch(
    octets: bytes | None = None,
    *,
    sender: str = SENDER,
    recipients: Sequence[str] = (RECIPIENT,),
    document_id: str = "",
    priority: int = 0,
    header: DocumentHeader | StatusHeader | None = None,
) -> Dispatch:
    """Return a dispatch newer than all before; its octets are unlike all others unless given."""
    number = next(_numbers)
    octets = f"văn bản {number}".encode() if octets is None else octets
    codes = tuple(AgencyCode(code) for code in recipients)
    envelope = Envelope(
        octets=octets,
        digest=hashlib.sha256(octets).hexdigest(),
        document_id=document_id or f"{sender},2026/11/22,{number}/UBND",
        sender=AgencyCode(sender),
        recipients=codes,
        subject="V/v gửi, nhận văn bản điện tử",
        header=header
        or DocumentHeader(number=str(number), notation="UBND", promulgated="2026/11/22", priority=priority),
        variant="A",
        tree=_Leaf(),
    )
    proof = Proof(
        standing=Standing.SIGNATURE, verdict="valid", signer="CN=H03.11", certificate="ab" * 32, algorithm="urn:rsa"
    )
    return Dispatch(
        id=f"{number:032x}",
        verified=Verified(envelope=envelope, proof=proof, sender=envelope.sender),
        route=a_route(envelope.sender, codes),
        caller=envelope.sender,
        correlation=f"c{number}",
        door="soap",
        accepted=MOMENT,
        seal=b"<seal/>\x00" + octets[:10],
        receipt=Receipt(
            dispatch_id=f"{number:032x}", document_id=envelope.document_id, octets=f"<receipt n='{number}'/>".encode()
        ),
    )


def a_route(sender: str, recipients: Sequence[str]) -> Route:
    """Return the way from a sender to recipients, each written by the code it is filed under."""
    return Route(sender=_end(sender), recipients=tuple(map(_end, recipients)))


def _end(code: str) -> Participant:
    return Participant(agency=AgencyCode(code), written=AgencyCode(code), level=Level.PROVINCE, bloc=Bloc.GOVERNMENT)


def a_report(about: Dispatch, *, sender: str = RECIPIENT, status: str = "03", **subject: str) -> Dispatch:
    """Return the dispatch of a status envelope about a document; `subject` replaces parts of its reference."""
    envelope = about.verified.envelope
    assert isinstance(envelope.header, DocumentHeader)
    parts: dict[str, Any] = {
        "agency": envelope.sender,
        "code": f"{envelope.header.number}/{envelope.header.notation}",
        "promulgated": envelope.header.promulgated,
        "document_id": envelope.document_id,
    } | subject
    header = StatusHeader(code=status, reported="2026/11/22 09:00:00", subject=Reference(**parts), reason="đã nhận")
    return a_dispatch(sender=sender, recipients=[envelope.sender], document_id=envelope.document_id, header=header)


def a_refusal(sender: str = SENDER) -> tuple[Arrival, Refusal]:
    """Return what was handed in, and the answer that refused it."""
    arrival = Arrival(octets=b"<x/>", caller=AgencyCode(sender), door="soap", correlation="cr", arrived=MOMENT)
    error = PolicyDenied(Problem(expected=Text("less", "ít hơn"), found="a\0b"))
    return arrival, Refusal(error=error, digest=hashlib.sha256(b"<x/>").hexdigest(), correlation="cr")


def an_outcome(of: Parcel | tuple[Dispatch, str], status: Status, **changes: Any) -> Outcome:
    """Return what became of an attempt; of the first unless `changes` say another."""
    if isinstance(of, Parcel):
        wanted = {"dispatch_id": of.dispatch_id, "recipient": of.recipient, "attempt": of.attempt}
    else:
        wanted = {"dispatch_id": of[0].id, "recipient": AgencyCode(of[1])}
    return Outcome(**{**wanted, "status": status, **changes})


def parcels_of(dispatch: Dispatch, attempt: int = 1) -> list[Parcel]:
    """Return the parcels that carry a dispatch."""
    return [
        Parcel(
            dispatch_id=dispatch.id,
            recipient=code,
            octets=dispatch.verified.envelope.octets,
            correlation=dispatch.correlation,
            accepted=dispatch.accepted,
            attempt=attempt,
            priority=dispatch.verified.envelope.priority,
        )
        for code in dispatch.recipients
    ]
