"""What both yardsticks stand on: where they connect, their tables and queues, and how they are run as processes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pika
import psycopg

from tests.benchmarks.papers import RECIPIENTS, SENDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TABLES: Final = """
CREATE TABLE dispatch (id text PRIMARY KEY, sender text NOT NULL, digest bytea NOT NULL, octets bytea NOT NULL,
    seal bytea NOT NULL, receipt bytea NOT NULL, accepted timestamptz NOT NULL, UNIQUE (sender, digest));
CREATE TABLE delivery (dispatch_id text REFERENCES dispatch, recipient text, status text NOT NULL,
    changed timestamptz NOT NULL, PRIMARY KEY (dispatch_id, recipient));
CREATE TABLE history (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, dispatch_id text NOT NULL REFERENCES dispatch,
    recipient text NOT NULL, status text NOT NULL, at timestamptz NOT NULL);
CREATE TABLE leaf (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, hash bytea NOT NULL);
"""
INTAKE: Final = "lgsp.intake"


@dataclass(frozen=True, slots=True)
class Place:
    """Where documents go: a database, a virtual host, and the keys of all who sign."""

    name: str
    store: str
    broker: str
    keys: Path


def delivery_queue(agency: str) -> str:
    """Return the queue that an agency's deliveries go to."""
    return f"agency.{agency}"


def receipt_queue(agency: str) -> str:
    """Return the queue that an agency's receipts go to."""
    return f"agency.{agency}.receipts"


def furnish(place: Place) -> None:
    """Make the tables, and the same exchange and quorum queues that the bus makes."""
    with psycopg.connect(place.store, autocommit=True) as connection:
        connection.execute(TABLES)
    link = pika.BlockingConnection(pika.URLParameters(place.broker))
    channel = link.channel()
    channel.exchange_declare(INTAKE, "fanout", durable=True)
    for queue in (INTAKE, *map(delivery_queue, RECIPIENTS), *map(receipt_queue, SENDERS)):
        channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_bind(INTAKE, INTAKE)
    link.close()


def run(loops: Mapping[str, Callable[[Place], None]]) -> None:
    """Run the loop that the command line names: LOOP NAME STORE BROKER KEYS."""
    loop, name, store, broker, keys = sys.argv[1:]
    loops[loop](Place(name, store, broker, Path(keys)))
