"""Adapters at work: connections and deliveries for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lgsp.sdk import Agency, AgencyCode, Connection, Delivery, File
from lgsp.stages.envelope import read
from tests.builders import MINISTRY, a_document

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lgsp.sdk import Envelope

_numbers = count(1)


def a_connection(
    options: Mapping[str, Any], *, code: str = MINISTRY, sign: Callable[[bytes], bytes] = bytes
) -> Connection:
    """Return a connection to the system that `options` describes; `sign` leaves octets as they are."""
    return Connection(agency=Agency(code=AgencyCode(code), name="Bộ mẫu"), options=options, sign=sign)


def an_envelope(**changes: Any) -> Envelope:
    """Return a document with two files, another at each call."""
    files = [
        File(name="công văn.pdf", content=b"%PDF-1.4 \x00\xff\r\n", content_id="tep-1"),
        File(name="bieu.csv", content="tên;số\r\nà;1\r\n".encode(), content_type="text/csv", content_id="tep-2"),
    ]
    wanted: dict[str, Any] = {"number": str(next(_numbers)), "recipients": [MINISTRY], "attachments": files}
    return read(a_document(**wanted | changes))


def a_delivery(envelope: Envelope | bytes | None = None, dispatch_id: str = "") -> Delivery:
    """Return a delivery of `envelope`, or of a new document."""
    if isinstance(envelope, bytes):
        envelope = read(envelope)
    held = envelope or an_envelope()
    return Delivery(
        dispatch_id=dispatch_id or uuid4().hex,
        recipient=(*held.recipients, AgencyCode(MINISTRY))[0],
        reading=lambda: held,
        correlation=uuid4().hex,
        accepted=datetime(2020, 9, 24, 2, 15, 31, tzinfo=UTC),
    )
