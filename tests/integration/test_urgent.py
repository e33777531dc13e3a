"""What is urgent overtakes a backlog at every stage, through the processes that an operator runs.

The backlog here is small enough for every run; `python -m tests.benchmarks.urgent` does the same with 100,000.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.urgent import TARGET_SECONDS, Overtaking, embedded, on_servers

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.postgres import Postgres
    from tests.services.rabbitmq import RabbitMQ

WAITING = 5000


def held(overtaking: Overtaking, doors: tuple[str, ...]) -> None:
    """Send urgent documents into the backlog, one after the other, and hold each to the target."""
    with overtaking as bus:
        bus.send_urgent(doors[0])  # once everything is connected
        for door in doors:
            took = bus.send_urgent(door)
            assert took < TARGET_SECONDS
            assert bus.waiting() > WAITING // 5, "the backlog was gone before the urgent one came"
            time.sleep(0.2)


def test_an_urgent_document_overtakes_a_backlog_in_the_embedded_bus(tmp_path: Path) -> None:
    held(embedded(tmp_path, WAITING), ("soap", "soap"))


@pytest.mark.integration
def test_an_urgent_document_overtakes_a_backlog_in_outbox_queues_and_at_the_door_of_the_servers(
    tmp_path: Path, postgres: Postgres, broker: RabbitMQ
) -> None:
    held(on_servers(tmp_path, postgres, broker, WAITING), ("amqp", "soap", "amqp"))
