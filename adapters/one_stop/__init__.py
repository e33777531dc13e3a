"""The one-stop system of a department or commune: dossiers and documents in, dossiers and progress out.

    adapter = "one_stop"
    [options]
    address = "https://motcua.example.gov.vn"
    unit = "000.00.11.H03"
    username_file = "/etc/lgsp/motcua.user"
    password_file = "/etc/lgsp/motcua.password"

It speaks as the national service portal does: a session by user name and password, then one address for every
service, `{session, madonvi, service, isUpdating, data}`, answered with `error_code` "0".
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import NAMESPACE_URL, uuid5

from adapters.dialect.answer import Rule, Rules, say
from adapters.dialect.login import session_login
from adapters.dialect.trouble import not_taken
from adapters.dialect.web import Call, Web
from adapters.one_stop import portal
from lgsp.sdk import (
    DocumentHeader,
    Rejected,
    StatusHeader,
    options,
    read_dossier,
    read_progress,
    write_dossier,
    write_message,
    write_progress,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lgsp.sdk import Connection, Delivery, Handover

_log = logging.getLogger(__name__)

_DONE: Final = Rule(field="error_code", values=("0",))
_THERE_ALREADY: Final = Rule(field="message", texts=("đã tồn tại", "đã được tiếp nhận"))
_BUSY: Final = Rule(field="message", texts=("hệ thống bận", "vui lòng thử lại"))
_EXPIRED: Final = Rule(field="message", texts=("phiên làm việc hết hạn", "session không hợp lệ"))


@dataclass(frozen=True, slots=True, kw_only=True)
class OneStopOptions:
    """How the system is reached. The names of services are those of the national portal, or the system's own."""

    address: str
    #: `madonvi`: the unit that the bus speaks for.
    unit: str
    username_file: str
    password_file: str
    #: Further headers of the login, e.g. `dstcode`.
    login_headers: Mapping[str, str] = field(default_factory=dict)
    login_path: str = "/login"
    service_path: str = "/dichvu"
    #: For each step of a call: connecting, sending, waiting for the answer.
    timeout_seconds: float = 30
    #: Authorities (PEM) that vouch for the system; empty: those of this machine.
    ca_file: str = ""
    dossiers: str = "DongBoHoSoMC"
    progress: str = "CapNhatTienDoHoSoMC"
    documents: str = "NhanVanBan"
    statuses: str = "NhanTrangThaiVanBan"
    #: The service that lists what waits to be sent, and the one that is told what was fetched; empty: nothing is.
    outgoing: str = "LayHoSoMoi"
    fetched: str = "XacNhanDaNhan"
    #: Recipients of what the system sends without saying to whom.
    recipients: Sequence[str] = ()


class OneStop:
    """Hands dossiers and documents to one one-stop system, and sends its dossiers and progress."""

    def __init__(self, connection: Connection) -> None:
        """Read and check everything that is configured; nothing is asked yet."""
        self._options = options(OneStopOptions, connection)
        self._agency, self._sign = connection.agency, connection.sign
        self._rules = Rules(success=(_DONE,), busy=(_BUSY,), already=(_THERE_ALREADY,), reference="ma_tiep_nhan")
        self._web = Web(
            self._options.address,
            timeout_seconds=self._options.timeout_seconds,
            ca_file=self._options.ca_file,
            login=session_login(
                path=self._options.login_path,
                headers=self._options.login_headers,
                username_file=self._options.username_file,
                password_file=self._options.password_file,
            ),
            place=f"agency {connection.agency.code}, options",
        )

    def deliver(self, delivery: Delivery) -> Handover:
        """Hand a dossier, a progress report, a document or a status over; there already counts as done."""
        service, row = self._request(delivery)
        row |= {"MaGiaoDich": delivery.dispatch_id}
        with self._web.discreet():
            answer = self._ask(service, [row])
            if service == self._options.dossiers and _THERE_ALREADY.holds(answer):
                # Either an earlier try or an earlier state of the same dossier: writing it anew is right for both.
                answer = self._ask(service, [row], updating=True)
            return self._rules.handover(answer)

    def collect(self) -> Iterator[bytes]:
        """Yield what the system has to send as signed messages; what the bus has is confirmed one by one."""
        if not self._options.outgoing:
            return
        while rows := self._waiting():
            sent = 0
            for row in rows:
                if (message := self._message(row)) is not None:
                    yield self._sign(message)
                    self._confirm(say(row["MaBanGhi"]))
                    sent += 1
            if not sent:
                return

    def close(self) -> None:
        """Give back the connections."""
        self._web.close()

    def _request(self, delivery: Delivery) -> tuple[str, portal.Row]:
        envelope = delivery.envelope
        if isinstance(envelope.header, DocumentHeader):
            return self._options.documents, portal.document_row(delivery, envelope.header)
        if isinstance(envelope.header, StatusHeader):
            return self._options.statuses, portal.status_row(delivery, envelope.header)
        sent = {"MaThongDiep": envelope.document_id, "DonViGui": envelope.sender}
        if (dossier := read_dossier(envelope.tree)) is not None:
            return self._options.dossiers, sent | portal.dossier_row(dossier)
        if (progress := read_progress(envelope.tree)) is not None:
            return self._options.progress, sent | portal.progress_row(progress)
        raise not_taken(envelope.header.payload)

    def _ask(self, service: str, data: Sequence[portal.Row], *, updating: bool = False) -> Any:
        body = {"madonvi": self._options.unit, "service": service, "isUpdating": str(updating), "data": data}
        return self._web.ask(Call(path=self._options.service_path, body=body), (_EXPIRED,))

    def _waiting(self) -> list[Any]:
        with self._web.discreet():
            answer = self._ask(self._options.outgoing, [])
            self._rules.demand_success(answer)
        return [row for row in answer.get("data") or () if isinstance(row, dict)]

    def _confirm(self, row_id: str) -> None:
        with self._web.discreet():
            self._rules.handover(self._ask(self._options.fetched, [{"MaBanGhi": row_id}]))

    def _message(self, row: portal.Row) -> bytes | None:
        """Return the message for a row; None, with a warning, for one that cannot be sent: it stays unconfirmed."""
        row_id = say(row.get("MaBanGhi"))
        recipients = [say(code) for code in row.get("DonViNhan") or self._options.recipients]
        if not row_id or not recipients:
            _log.warning("agency %s: row '%s' has no MaBanGhi or no DonViNhan", self._agency.code, row_id)
            return None
        try:
            number, service, payload = _payload(row)
            return write_message(
                sender=self._agency.code,
                recipients=recipients,
                service=service,
                payload=payload,
                # The row's own time and identifier: fetched twice, it is the same message.
                created=portal.moment(row, "ThoiDiem"),
                conversation=number,
                message_id=str(uuid5(NAMESPACE_URL, f"{self._agency.code}/{row_id}")),
                in_reply_to=say(row.get("TraLoiThongDiep")),
            )
        except (ValueError, AttributeError, TypeError, Rejected) as error:
            _log.warning("agency %s: row '%s' is not sent: %s", self._agency.code, row_id, type(error).__name__)
            return None


def _payload(row: portal.Row) -> tuple[str, str, bytes]:
    """Return dossier number, service and payload."""
    if "TienDo" in row:
        progress = portal.read_progress_row(row["TienDo"])
        return progress.number, "one-stop.progress", write_progress(progress)
    dossier = portal.read_dossier_row(row["HoSo"] if isinstance(row.get("HoSo"), dict) else {})
    return dossier.number, "one-stop.dossier", write_dossier(dossier)
