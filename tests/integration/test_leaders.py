"""In a cluster of three nodes the queues of agencies are led by all of them, and each node leads to every queue."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.transport.amqp import Amqp
from tests.dispatches import a_dispatch, parcels_of
from tests.services.rabbitmq import RabbitMQ
from tests.services.server import folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS: Final = Path(__file__).parents[2] / "config" / "rabbitmq" / "rabbitmq.conf"
_AGENCIES: Final = [AgencyCode(f"000.00.{number:02}.H03") for number in range(12)]


class _Member(RabbitMQ):
    """A node with the cookie and the name server of the first one."""

    def __init__(self, home: Path, first: _Member | None) -> None:
        super().__init__()
        self._home, self._first = home, first or self
        if first is not None:
            self._epmd_port = first._epmd_port
        ours = _OURS.read_text(encoding="utf-8").splitlines()
        with (self._folder / "rabbitmq.conf").open("a", encoding="utf-8") as written:
            written.write(next(line for line in ours if line.startswith("queue_leader_locator")) + "\n")

    @property
    def name(self) -> str:
        return self._environment()["RABBITMQ_NODENAME"]

    @property
    def url(self) -> str:
        """Who joins takes over the users of the cluster."""
        return self.url_of("bus", self._first._password)

    def join(self) -> None:
        self.control("stop_app")
        self.control("join_cluster", self._first.name)
        self.control("start_app")

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "HOME": str(self._home)}


@pytest.fixture
def cluster() -> Iterator[list[_Member]]:
    home = folder("rabbitmq")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        members: list[_Member] = []
        for _ in range(3):
            member = _Member(home, members[0] if members else None)
            stack.callback(member.close)
            member.start()
            if members:
                member.join()
            members.append(member)
        yield members


def test_queues_are_led_by_all_nodes_and_every_node_leads_to_every_queue(cluster: list[_Member]) -> None:
    with closing(Amqp(cluster[0].url, settle_seconds=0)) as here, closing(Amqp(cluster[2].url)) as there:
        here.provide(_AGENCIES)
        lines = cluster[0].control("list_queues", "name", "leader", "members").splitlines()
        leaders = {name: leader for name, leader, _ in (line.split("\t") for line in lines) if "agency." in name}
        assert Counter(leaders.values()) == pytest.approx({member.name: 8 for member in cluster}, abs=2)
        assert all(member.name in line for line in lines if "agency." in line for member in cluster)
        sent = parcels_of(a_dispatch(b"<x/>", recipients=_AGENCIES))
        here.publish(sent)
        consumer = there.consume(_AGENCIES)
        got: set[AgencyCode] = set()
        while len(got) < len(_AGENCIES):
            parcels = consumer.receive(100, 5)
            assert parcels, f"only {sorted(got)} came"
            got |= {parcel.recipient for parcel in parcels}
            consumer.acknowledge(parcels)
        consumer.close()
