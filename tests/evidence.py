"""A key, a clock and small histories for tests of evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256

from lgsp.evidence.audit import audit
from lgsp.model.agency import Agency, AgencyCode
from lgsp.model.attachment import EXAMINED, AttachmentSignature, ExaminedAttachment
from lgsp.model.delivery import Handover, Status
from lgsp.model.envelope import Admission, Attachment
from lgsp.model.errors import Problem
from lgsp.model.remark import Remark
from lgsp.model.text import Text
from lgsp.store import Directory, Leaves, Ledger
from lgsp.store.books import open_books
from lgsp.store.holding import Decision
from lgsp.store.overrules import Overrules
from lgsp.store.parts import Parts
from lgsp.store.retention import Retention, Selection
from signing import HeldKey, KeyKind, make_authority, make_certificate
from tests.builders import InHand
from tests.dispatches import MOMENT, OTHER, RECIPIENT, a_dispatch, a_refusal, a_report, an_outcome
from tests.lifecycle import a_recall

if TYPE_CHECKING:
    from cryptography import x509
    from sqlalchemy import Engine

    from lgsp.evidence.audit import Finding
    from lgsp.evidence.audit.heads import Ours
    from lgsp.model.delivery import Dispatch
    from signing import Authorities, SigningKey


class Clock:
    """A clock that stands still until it is moved, at the time at which documents for tests are accepted."""

    def __init__(self) -> None:
        self.now = MOMENT

    def __call__(self) -> datetime:
        return self.now


class Held:
    """A key in hand."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key

    def current(self) -> SigningKey:
        return self._key


@cache
def a_key(kind: KeyKind = KeyKind.P_256) -> Held:
    """Return the bus's key, the same each time for one kind."""
    made = make_certificate(make_authority("Tests"), "Trục liên thông", kind=kind)
    return Held(HeldKey.read(made.key, made.certificate))


def a_log(store: Engine) -> tuple[Dispatch, Dispatch]:
    """Let something of every kind happen; return the document and the report about it."""
    ledger, dispatch = Ledger(store), a_dispatch(recipients=[RECIPIENT, OTHER])
    ledger.accept([dispatch, a_dispatch()], [a_refusal()])
    ledger.record([an_outcome((dispatch, code), Status.QUEUED) for code in dispatch.recipients])
    handover = Handover(reference="VB 17", facts={"state": "mới"})
    ledger.record([an_outcome((dispatch, OTHER), Status.DELIVERED, handover=handover, detail="state: mới")])
    ledger.record([an_outcome((dispatch, RECIPIENT), Status.ACCEPTED, detail="đang bận")])
    ledger.note(dispatch.id, RECIPIENT, "đã gọi điện")
    report = a_report(dispatch)
    ledger.accept([report])
    return dispatch, report


def everything(store: Engine) -> None:
    """Write rows into every table that the log witnesses, some of them more than once."""
    _pruned(store)
    a_log(store)
    _recalled(store)
    _held(store)
    _ruled(store)
    ledger = Ledger(store, examination=timedelta(0))
    full = _with_attachment()
    ledger.accept([full])
    ledger.unexamined(10, 60)
    found = ExaminedAttachment(name="cong_van.pdf", digest="cd" * 32, outcome=EXAMINED, signatures=(SIGNATURE,))
    assert ledger.examined(full.id, [found], "attachments examined")
    ledger.record([an_outcome((full, RECIPIENT), Status.DELIVERED)])
    retention = Retention(store)
    assert retention.place(Selection(ids=[full.id]), reason="thanh tra", operator="Mẫu") == 1
    assert not ledger.erase(full.id, "hết thời hạn lưu trữ")
    assert retention.release(Selection(ids=[full.id])) == 1
    assert ledger.erase(full.id, "hết thời hạn lưu trữ")
    retention.place(Selection(ids=[full.id]), reason="khiếu nại", operator="Mẫu")
    directory = Directory(store)
    for code in (RECIPIENT, OTHER):
        directory.register(Agency(code=code, name="Sở Nội vụ", options={"số": [1, None]}), with_secret=True)
    certificate = a_key().current().certificate
    directory.bind(RECIPIENT, certificate, since=MOMENT)
    directory.unbind(certificate.fingerprint(SHA256()).hex())
    directory.give_secret(OTHER)
    directory.add(Agency(code=OTHER, name="Bộ Tư pháp"))
    directory.close(OTHER, successor=RECIPIENT, since=MOMENT)
    if not directory.aliases():
        directory.add_alias(AgencyCode("000.00.12.H03"), RECIPIENT, until=MOMENT)
        directory.let_speak(RECIPIENT, OTHER, since=MOMENT)
    directory.add_group(AgencyCode("H03.TATCA"), "Các sở")
    directory.add_members(AgencyCode("H03.TATCA"), [RECIPIENT])


