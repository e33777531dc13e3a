"""From a document that is past its time to the operator's eyes: through the bus's own upkeep and its command."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from typer.testing import CliRunner

from lgsp.cli import app
from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import Arrival
from tests.builders import a_document
from tests.province import an_agency, make_province
from tests.services.mail import MailServer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from lgsp.assembly import Assembly

COMMITTEE = AgencyCode("000.00.00.H03")
DEPARTMENT = AgencyCode("000.00.11.H03")

_MAIL = """\
[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "truc@tinh.example"
at = "00:00"
addresses = {{ "{code}" = ["vanthu@ubnd.example"] }}
[calendar]
working_days = [{today}]
"""


def swept(bus: Assembly, *names: str) -> None:
    for duty in bus.upkeep:
        if duty.name in names:
            while duty.broom.sweep():
                pass


def test_what_was_sent_too_late_is_listed_and_mailed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    today = datetime.now(UTC) + timedelta(hours=7)
    days = ", ".join(f"{today + timedelta(days=n):%Y-%m-%d}" for n in (0, 1))
    with MailServer() as server:
        more = _MAIL.format(port=server.port, code=COMMITTEE, today=days)
        province = make_province(tmp_path / "bus", [an_agency(COMMITTEE), an_agency(DEPARTMENT)], more=more)
        with closing(province.assembly()) as bus:
            octets = province.signed(a_document(recipients=[DEPARTMENT], priority=0), COMMITTEE)
            at = datetime.now(UTC) - timedelta(minutes=5)
            arrival = Arrival(octets=octets, caller=COMMITTEE, door="test", correlation="c1", arrived=at)
            bus.intake.accept([arrival])
            with structlog.testing.capture_logs() as lines:
                swept(bus, "reminding", "mailing")
    told = [line for line in lines if line["event"] == "deadline.passed"]
    assert [(line["what"], line["agency"], line["correlation"]) for line in told] == [("late", COMMITTEE, "c1")]
    assert [to for to, _ in server.mails] == [["vanthu@ubnd.example"]]
    monkeypatch.setenv("LGSP_CONFIG", str(province.config))
    listed = CliRunner().invoke(app, ["overdue"])
    assert listed.exit_code == 0, listed.output
    (fact,) = map(json.loads, listed.output.splitlines())
    assert (fact["what"], fact["number"], fact["agency"], fact["open"]) == ("late", "5123", COMMITTEE, True)
    for arguments in (["overdue", DEPARTMENT], ["overdue", "--what", "untaken"]):
        assert CliRunner().invoke(app, arguments).output == ""
