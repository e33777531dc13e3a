"""What happens in the demonstration, told in the order it happens."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from lgsp.demo.province import COMMITTEE, COMMUNE, DEPARTMENT, FINANCE, JUSTICE, ONE_STOP, Province
from lgsp.model.delivery import Status
from lgsp.model.envelope import Kind, Reference
from lgsp.model.errors import Rejected
from lgsp.sdk import File, Party, read_progress, secret, write_document, write_status
from lgsp.soap.client import Client
from lgsp.stages.envelope import read
from signing import EDXML_RULES, sign_enveloped

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.simulators.one_stop import OneStop
    from lgsp.demo.screen import Screen, Ways
    from lgsp.model.agency import AgencyCode
    from lgsp.model.delivery import Receipt
    from lgsp.soap.client import Waiting
    from lgsp.store.views import Sent

PATIENCE_SECONDS: Final = 60
_STEP_SECONDS: Final = 0.2
_ARRIVED: Final = frozenset({Status.DELIVERED, Status.TAKEN})
#: The states that the ministry tells of the dossier: being processed, processed.
_COURSE: Final = frozenset({"4", "9"})
_PDF: Final = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


@dataclass(slots=True, kw_only=True)
class Story:
    """The people of the demonstration, and what they have sent so far."""

    province: Province
    url: str
    screen: Screen
    #: The one-stop system: what it holds is what its officers see.
    desk: OneStop
    sent: dict[str, bytes] = field(default_factory=dict)
    receipts: dict[str, Receipt] = field(default_factory=dict)

    def tell(self) -> bool:
        """Play everything; return whether it all came out as it must."""
        with ExitStack() as stack:
            committee = stack.enter_context(self._client(COMMITTEE))
            department = stack.enter_context(self._client(DEPARTMENT))
            self._send(committee, "5123", "V/v gửi, nhận văn bản điện tử", [DEPARTMENT, COMMUNE, FINANCE])
            self._send(committee, "5124", "V/v số hóa dữ liệu hộ tịch", [JUSTICE, DEPARTMENT, ONE_STOP], priority=1)
            same = self._twice(committee)
            refused = self._tampered(committee)
            self._until("every delivery arrives", self._all_arrived)
            taken = self._pull(department)
            self._until("statuses come back to the sender", self._all_answered)
            return same and refused and taken and self._collect_statuses(committee) and self._progress_is_seen()

    def ways(self) -> Ways:
        """Return where every delivery stands, from the bus's own trace."""
        views = self.province.assembly.views
        found: Ways = {}
        for sender in (COMMITTEE, ONE_STOP, JUSTICE):
            for line in views.sent(sender):
                if line.kind is Kind.STATUS:
                    continue
                said = {each.reporter: each.code for each in line.business}
                name = f"{line.number}/{line.notation}" if line.kind is Kind.DOCUMENT else self._message_name(line)
                for stand in line.deliveries:
                    found[name, sender, stand.recipient] = (stand.status, said.get(stand.recipient, ""))
        return found

    def _message_name(self, line: Sent) -> str:
        held = self.province.assembly.views.document(line.dispatch_id)
        progress = read_progress(read(held.octets).tree) if held is not None else None
        return line.subject if progress is None else f"{line.subject}, state {progress.state}"

    def _client(self, code: AgencyCode) -> Client:
        return Client(self.url, code, secret(str(self.province.secrets[code])))

    def _send(self, client: Client, number: str, subject: str, to: Sequence[AgencyCode], priority: int = 0) -> None:
        now = datetime.now(UTC)
        written = write_document(
            sender=Party(code=COMMITTEE, name="UBND tỉnh"),
            recipients=[Party(code=code) for code in to],
            number=number,
            notation="UBND-VP",
            promulgated=now.date(),
            subject=subject,
            at=now,
            priority=priority,
            attachments=[File(name=f"{number}.signed.pdf", content=_PDF, content_id=f"tep-{number}")],
        )
        signed = sign_enveloped(written, self.province.key(COMMITTEE), EDXML_RULES)
        receipt = client.send(signed)
        self.sent[receipt.dispatch_id] = signed
        self.receipts[number] = receipt
        folder = self.province.folder / "receipts"
        (folder / f"{number}.receipt.xml").write_bytes(receipt.octets)
        (folder / f"{number}.edxml").write_bytes(signed)
        self.screen.say(f"{number}/UBND-VP is signed and handed in by SOAP: receipt {receipt.dispatch_id}")

    def _twice(self, client: Client) -> bool:
        first = self.receipts["5123"]
        again = client.send(self.sent[first.dispatch_id])
        same = again.octets == first.octets
        self.screen.say(f"The same document again gets the first receipt, byte for byte: {_yes(same)}")
        return same

    def _tampered(self, client: Client) -> bool:
        first = self.sent[self.receipts["5123"].dispatch_id]
        try:
            client.send(first.replace("gửi, nhận".encode(), "gửi, xóa".encode()))
        except Rejected as error:
            self.screen.say("One word changed after signing:\n  " + error.say("en").replace("\n", "\n  "))
            return error.code == "LGSP-1300"
        self.screen.say("A document changed after signing was accepted. This must not be.")
        return False

    def _pull(self, client: Client) -> bool:
        """Play the department's software: list, fetch, compare, confirm, and tell the sender."""
        equal = True
        for item in client.received(Kind.DOCUMENT):
            fetched = client.document(item.dispatch_id)
            equal &= sha256(fetched.octets).hexdigest() == item.digest and fetched.octets == self.sent[item.dispatch_id]
            client.confirm(item.dispatch_id, "done")
            for code, reason in (("01", "Đã đến"), ("03", "Đã tiếp nhận, vào sổ văn bản đến")):
                client.send(_status(item, code, reason))
        self.screen.say(f"The department fetched its documents; every octet as it was sent: {_yes(equal)}")
        return equal

    def _collect_statuses(self, client: Client) -> bool:
        came: dict[str, AgencyCode] = {}

        def all_came() -> bool:
            for item in client.received(Kind.STATUS):
                client.confirm(item.dispatch_id, "done")
                came[item.dispatch_id] = item.sender
            return set(came.values()) == {agency for _, agency in _ANSWERS}

        self._until("every answering agency's statuses are fetched", all_came)
        said = sorted(set(came.values()))
        self.screen.say(f"{len(came)} statuses came back to the sender, from {', '.join(said)}")
        return True

    def _progress_is_seen(self) -> bool:
        """Wait until the one-stop system holds what the ministry tells of the dossier."""
        rows: list[dict[str, str]] = []

        def all_came() -> bool:
            rows[:] = [row for row in self.desk.records if row["service"] == "CapNhatTienDoHoSoMC"]
            return {row["TrangThai"] for row in rows} == _COURSE and self._all_arrived()

        self._until("the ministry's progress reaches the one-stop system", all_came)
        rows.sort(key=lambda row: int(row["TrangThai"]))
        told = ", then ".join(f"state {row['TrangThai']} ({row['NoiDungXuLy']})" for row in rows)
        self.screen.say(f"The ministry's progress on the dossier reached the one-stop system: {told}")
        return all(row["MaHoSo"] == rows[0]["MaHoSo"] and row["DonViGui"] == JUSTICE for row in rows)

    def _all_arrived(self) -> bool:
        ways = self.ways()
        self.screen.show(ways)
        dossier = any(sender == ONE_STOP for _, sender, _ in ways)
        return dossier and all(Status(status) in _ARRIVED for status, _ in ways.values())

    def _all_answered(self) -> bool:
        ways = self.ways()
        self.screen.show(ways)
        awaited = {(self._name(number), COMMITTEE, to) for number, to in _ANSWERS}
        return all(ways.get(way, ("", ""))[1] == "03" for way in awaited)

    def _name(self, number: str) -> str:
        return f"{number}/UBND-VP"

    def _until(self, what: str, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                message = f"{what}: not within {PATIENCE_SECONDS} seconds"
                raise TimeoutError(message)
            time.sleep(_STEP_SECONDS)


#: Who answers which document with status 03.
_ANSWERS: Final = (("5123", DEPARTMENT), ("5123", FINANCE), ("5124", DEPARTMENT), ("5124", JUSTICE))


def _status(item: Waiting, code: str, reason: str) -> bytes:
    _, promulgated, written = item.document_id.split(",", 2)
    subject = Reference(agency=item.sender, code=written, promulgated=promulgated, document_id=item.document_id)
    return write_status(sender=Party(code=DEPARTMENT), subject=subject, code=code, reason=reason, at=datetime.now(UTC))


def _yes(truth: bool) -> str:  # noqa: FBT001 - one word for one truth
    return "yes" if truth else "NO"
