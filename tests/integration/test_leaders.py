"""In a cluster of three nodes the queues of agencies are led by all of them, and each node leads to every queue."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.transport.amqp import Amqp
from tests.conftest import started
from tests.dispatches import a_dispatch, parcels_of
from tests.services.cluster import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGENCIES: Final = [AgencyCode(f"000.00.{number:02}.H03") for number in range(12)]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    nodes = started(Cluster)
    yield nodes
    nodes.close()


def test_queues_are_led_by_all_nodes_and_every_node_leads_to_every_queue(cluster: Cluster) -> None:
    with closing(Amqp(cluster.nodes[0].url, settle_seconds=0)) as here, closing(Amqp(cluster.nodes[2].url)) as there:
        here.provide(_AGENCIES)
        lines = cluster.control("list_queues", "name", "leader", "members").splitlines()
        leaders = {name: leader for name, leader, _ in (line.split("\t") for line in lines) if "agency." in name}
        assert Counter(leaders.values()) == pytest.approx({member.name: 8 for member in cluster.nodes}, abs=2)
        assert all(member.name in line for line in lines if "agency." in line for member in cluster.nodes)
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
