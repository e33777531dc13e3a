"""Who must act is told by mail and by webhook: over real servers, once, and again where it failed."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import insert, select, update

from lgsp.calendar import calendar_of
from lgsp.model.calendar import VIETNAM
from lgsp.settings import CalendarSection
from lgsp.store import Ledger
from lgsp.store.engine import commit, look
from lgsp.store.reminders import Reminders
from lgsp.store.tables import agency, reminder
from lgsp.upkeep.mailing import Mailing, Post, Server
from lgsp.upkeep.posting import Posting
from tests.dispatches import OTHER, RECIPIENT, SENDER, a_dispatch
from tests.services.mail import MailServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

#: A Monday, after the time at which mails go.
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=VIETNAM).astimezone(UTC)
CALENDAR = calendar_of(CalendarSection())
SECRET = b"c2VjcmV0"


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def remind(engine: Engine, *agencies: str, what: str = "untaken", at: datetime = NOW) -> None:
    """Let something of each agency be past its time."""
    for code in agencies:
        made = a_dispatch(recipients=[code])
        Ledger(engine).accept([made])
        row = {"what": what, "dispatch_id": made.id, "recipient": code, "agency": code, "due": at, "found": at}
        commit(engine, lambda connection, row=row: connection.execute(insert(reminder).values(row)))  # type: ignore[misc]


def register(engine: Engine, code: str, mail: str) -> None:
    words = {"code": code, "name": f"Sở {code}", "level": "province", "bloc": "government", "adapter": "mailbox"}
    row: dict[str, Any] = {**words, "options": {}, "mail": mail}
    commit(engine, lambda connection: connection.execute(insert(agency).values(row)))


def mailing(engine: Engine, server: MailServer, clock: Callable[[], datetime], **more: Any) -> Mailing:
    to = Server(host="127.0.0.1", port=server.port, security="none", timeout_seconds=5)
    post = Post(server=to, sender="truc@tinh.example", **more)
    return Mailing(Reminders(engine), post, CALENDAR, clock=clock)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def test_an_agency_gets_one_mail_a_day_however_much_there_is(store: Engine, server: MailServer, clock: Clock) -> None:
    register(store, RECIPIENT, "vanthu@so.example")
    remind(store, *[RECIPIENT] * 3)
    broom = mailing(store, server, clock)
    assert broom.sweep() == 1
    remind(store, RECIPIENT)
    assert broom.sweep() == 0
    ((to, mail),) = server.mails
    assert to == ["vanthu@so.example"]
    assert mail["Subject"] == "Có 3 văn bản quá hạn trên trục liên thông văn bản của tỉnh"
    assert mail["From"] == "truc@tinh.example"
    text = mail.get_content()
    assert text.index("Kính gửi: Sở H03.12") < text.index("To: Sở H03.12")
    assert text.count("  - ") == 6
    clock.now = NOW + timedelta(days=1)
    assert broom.sweep() == 0  # 24 November, Ngày Văn hóa Việt Nam
    clock.now = NOW + timedelta(days=2)
    assert broom.sweep() == 1
    assert server.mails[1][1]["Subject"].startswith("Có 1 văn bản")


def test_subjects_stand_in_mails_only_where_the_operator_wants_them(
    store: Engine, server: MailServer, clock: Clock
) -> None:
    remind(store, RECIPIENT)
    addresses = {RECIPIENT: ["a@so.example", "b@so.example"]}
    assert mailing(store, server, clock, addresses=addresses).sweep() == 1
    remind(store, OTHER)
    assert mailing(store, server, clock, addresses={OTHER: ["c@so.example"]}, subjects=True).sweep() == 1
    (to, plain), (_, full) = server.mails
    assert to == ["a@so.example", "b@so.example"]
    subject = "V/v gửi, nhận văn bản điện tử"
    assert subject not in plain.get_content()
    assert full.get_content().count(subject) == 2


def test_nobody_is_written_to_on_a_day_of_rest_or_before_the_morning(
    store: Engine, server: MailServer, clock: Clock
) -> None:
    remind(store, RECIPIENT)
    broom = mailing(store, server, clock, operators=["vh@tinh.example"])
    for at in (datetime(2026, 11, 22, 9, 0), datetime(2026, 11, 23, 7, 0), datetime(2026, 9, 2, 9, 0)):  # noqa: DTZ001
        clock.now = at.replace(tzinfo=VIETNAM)
        assert broom.sweep() == 0
    clock.now = NOW
    assert broom.sweep() == 1


def test_operators_hear_of_every_agency_in_one_mail(store: Engine, server: MailServer, clock: Clock) -> None:
    remind(store, RECIPIENT, OTHER)
    remind(store, SENDER, what="urgent")
    broom = mailing(store, server, clock, operators=["vh@tinh.example"])
    assert broom.sweep() == 1
    ((to, mail),) = server.mails
    assert to == ["vh@tinh.example"]
    assert all(f"{code}" in mail.get_content() for code in (RECIPIENT, OTHER, SENDER))
    assert broom.sweep() == 0


def test_a_mail_that_failed_is_tried_again_and_a_restart_does_not_tell_twice(
    store: Engine, server: MailServer, clock: Clock
) -> None:
    remind(store, RECIPIENT)
    addresses = {RECIPIENT: ["a@so.example"]}
    server.refusing = "451 later"
    with structlog.testing.capture_logs() as lines:
        assert mailing(store, server, clock, addresses=addresses).sweep() == 0
    assert [(line["event"], line["channel"], line["agency"]) for line in lines] == [
        ("reminder.untold", "mail", RECIPIENT)
    ]
    server.refusing = ""
    assert mailing(store, server, clock, addresses=addresses).sweep() == 0  # its pause is not over
    clock.now = NOW + timedelta(minutes=5)
    assert mailing(store, server, clock, addresses=addresses).sweep() == 1
    assert mailing(store, server, clock, addresses=addresses).sweep() == 0
    assert len(server.mails) == 1


def test_a_mail_goes_by_tls_to_a_server_that_is_known_and_with_a_log_in(tmp_path: Path, sqlite_store: Engine) -> None:
    _certified(tmp_path)
    remind(sqlite_store, RECIPIENT)
    with MailServer(
        certificate=tmp_path / "mail.crt", key=tmp_path / "mail.key", user="truc", password="mat-khau"
    ) as server:

        def broom(**changes: Any) -> Mailing:
            facts: dict[str, Any] = {
                "host": "127.0.0.1",
                "port": server.port,
                "security": "starttls",
                "timeout_seconds": 5,
            }
            facts |= {"certificates": tmp_path / "mail.crt", "user": "truc", "password": "mat-khau"} | changes
            post = Post(server=Server(**facts), sender="t@x.example", addresses={RECIPIENT: ["a@b.example"]})
            return Mailing(Reminders(sqlite_store), post, CALENDAR, clock=lambda: at)

        at = NOW
        wrong: list[dict[str, Any]] = [{"certificates": None}, {"password": "sai"}, {"security": "none"}]
        for changes in wrong:
            assert broom(**changes).sweep() == 0
            at += timedelta(hours=1)
        assert server.mails == []
        assert broom().sweep() == 1
    assert len(server.mails) == 1


def test_an_address_that_is_none_harms_nobody_else(store: Engine, server: MailServer, clock: Clock) -> None:
    remind(store, RECIPIENT, OTHER)
    addresses = {RECIPIENT: ["a@so.example\nBcc: x@y.example"], OTHER: ["c@so.example"]}
    assert mailing(store, server, clock, addresses=addresses).sweep() == 1
    assert [to for to, _ in server.mails] == [["c@so.example"]]


def _certified(folder: Path) -> None:
    """Make a certificate of this machine's loopback, which vouches for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    loopback = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(loopback, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "mail.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "mail.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