SIGNATURE = AttachmentSignature(
    field="NguoiKy",
    role="person",
    role_by="identifier",
    agency=RECIPIENT,
    signer="CN=Nguyễn Văn Mẫu",
    certificate="ab" * 32,
    result="valid",
    reason="",
    detail="",
    belief="yes",
    anchor="CA",
    intact=True,
    covers="file",
    changes="none",
    level="B-T",
    claimed="2026-11-22T01:02:03+07:00",
    stamped=datetime(2026, 11, 22, tzinfo=UTC),
    visible=False,
)


def _pruned(store: Engine) -> None:
    """Refuse something long ago, and put that away."""
    long_ago = datetime(2019, 2, 1, tzinfo=UTC)
    arrival, answer = a_refusal()
    Ledger(store).accept([], [(replace(arrival, arrived=long_ago, correlation="long ago"), answer)])
    while Leaves(store).append(1000):
        pass
    Parts(store).prune(datetime(2019, 4, 1, tzinfo=UTC))


def _recalled(store: Engine) -> None:
    """Let a report come before its document, and the document be recalled when it is taken."""
    ledger, dispatch = Ledger(store), a_dispatch()
    ledger.accept([a_report(dispatch)])
    ledger.accept([dispatch])
    ledger.record([an_outcome((dispatch, RECIPIENT), Status.TAKEN)])
    ledger.accept([a_recall(dispatch)])
    ledger.accept([a_report(dispatch, status="15")])


def _held(store: Engine) -> None:
    """Hold two documents, and let one of them go."""
    ledger, plain = Ledger(store), (a_dispatch(), a_dispatch())
    doubtful = [replace(d.verified.proof, admission=Admission.HOLD, doubt="revocation unknown") for d in plain]
    both = zip(plain, doubtful, strict=True)
    held = [replace(d, verified=replace(d.verified, proof=proof)) for d, proof in both]
    ledger.accept(held)
    verified = plain[1].verified
    said = Text("it goes", "được chuyển đi")
    decision = Decision(dispatch_id=held[1].id, admission=Admission.ACCEPT, said=said, detail="good", verified=verified)
    assert ledger.decide(decision)


def _ruled(store: Engine) -> None:
    """Let a rule remark something, and another be overruled, and one more for a while only."""
    problem = Problem(element="edXML/Paper", expected=Text("a reason", "lý do"), found="1")
    Ledger(store).accept([replace(a_dispatch(), remarks=(Remark(rule="paper-reason", problem=problem),))])
    overrules = Overrules(store)
    overrules.add("state-secrets", "ab" * 32, why="tên phim", operator="vanthu")
    overrules.add("state-secrets", "cd" * 32, why="nhầm", operator="vanthu")
    overrules.take_back("state-secrets", "cd" * 32)


def _with_attachment() -> Dispatch:
    dispatch = a_dispatch()
    file = Attachment(content_id="1", name="cong_van.pdf", content_type="application/pdf", content=InHand(b"%PDF-"))
    envelope = replace(dispatch.verified.envelope, attachments=(file,))
    return replace(dispatch, verified=replace(dispatch.verified, envelope=envelope))


def ours(certificate: x509.Certificate, _: datetime) -> bool:
    """Tell whether a certificate is that of the bus."""
    return certificate == a_key().current().certificate


def audited(store: Engine, mine: Ours = ours, *, times: Authorities | None = None) -> list[Finding]:
    """Return what an audit finds."""
    with open_books(store) as books:
        return list(audit(books, mine, times=times))
