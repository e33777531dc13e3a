"""Commands that run the bus: all in one process, or each walk in its own."""

from __future__ import annotations

import socket
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from lgsp import telemetry
from lgsp.cli.beside import Processes, beside
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import AgencyCode
from lgsp.model.errors import Misconfigured, Problem, Unavailable
from lgsp.model.text import Text
from lgsp.output import told_plainly
from lgsp.running import STOP_SECONDS, Loops, spare_the_search
from lgsp.settings import load
from lgsp.store import require_fitting

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    import uvicorn

    from lgsp.assembly import Assembly
    from lgsp.fleet import Fleet

RELAY_PAUSE_SECONDS = 0.05
#: How long a busy thread may keep the interpreter from others (Python's own: 5 ms). Each request waits several such
#: turns while a batch is examined; with this the SOAP door takes in more than twice as many documents a second.
SWITCH_SECONDS = 0.0005
#: Connections that wait until a busy process takes them.
_BACKLOG = 2048


def serve(config: Config = DEFAULT_CONFIG) -> None:
    """Run the whole bus in one process: doors, relay, couriers, collectors and upkeep.

    The right form for one machine with the embedded queue.

        lgsp serve --config config/lgsp.toml
    """
    with (
        _port(config) as listening,
        _sound(config) as assembly,
        _bound(assembly, listening) as listen,
        _process("serve", assembly) as loops,
    ):
        _keep_relay(assembly, loops)
        _keep_house(assembly, loops)
        with _kept(assembly.couriers(loops), assembly), _doors(assembly, loops):
            listen(loops)


def intake(config: Config = DEFAULT_CONFIG, *, processes: Processes = 1) -> None:
    """Run walk 1: the SOAP and AMQP doors and the collectors.

    lgsp intake --config /etc/lgsp/lgsp.toml

    lgsp intake --processes 2
    """
    with _port(config) as listening:
        beside("intake", config, processes, partial(_intake, config, listening))


def _intake(config: Path, listening: socket.socket, number: int) -> None:
    with (
        _sound(config) as assembly,
        _bound(assembly, listening) as listen,
        _process("intake", assembly) as loops,
        _doors(assembly, loops, fetching=number == 0),
    ):
        listen(loops)


def relay(config: Config = DEFAULT_CONFIG, *, processes: Processes = 1) -> None:
    """Run walk 2: from the outbox into the queues.

    lgsp relay --config /etc/lgsp/lgsp.toml

    lgsp relay --processes 2
    """
    beside("relay", config, processes, partial(_relay, config))


def _relay(config: Path, _number: int) -> None:
    with _sound(config) as assembly, _process("relay", assembly) as loops:
        _keep_relay(assembly, loops)
        loops.stopping.wait()


def courier(
    codes: Annotated[list[str] | None, typer.Argument(help="Serve these agencies alone.")] = None,
    config: Config = DEFAULT_CONFIG,
    *,
    processes: Processes = 1,
) -> None:
    """Run walk 3: from the queues to the agencies' systems.

    lgsp courier --config /etc/lgsp/lgsp.toml

    lgsp courier 000.00.00.G22
    """
    beside("courier", config, processes, partial(_courier, config, tuple(map(AgencyCode, codes or ()))))


def _courier(config: Path, only: tuple[AgencyCode, ...], _number: int) -> None:
    with _sound(config) as assembly:
        _require_known(assembly, only)
        only = tuple(filter(None, map(assembly.directory.canonical, only)))
        with _process("courier", assembly) as loops, _kept(assembly.couriers(loops, only), assembly):
            loops.stopping.wait()


def upkeep(config: Config = DEFAULT_CONFIG) -> None:
    """Keep the house: the evidence log and its heads, and all that is fetched or judged beside the walks.

    One process is enough; more of them take turns.

        lgsp upkeep --config /etc/lgsp/lgsp.toml
    """
    with _sound(config) as assembly, _process("upkeep", assembly) as loops:
        _keep_known(assembly, loops)
        _keep_house(assembly, loops)
        loops.stopping.wait()


@contextmanager
def _sound(config: Path) -> Iterator[Assembly]:
    """Give the plan, unless the store has not the tables of this version. A store that is down may come later."""
    with assembled(config) as assembly:
        try:
            require_fitting(assembly.engine)
        except Unavailable as error:
            telemetry.unavailable("store", error)
        yield assembly


