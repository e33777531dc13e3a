"""Our own SOAP door: the processes `lgsp intake` and `lgsp relay`, from the call until the delivery is in its queue."""

from __future__ import annotations

import time
from base64 import b64encode
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import psycopg

from lgsp.model.agency import AgencyCode
from tests.benchmarks.ground import ELSEWHERE
from tests.benchmarks.papers import SENDERS
from tests.benchmarks.peers.load import post
from tests.benchmarks.peers.peer import Peer
from tests.services.bus import Bus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.ground import Ground
    from tests.services.bus import Walk

_BODY: Final = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><SendDocument '
    b'xmlns="urn:lgsp:exchange:1"><Document>%b</Document></SendDocument></s:Body></s:Envelope>'
)
_LOOK_SECONDS: Final = 0.05
_LONGEST_SECONDS: Final = 60


@contextmanager
def soap_door(ground: Ground, intakes: int) -> Iterator[Peer]:
    """Run the bus with its couriers at rest: what is in a queue stays there. `intakes`: how many processes take in."""
    province = ground.fresh_province(ELSEWHERE)
    port = int(province.assembly().settings.http.bind.rpartition(":")[2])
    system, secret = province.secrets[AgencyCode(SENDERS[0])]
    allowed = f"Authorization: Basic {b64encode(f'{system}:{secret}'.encode()).decode()}\r\n"
    options: dict[Walk, Sequence[str]] = {"intake": ("--processes", str(intakes))}
    bus = Bus(config=province.config, port=port, logs=province.folder, options=options)
    with bus, psycopg.connect(province.assembly().settings.store.url, autocommit=True) as connection:
        bus.kill("courier")
        yield Peer(
            name="the SOAP door",
            port=port,
            pids=[bus.pid("intake"), bus.pid("relay")],
            log=province.folder / "intake.log",
            request=lambda octets: post("/soap/1.1", _BODY % b64encode(octets), allowed),
            settled=_Queued(connection),
        )


class _Queued:
    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        self._before = 0

    def __call__(self, documents: int) -> None:
        wanted, until = self._before + documents, time.monotonic() + _LONGEST_SECONDS
        while self._now() < wanted:
            assert time.monotonic() < until, "deliveries do not get into their queues"
            time.sleep(_LOOK_SECONDS)
        self._before = wanted

    def _now(self) -> int:
        row = self._connection.execute("SELECT count(*) FROM delivery WHERE status = 'queued'").fetchone()
        return int(row[0]) if row else 0
