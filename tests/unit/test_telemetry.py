from __future__ import annotations

import ast
import io
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from lgsp import telemetry
from lgsp.model.age import Age, Wait
from lgsp.model.agency import AgencyCode
from lgsp.model.attachment import Unexamined
from lgsp.model.delivery import Outcome, Receipt, Refusal, Status
from lgsp.model.envelope import Admission, Arrival
from lgsp.model.errors import (
    ContentUnavailable,
    Misconfigured,
    Problem,
    SchemaViolation,
    SignatureRejected,
    StoreUnavailable,
)
from lgsp.model.overdue import Overdue, What
from lgsp.model.text import Text
from lgsp.transport import Parcel
from signing import KeyUnusable
from tests.keyring import a_key

if TYPE_CHECKING:
    from collections.abc import Iterator

LGSP = Path(telemetry.__file__).parent
AGENCY = AgencyCode("000.00.11.H03")
FROM_LIBRARIES = {"library"}
NOW = datetime(2026, 3, 10, tzinfo=UTC)
CONTENT = b"<noi-dung-mat/>"
ARRIVAL = Arrival(octets=CONTENT, caller=AGENCY, door="soap", correlation="c1", arrived=NOW)
PARCEL = Parcel(dispatch_id="d1", recipient=AGENCY, octets=CONTENT, correlation="c1", accepted=NOW)
UNEXAMINED = Unexamined(dispatch_id="d1", sender=AGENCY, octets=CONTENT, correlation="c1", accepted=NOW, attempt=1)
PROBLEM = Problem(element="edXML/Subject", expected=Text("a text", "văn bản"), found="Nguyễn Văn Mẫu")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def outcome(status: Status, **more: Any) -> Outcome:
    return Outcome(dispatch_id="d1", recipient=AGENCY, status=status, **more)


def everything() -> None:
    """Write each event at least once."""
    telemetry.started("serve", store="sqlite")
    telemetry.stopped("serve")
    refusal = Refusal(error=SchemaViolation(PROBLEM), digest="00", correlation="c1")
    receipt = Receipt(dispatch_id="d1", document_id="secret-number", octets=CONTENT)
    telemetry.answered([ARRIVAL] * 3, [receipt, refusal, receipt], [False, False, True])
    telemetry.call_refused("soap", "c1", SchemaViolation(PROBLEM), agency=AGENCY)
    held = Receipt(dispatch_id="d1", document_id="secret-number", octets=CONTENT, admission=Admission.HOLD)
    telemetry.answered([ARRIVAL], [held], [False])
    telemetry.process_ended("relay", 1, -9)
    telemetry.decided("d1", ARRIVAL, Admission.ACCEPT)
    telemetry.engines_disagree(ARRIVAL, SignatureRejected(disputed="xmlsec: right, signxml: wrong"))
    telemetry.engines_disagree(ARRIVAL, SignatureRejected())
    telemetry.revocation_missing("crl", "http://ca.test/latest.crl", "ConnectError")
    telemetry.revocation_doubted("http://ca.test/latest.crl", "the signature of the list is not its issuer's")
    telemetry.attachment_unsigned(UNEXAMINED, ["person", "organ"])
    telemetry.attachment_unread(UNEXAMINED, 0, "time")
    telemetry.forwarded([PARCEL], [outcome(Status.QUEUED)])
    for status in (Status.DELIVERED, Status.REFUSED, Status.FAILED):
        telemetry.attempted(PARCEL, outcome(status, detail="Nguyễn Văn Mẫu"))
    telemetry.attempted(PARCEL, outcome(Status.ACCEPTED, due=NOW))
    urgent = replace(PARCEL, priority=3, accepted=NOW - timedelta(seconds=60))
    telemetry.measured([urgent, PARCEL], [outcome(Status.DELIVERED)] * 2, {3: 5.0})
    telemetry.measured([urgent], [outcome(Status.DELIVERED)], {3: 3600.0 * 24 * 36500})
    for what in (What.URGENT, What.UNTAKEN):
        telemetry.overdue(
            Overdue(what=what, dispatch_id="d1", recipient=AGENCY, agency=AGENCY, due=NOW, correlation="c1")
        )
    telemetry.unanswered({"kind": "recall", "recipient": AGENCY, "dispatch_id": "d2", "about": "d1"})
    telemetry.expired(AGENCY, "d1", "c1", NOW)
    telemetry.age_exceeded(Age(what=Wait.QUEUED, since=NOW, agency=AGENCY), NOW, 60.0)
    telemetry.age_recovered(Age(what=Wait.OUTBOX, since=NOW))
    telemetry.spared(AGENCY, "đang nghỉ\naway", is_open=True)
    telemetry.spared(AGENCY, "", is_open=False)
    telemetry.not_as_stored(PARCEL, ContentUnavailable("ab" * 32))
    telemetry.not_as_stored(PARCEL, ContentUnavailable("ab" * 32, "cd" * 32))
    telemetry.not_given("soap", "c1", ContentUnavailable("ab" * 32), agency="H03")
    telemetry.erased(2)
    telemetry.unmatched(3, 1)
    telemetry.untold("mail", "SMTPAuthenticationError", 3, agency=AGENCY)
    telemetry.misconfigured(AGENCY, Misconfigured())
    telemetry.key_expires("seal", "current", subject="CN=bus", days_left=-1)
    telemetry.key_changed(a_key())
    telemetry.key_unusable(Path("next.key"), KeyUnusable("no PEM"))
    telemetry.head_signed(2, "00" * 32)
    telemetry.log_broken("tile 0 of tier 0 lacks hashes")
    telemetry.unavailable("relay", StoreUnavailable())
    try:
        raise ZeroDivisionError  # noqa: TRY301 - the exception being handled is what is told
    except ZeroDivisionError:
        telemetry.unforeseen("deliver", "c1")