def _require_known(assembly: Assembly, codes: Collection[AgencyCode]) -> None:
    unknown = [code for code in codes if assembly.directory.find(code) is None]
    if unknown:
        expected = Text("codes of registered agencies", "mã của các đơn vị đã đăng ký")
        cure = Text("see: lgsp agency list", "xem: lgsp agency list")
        raise Misconfigured(Problem(element="lgsp courier", expected=expected, found=", ".join(unknown), cure=cure))


@contextmanager
def _process(name: str, assembly: Assembly) -> Iterator[Loops]:
    loops = Loops()
    loops.stop_on_signals()
    spare_the_search()
    telemetry.started(
        name, store=assembly.engine.dialect.name, transport=assembly.settings.transport.url.partition(":")[0]
    )
    try:
        yield loops
    finally:
        loops.close()
        telemetry.stopped(name)


def _keep_relay(assembly: Assembly, loops: Loops) -> None:
    for lane, relay in assembly.relays.items():
        loops.keep(f"relay, {lane}", relay.forward, pause_seconds=RELAY_PAUSE_SECONDS, full=relay.batch_limit)


def _keep_known(assembly: Assembly, loops: Loops) -> None:
    pause = assembly.settings.revocation.refresh_seconds
    loops.keep("known", assembly.known.sweep, pause_seconds=pause)


def _keep_house(assembly: Assembly, loops: Loops) -> None:
    for duty in assembly.upkeep:
        loops.keep(duty.name, duty.broom.sweep, pause_seconds=duty.pause_seconds)


@contextmanager
def _doors(assembly: Assembly, loops: Loops, *, fetching: bool = True) -> Iterator[None]:
    """Keep the doors that do not speak HTTP open; `fetching`: the one that opens outwards too, of several processes."""
    _keep_known(assembly, loops)
    if assembly.on_broker:
        for lane, door in assembly.amqp_doors.items():
            loops.keep(f"amqp door, {lane}", door.step, pause_seconds=0)
    if fetching:
        with _kept(assembly.collectors(loops), assembly):
            yield
    else:
        yield


@contextmanager
def _kept(fleet: Fleet, assembly: Assembly) -> Iterator[None]:
    """Keep a fleet as the directory wants it, and stop it in good order."""
    adjuster = fleet.loops.keep("fleet", fleet.adjust, pause_seconds=assembly.settings.store.directory_refresh_seconds)
    try:
        yield
    finally:
        fleet.loops.stopping.set()
        adjuster.join()
        fleet.close()


@contextmanager
def _port(config: Path) -> Iterator[socket.socket]:
    """Bind the port where the doors listen: several processes may then listen there."""
    with told_plainly():
        bind = load(config).http.bind
        host, _, port = bind.rpartition(":")
        host = host.strip("[]")
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            listening = socket.create_server((host, int(port)), family=family, backlog=_BACKLOG)
        except (OSError, OverflowError) as error:
            wanted = Text("an address that is free on this machine", "địa chỉ còn trống trên máy này")
            raise _unusable(f"bind {bind}", wanted, error) from None
    with listening:
        yield listening


@contextmanager
def _bound(assembly: Assembly, listening: socket.socket) -> Iterator[Callable[[Loops], None]]:
    """Load keys and trust, before anybody is told that we are ready; give what then serves."""
    import uvicorn  # noqa: PLC0415 - those that listen alone need it

    http = assembly.settings.http
    configured = uvicorn.Config(
        assembly.soap,
        ssl_certfile=http.tls_certificate,
        ssl_keyfile=http.tls_key,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(STOP_SECONDS),
    )
    try:
        configured.load()
    except OSError as error:  # ssl's own errors are OSErrors too
        raise _unusable(
            "tls_certificate, tls_key", Text("TLS files that can be used", "tệp TLS dùng được"), error
        ) from None
    yield partial(_listen, uvicorn.Server(configured), listening)


def _unusable(key: str, expected: Text, error: Exception) -> Misconfigured:
    return Misconfigured(Problem(element=f"[http] {key}", expected=expected, found=str(error)))


def _listen(server: uvicorn.Server, listening: socket.socket, loops: Loops) -> None:
    """Serve HTTP until a signal comes."""
    sys.setswitchinterval(SWITCH_SECONDS)
    if not loops.stopping.is_set():
        server.run(sockets=[listening])  # raises the signal again once it has stopped listening
