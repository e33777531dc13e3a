"""Several processes of one walk: they share the work, what dies is started again, and a signal ends them all."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
import pytest

from lgsp.model.agency import AgencyCode
from tests.builders import a_document
from tests.province import an_agency, make_province
from tests.services.bus import COMMAND
from tests.services.callers import SoapCaller
from tests.services.server import answers, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.province import Province

SENDER, RECIPIENT = AgencyCode("000.00.01.H03"), AgencyCode("000.00.11.H03")
PORT = free_port()


@pytest.fixture(scope="module")
def province(tmp_path_factory: pytest.TempPathFactory) -> Province:
    agencies = [an_agency(SENDER), an_agency(RECIPIENT)]
    return make_province(tmp_path_factory.mktemp("province"), agencies, port=PORT)


@contextmanager
def running(province: Province, walk: str) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[], list[str]]]]:
    """Run a walk in two processes; give the one that watches, and what they have said so far."""
    log = province.folder / f"{walk}.log"
    command = ["setpriv", "--pdeathsig", "KILL", "--", *COMMAND, walk, "--config", str(province.config)]
    with log.open("wb") as out:
        watching = subprocess.Popen([*command, "--processes", "2"], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        yield watching, lambda: [orjson.loads(line)["event"] for line in log.read_bytes().splitlines()]
    finally:
        watching.terminate()
        watching.wait(30)


def members(watching: subprocess.Popen[bytes]) -> list[int]:
    children = Path(f"/proc/{watching.pid}/task/{watching.pid}/children").read_text(encoding="ascii")
    return sorted(map(int, children.split()))


def until(condition: Callable[[], bool]) -> None:
    patience = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_a_process_that_is_killed_is_started_again_and_a_signal_ends_all(province: Province) -> None:
    with running(province, "relay") as (watching, said):
        until(lambda: said().count("started") == 2)
        first, second = members(watching)
        os.kill(second, signal.SIGKILL)
        until(lambda: said().count("started") == 3)
        assert said().count("process.ended") == 1
        assert first in members(watching)
        watching.terminate()
        assert watching.wait(30) == 0
        assert said().count("stopped") == 2
    assert not Path(f"/proc/{first}").exists()


def test_several_processes_take_in_at_one_address(province: Province) -> None:
    octets = [
        province.signed(a_document(sender=SENDER, recipients=[RECIPIENT], number=str(n)), SENDER) for n in range(12)
    ]
    with running(province, "intake") as (watching, said):
        until(lambda: said().count("started") == 2 and answers(PORT))
        for number, each in enumerate(octets):
            with closing(SoapCaller(PORT, *province.secrets[SENDER])) as caller:
                assert caller.send(each).receipt
            if number == 5:
                os.kill(members(watching)[0], signal.SIGKILL)
                until(lambda: said().count("started") == 3)
    with closing(province.assembly()) as bus:
        assert len(bus.views.sent(SENDER)) == len(octets)


def test_what_is_misconfigured_ends_all_and_is_not_started_again(province: Province) -> None:
    wrong = province.config.with_name("wrong.toml")
    wrong.write_text(
        province.config.read_text(encoding="utf-8").replace("authorities = [", 'authorities = ["nowhere.crt", ')
    )
    command = [*COMMAND, "intake", "--config", str(wrong), "--processes", "2"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    assert b"nowhere.crt" in done.stderr
    assert b"process.ended" not in done.stderr
