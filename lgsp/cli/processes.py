"""Commands that run the bus: all in one process, or each walk in its own."""

from __future__ import annotations

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

RELAY_PAUSE_SECONDS = 0.05


def serve(config: Config = DEFAULT_CONFIG) -> None:
    """Run the whole bus in one process: doors, relay, couriers and collectors.

    The right form for one machine with the embedded queue.

        lgsp serve --config config/lgsp.toml
    """
    with _process("serve", config) as (assembly, loops):
        _keep_relay(assembly, loops)
        couriers = assembly.couriers(loops)
        loops.keep("couriers", couriers.adjust, pause_seconds=assembly.settings.store.directory_refresh_seconds)
        _keep_doors(assembly, loops)
        _listen(assembly, loops)
        couriers.close()


def intake(config: Config = DEFAULT_CONFIG) -> None:
    """Run walk 1: the SOAP and AMQP doors and the collectors.

    lgsp intake --config /etc/lgsp/lgsp.toml
    """
    with _process("intake", config) as (assembly, loops):
        _keep_doors(assembly, loops)
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
    with _process("courier", config) as (assembly, loops):
        couriers = assembly.couriers(loops, tuple(map(AgencyCode, codes or ())))
        loops.keep("couriers", couriers.adjust, pause_seconds=assembly.settings.store.directory_refresh_seconds)
        loops.stop_on_signals()
        loops.stopping.wait()
        couriers.close()


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


def _keep_doors(assembly: Assembly, loops: Loops) -> None:
    for collector in assembly.collectors():
        name = f"collector {collector.agency}"
        loops.keep(name, collector.round, pause_seconds=assembly.settings.delivery.collect_every_seconds)
    if assembly.settings.transport.url.startswith("amqp"):
        loops.keep("amqp door", assembly.amqp_door.step, pause_seconds=0)


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
    loops.stop_on_signals()  # uvicorn raises the signal again once it has stopped listening
    server.run()
