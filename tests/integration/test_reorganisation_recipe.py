"""The how-to on reorganisations is executed as it is printed, and documents go where it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lgsp.model.agency import AgencyCode, State
from lgsp.model.delivery import Receipt, Refusal
from lgsp.model.envelope import Arrival
from lgsp.model.errors import AgencyClosed, PaperOnly
from tests.builders import a_document
from tests.conformance.reference import ROOT
from tests.province import an_agency, make_province

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = (ROOT / "docs/how-to/reorganise.md").read_text(encoding="utf-8")
SENDER = AgencyCode("H41")
#: Keys made today sign nothing in 2025.
UNSIGNED = '[[trust.admission]]\nverdict = "absent"\noutcome = "for-information"\n'
DAY = datetime(2025, 6, 30, 17, tzinfo=UTC)  # 1/7/2025 begins in Hà Nội
EVE, DAY_AFTER = DAY - timedelta(minutes=1), DAY + timedelta(minutes=1)


def _done(folder: Path, config: Path) -> str:
    (folder / "lgsp").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m lgsp "$@"\n', encoding="utf-8")
    (folder / "lgsp").chmod(0o755)
    environment = {**os.environ, "LGSP_CONFIG": str(config), "PATH": f"{folder}:{os.environ['PATH']}"}
    blocks = re.findall(r"^```bash\n(.*?)^```$", RECIPE, re.MULTILINE | re.DOTALL)
    run = subprocess.run(
        ["bash", "-euc", "\n".join(blocks)], cwd=ROOT, env=environment, check=False, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_the_reorganisation_of_1_7_2025_is_carried_as_the_how_to_says(tmp_path: Path) -> None:
    province = make_province(tmp_path, [an_agency(SENDER)], more=UNSIGNED)
    said = _done(tmp_path, province.config)
    assert '"code":"H03.31"' in said
    with closing(province.assembly()) as bus:
        assert {a.code for a in bus.directory.agencies() if a.state is State.CLOSED} >= {"H03", "H03.31", "H03.90"}
        numbers = iter(range(1, 99))

        def sent(to: str, at: datetime) -> Receipt | Refusal:
            octets = a_document(sender=SENDER, recipients=[to], number=str(next(numbers)))
            arrival = Arrival(octets=octets, caller=SENDER, door="soap", correlation="c", arrived=at)
            (answer,) = bus.intake.accept([arrival])
            return answer

        def end(answer: Receipt | Refusal) -> tuple[str, str]:
            assert isinstance(answer, Receipt), answer
            (trace,) = bus.views.trace(answer.dispatch_id)
            (stand,) = trace.deliveries
            return stand.recipient, stand.written

        assert end(sent("000.00.31.H03", EVE)) == ("H03.31", "000.00.31.H03")
        assert end(sent("000.00.31.H03", DAY)) == ("H55.242", "000.00.31.H03")
        after = sent("H03", DAY_AFTER)
        assert end(after) == ("H55", "H03")
        assert isinstance(after, Receipt)
        assert "H55" in after.octets.decode()
        for to, error in (("A03", AgencyClosed), ("H03.31.20.1", PaperOnly)):
            refused = sent(to, DAY_AFTER)
            assert isinstance(refused, Refusal)
            assert isinstance(refused.error, error)
        assert isinstance(sent("H55.242", EVE), Refusal)  # not yet there


def test_where_the_operator_says_so_documents_to_closed_codes_go_back(tmp_path: Path) -> None:
    (refusing,) = re.findall(r"^```toml\n(.*?)^```$", RECIPE, re.MULTILINE | re.DOTALL)
    province = make_province(tmp_path, [an_agency(SENDER)], more=UNSIGNED + refusing)
    _done(tmp_path, province.config)
    with closing(province.assembly()) as bus:
        answers = bus.intake.accept(
            [
                Arrival(
                    octets=a_document(sender=SENDER, recipients=[to], number=str(n)),
                    caller=SENDER,
                    door="soap",
                    correlation="c",
                    arrived=DAY_AFTER,
                )
                for n, to in enumerate(["H03.12", "H03.31"])
            ]
        )
        assert [type(answer) for answer in answers] == [Refusal, Receipt]