def test_every_event_written_is_listed_and_every_listed_one_is_written() -> None:
    with structlog.testing.capture_logs() as lines:
        everything()
    assert {line["event"] for line in lines} == set(telemetry.EVENTS) - FROM_LIBRARIES


def test_events_have_literal_names_so_that_the_list_can_be_held_complete() -> None:
    tree = ast.parse((LGSP / "telemetry.py").read_text(encoding="utf-8"))
    named = {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "_log"
        and isinstance(call.args[0], ast.Constant)
    }
    assert named | set(telemetry._ATTEMPTED.values()) == set(telemetry.EVENTS) - FROM_LIBRARIES


def test_nobody_else_writes_to_the_log() -> None:
    loggers = {"structlog", "logging"}
    for path in LGSP.rglob("*.py"):
        if path.name == "telemetry.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not loggers & {name.partition(".")[0] for name in names}, f"{path} imports a logger"


def test_what_happens_to_a_document_carries_its_correlation() -> None:
    with structlog.testing.capture_logs() as lines:
        everything()
    of_documents = [line for line in lines if line["event"].startswith(("document.", "delivery.", "attachment."))]
    assert of_documents
    assert {line["correlation"] for line in of_documents} == {"c1"}


def test_no_content_and_no_value_from_inside_a_document_is_logged() -> None:
    with structlog.testing.capture_logs() as lines:
        everything()
    written = repr(lines)
    assert "noi-dung-mat" not in written
    assert "Nguyễn" not in written
    assert "secret-number" not in written


def test_a_line_is_one_json_object_with_level_and_utc_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class Standard(io.BytesIO):
        @property
        def buffer(self) -> Standard:
            return self

    error = Standard()
    monkeypatch.setattr("sys.stderr", error)
    telemetry.configure()
    monkeypatch.setattr(telemetry, "_log", structlog.get_logger())
    everything()
    lines = [json.loads(line) for line in error.getvalue().splitlines()]
    assert {line["event"] for line in lines} == set(telemetry.EVENTS) - FROM_LIBRARIES
    assert all(line["timestamp"].endswith("Z") and line["level"] for line in lines)


def test_below_the_chosen_level_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    telemetry.configure("error", "console")
    monkeypatch.setattr(telemetry, "_log", structlog.get_logger())
    telemetry.stopped("relay")
    telemetry.unavailable("relay", StoreUnavailable())
    assert capsys.readouterr().err == ""


def test_what_a_library_logs_comes_out_as_an_event_without_the_values_of_its_variables(
    capfd: pytest.CaptureFixture[str],
) -> None:
    telemetry.configure("info", "json")
    try:
        secret = "mat-khau"
        raise ZeroDivisionError(len(secret))  # noqa: TRY301 - the exception being handled is what is told
    except ZeroDivisionError:
        logging.getLogger("zeep").exception("asked %s", "in vain")
    logging.getLogger("pika").error("the caller is told of this")
    logging.basicConfig(force=True, handlers=[])

    (line,) = capfd.readouterr().err.splitlines()

    assert json.loads(line)["event"] == "library"
    assert json.loads(line)["said"] == "asked in vain"
    assert "mat-khau" not in line
