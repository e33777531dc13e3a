"""Commands that run the bus: all in one process, or each walk in its own."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
import uvicorn

from lgsp import telemetry
from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.agency import AgencyCode
from lgsp.running import Loops

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lgsp.assembly import Assembly
    from lgsp.fleet import Fleet

RELAY_PAUSE_SECONDS = 0.05
#: How long a busy thread may keep the interpreter from others (Python's own: 5 ms). Each request waits several such
#: turns while a batch is examined; with this the SOAP door takes in more than twice as many documents a second.
SWITCH_SECONDS = 0.0005


def serve(config: Config = DEFAULT_CONFIG) -> None:
    """Run the whole bus in one process: doors, relay, couriers and collectors.

    The right form for one machine with the embedded queue.

        lgsp serve --config config/lgsp.toml
    """
    with _process("serve", config) as (assembly, loops):
        _keep_relay(assembly, loops)
        with _kept(assembly.couriers(loops), assembly), _doors(assembly, loops):
            _listen(assembly, loops)


def intake(config: Config = DEFAULT_CONFIG) -> None:
    """Run walk 1: the SOAP and AMQP doors and the collectors.

    lgsp intake --config /etc/lgsp/lgsp.toml
    """
    with _process("intake", config) as (assembly, loops), _doors(assembly, loops):
        _listen(assembly, loops)


def relay(config: Config = DEFAULT_CONFIG) -> None:
    """Run walk 2: from the outbox into the queues.

    lgsp relay --config /etc/lgsp/lgsp.toml
    """
    with _process("relay", config) as (assembly, loops):
        _keep_relay(assembly, loops)
        loops.stop_on_signals()
        loops.stopping.wait()


def courier(
    codes: Annotated[list[str] | None, typer.Argument(help="Serve these agencies alone.")] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Run walk 3: from the queues to the agencies' systems.

    lgsp courier --config /etc/lgsp/lgsp.toml

    lgsp courier 000.00.00.G22
    """
    only = tuple(map(AgencyCode, codes or ()))
    with _process("courier", config) as (assembly, loops), _kept(assembly.couriers(loops, only), assembly):
        loops.stop_on_signals()
        loops.stopping.wait()


@contextmanager
def _process(name: str, config: Path) -> Iterator[tuple[Assembly, Loops]]:
    with assembled(config) as assembly:
        loops = Loops()
        telemetry.started(
            name, store=assembly.engine.dialect.name, transport=assembly.settings.transport.url.partition(":")[0]
        )
        try:
            yield assembly, loops
        finally:
            loops.close()
            telemetry.stopped(name)


def _keep_relay(assembly: Assembly, loops: Loops) -> None:
    loops.keep("relay", assembly.relay.forward, pause_seconds=RELAY_PAUSE_SECONDS)


@contextmanager
def _doors(assembly: Assembly, loops: Loops) -> Iterator[None]:
    """Keep the doors that do not speak HTTP open."""
    if assembly.on_broker:
        loops.keep("amqp door", assembly.amqp_door.step, pause_seconds=0)
    with _kept(assembly.collectors(loops), assembly):
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


def _listen(assembly: Assembly, loops: Loops) -> None:
    """Serve HTTP until a signal comes."""
    http = assembly.settings.http
    host, _, port = http.bind.rpartition(":")
    server = uvicorn.Server(
        uvicorn.Config(
            assembly.soap,
            host=host.strip("[]"),
            port=int(port),
            ssl_certfile=http.tls_certificate,
            ssl_keyfile=http.tls_key,
            log_config=None,
            access_log=False,
            server_header=False,
        )
    )
    sys.setswitchinterval(SWITCH_SECONDS)
    loops.stop_on_signals()  # uvicorn raises the signal again once it has stopped listening
    server.run()
