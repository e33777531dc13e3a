"""The command that shows the whole way."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import httpx
import typer

from adapters.simulators.ministry_rest import MinistryRest
from adapters.simulators.ministry_soap import MinistrySoap
from adapters.simulators.one_stop import OneStop
from adapters.simulators.running import running
from lgsp.demo.province import COMMUNE, FINANCE, JUSTICE, ONE_STOP, Province, clear, make_province
from lgsp.demo.screen import Screen
from lgsp.demo.story import Story
from lgsp.output import console, told_plainly

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS: Final = 30
#: A dossier as an officer of the one-stop system enters it.
DOSSIER: Final = {
    "MaHoSo": "000.00.12.H03-200924-0001",
    "MaTTHC": "2.002621",
    "TenTTHC": "Liên thông đăng ký khai sinh, cấp thẻ BHYT cho trẻ em dưới 6 tuổi",
    "KenhThucHien": "1",
    "ChuHoSo": "Nguyễn Văn Mẫu",
    "LoaiDoiTuong": "1",
    "NgayTiepNhan": "20200924081500",
    "NgayHenTra": "20200930170000",
    "TrangThaiHoSo": "2",
}


def demo(
    folder: Annotated[Path, typer.Option(help="Where the trial province is kept; emptied first.")] = Path("var/demo"),
) -> None:
    """Show the whole way on this machine: signed documents and a dossier to ministries; receipts and answers back.

    Needs no server. Ministries and the one-stop system are simulators that speak over real HTTP.

        lgsp demo
    """
    began = time.monotonic()
    finance, justice, one_stop = running(MinistrySoap()), running(MinistryRest()), running(OneStop(ONE_STOP))
    with told_plainly(), finance, justice, one_stop:
        place = clear(folder)
        secrets = place / "secrets"
        systems = {
            FINANCE: ("ministry_soap", finance.system.options(finance.address, secrets)),
            JUSTICE: ("ministry_rest", justice.system.options(justice.address, secrets)),
            ONE_STOP: ("one_stop", one_stop.system.options(one_stop.address, secrets)),
            COMMUNE: ("folder", {"incoming": str(place / "commune")}),
        }
        port = _free_port()
        province = make_province(place, port, systems)
        one_stop.system.enter_dossier(DOSSIER, [JUSTICE])
        url = f"http://127.0.0.1:{port}"
        with _bus(province, url), Screen(console) as screen:
            screen.say(f"A province of {len(province.secrets)} agencies in {folder}, its bus at {url}")
            story = Story(province=province, url=url, screen=screen, desk=one_stop.system)
            worked = story.tell()
    if not worked:
        raise typer.Exit(1)
    _where_next(folder, story.receipts["5123"].dispatch_id, time.monotonic() - began)


@contextmanager
def _bus(province: Province, url: str) -> Iterator[None]:
    """Run `lgsp serve` as a process of its own, as an operator would."""
    with (province.folder / "serve.log").open("wb") as log:
        command = [sys.executable, "-m", "lgsp", "serve", "--config", str(province.config)]
        process = subprocess.Popen(command, stderr=log, stdout=log)  # noqa: S603 - our own command
        try:
            _wait_until_ready(process, url, province.folder / "serve.log")
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(START_SECONDS)


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{url}/health", timeout=1).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    message = f"the bus did not start; see {log}"
    raise TimeoutError(message)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def _where_next(folder: Path, dispatch_id: str, seconds: float) -> None:
    lgsp = sys.argv[0]
    config = folder / "lgsp.toml"
    console.print(f"\nDone in {seconds:.1f} s. Where to look next:", highlight=False)
    for what, command in (
        ("every step of one document", f"{lgsp} trace {dispatch_id} --config {config}"),
        ("a signed receipt", f"cat {folder}/receipts/5123.receipt.xml"),
        ("what the commune got", f"ls -l {folder}/commune"),
        ("the bus's events", f"less {folder}/serve.log"),
        ("run it yourself", f"{lgsp} serve --config {config}"),
        ("write an adapter", "docs/tutorials/first-adapter.md"),
    ):
        console.print(f"  {what:28} {command}", markup=False, highlight=False, soft_wrap=True)
