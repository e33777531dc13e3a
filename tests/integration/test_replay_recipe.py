"""The how-to on failed deliveries is executed as it is printed."""

from __future__ import annotations

import re
import shlex
from contextlib import closing
from typing import TYPE_CHECKING

import structlog
from typer.testing import CliRunner

from lgsp import telemetry
from lgsp.cli import app
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Status
from tests.conformance.reference import ROOT
from tests.dispatches import a_dispatch, an_outcome
from tests.province import an_agency, make_province

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PAGE = (ROOT / "docs/how-to/when-delivery-fails.md").read_text(encoding="utf-8")
COMMANDS = [
    line for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()
]
SENDER, RECIPIENT = AgencyCode("000.00.00.H03"), AgencyCode("000.00.11.H03")


def test_every_command_of_the_page_works_and_what_failed_is_delivered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    province = make_province(tmp_path, [an_agency(SENDER), an_agency(RECIPIENT)])
    monkeypatch.setenv("LGSP_CONFIG", str(province.config))
    sent = a_dispatch(sender=SENDER, recipients=[RECIPIENT])
    with closing(province.assembly()) as bus:
        bus.ledger.accept([sent])
        bus.ledger.record([an_outcome((sent, RECIPIENT), Status.FAILED, detail="máy bận\nbusy")])
        said = [CliRunner().invoke(app, shlex.split(line)[1:]) for line in COMMANDS]
        assert [done.exit_code for done in said] == [0] * len(COMMANDS), [done.output for done in said]
        assert all(sent.id in said[n].output and "busy" in said[n].output for n in (1, 3))
        order = re.search(r'"id":"([0-9a-f]{12})"', said[4].output)
        assert order is not None
        structlog.reset_defaults()  # the commands wrote to streams that are closed by now
        monkeypatch.setattr(telemetry, "_log", structlog.get_logger())
        (carried,) = [duty.broom for duty in bus.upkeep if duty.name == "replaying"]
        while bus.ledger.replays().all(order[1])[0].waiting:
            carried.sweep()
        while bus.relay.forward():
            pass
        shown = CliRunner().invoke(app, ["replay", "show", order[1]])
    assert shown.exit_code == 0
    assert '"outcome":"delivered"' in shown.output