class Receiver(BaseHTTPRequestHandler):
    """Keeps what is posted."""

    posted: list[tuple[dict[str, str], bytes]]
    answers: list[int]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.posted.append((dict(self.headers), body))
        self.send_response(self.answers.pop(0) if self.answers else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[tuple[str, type[Receiver]]]:
    kept = type("Kept", (Receiver,), {"posted": [], "answers": []})
    with HTTPServer(("127.0.0.1", 0), kept) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/nhac-viec", kept
        server.shutdown()
        thread.join()


def test_a_webhook_gets_each_reminder_once_and_can_tell_who_posted_it(
    store: Engine, receiver: tuple[str, type[Receiver]], clock: Clock
) -> None:
    url, kept = receiver
    remind(store, RECIPIENT, OTHER)
    broom = Posting(Reminders(store), url, SECRET, clock=clock)
    assert broom.sweep() == 2
    assert broom.sweep() == 0
    assert Posting(Reminders(store), url, SECRET, clock=clock).sweep() == 0
    ((headers, body),) = kept.posted
    expected = hmac.new(SECRET, headers["LGSP-Timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["LGSP-Signature"] == f"sha256={expected}"
    facts = json.loads(body)["reminders"]
    assert {fact["agency"] for fact in facts} == {RECIPIENT, OTHER}
    assert len({fact["id"] for fact in facts}) == 2
    assert not any("subject" in fact for fact in facts)


def test_what_a_webhook_did_not_take_is_posted_again_later(
    store: Engine, receiver: tuple[str, type[Receiver]], clock: Clock
) -> None:
    url, kept = receiver
    kept.answers = [500, 302]
    remind(store, RECIPIENT)
    broom = Posting(Reminders(store), url, SECRET, clock=clock)
    with structlog.testing.capture_logs() as lines:
        assert broom.sweep() == 0
        assert broom.sweep() == 0  # too early
        clock.now += timedelta(seconds=30)
        assert broom.sweep() == 0  # sent elsewhere: nobody is followed there
        clock.now += timedelta(seconds=60)
        assert broom.sweep() == 1
    assert [line["why"] for line in lines] == ["HTTP 500", "HTTP 302"]
    assert len(kept.posted) == 3
    assert look(store, lambda c: c.execute(select(reminder.c.posted)).scalar_one()) == clock.now


def test_a_webhook_that_is_not_there_holds_nothing_up(store: Engine, clock: Clock) -> None:
    remind(store, RECIPIENT)
    broom = Posting(Reminders(store), "http://127.0.0.1:9/", SECRET, clock=clock, timeout_seconds=2)
    with structlog.testing.capture_logs() as lines:
        assert broom.sweep() == 0
    assert [line["event"] for line in lines] == ["reminder.untold"]


def test_what_was_found_long_ago_is_not_told_to_who_listens_only_now(
    store: Engine, receiver: tuple[str, type[Receiver]], clock: Clock
) -> None:
    remind(store, RECIPIENT, at=NOW - timedelta(days=8))
    assert Posting(Reminders(store), receiver[0], SECRET, clock=clock).sweep() == 0
    commit(store, lambda connection: connection.execute(update(reminder).values(found=NOW)))
    assert Posting(Reminders(store), receiver[0], SECRET, clock=clock).sweep() == 1
