"""The floor: the same libraries in one straight line, with nothing of the bus around them.

It parses, validates, verifies, seals and receipts each document, inserts each batch with one statement and publishes
it in one window. It routes nothing, refuses nothing, keeps no history and knows no recipients' systems.
"""

from __future__ import annotations

import os
import time
from contextlib import closing
from datetime import UTC, datetime
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pika
import psycopg
import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from lxml import etree

from signing import PemKey, seal, sign_canonical
from tests.benchmarks.cpu import Meter
from tests.benchmarks.measures import BATCH, Figure
from tests.benchmarks.papers import SENDERS, sender_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pika.adapters.blocking_connection import BlockingChannel

    from signing import SigningKey
    from tests.benchmarks.ground import Ground
    from tests.province import Province

_SIGNATURE: Final = ".//{http://www.w3.org/2000/09/xmldsig#}Signature"
_RECIPIENTS: Final = ".//{*}MessageHeader/{*}To/{*}OrganId"
_PERSISTENT: Final = pika.BasicProperties(delivery_mode=2)


def bare_loop(ground: Ground, papers: Sequence[bytes], done: Callable[[int], None]) -> Figure:
    """Return what the libraries alone cost."""
    province = ground.fresh_province()
    url = province.assembly().settings.transport.url
    loop = _Loop(province)
    with (
        closing(pika.BlockingConnection(pika.URLParameters(url))) as link,
        psycopg.connect(province.assembly().settings.store.url, autocommit=True) as connection,
    ):
        channel = link.channel()
        channel.tx_select()
        channel.queue_declare("bare", durable=True, arguments={"x-queue-type": "quorum"})
        connection.execute("CREATE TABLE bare (id uuid PRIMARY KEY, octets bytea, seal bytea, receipt bytea)")
        loop.run(papers[:BATCH], connection, channel)
        meter = Meter({"loop": os.getpid(), "PostgreSQL": ground.postgres.pid, "RabbitMQ": ground.broker.pid})
        begun = time.monotonic()
        for at in range(BATCH, len(papers), BATCH):
            batch = papers[at : at + BATCH]
            loop.run(batch, connection, channel, at)
            done(len(batch))
        seconds, cpu = time.monotonic() - begun, meter.read()
    return Figure(what="bare loop", documents=len(papers) - BATCH, seconds=seconds, cpu=cpu)


class _Loop:
    def __init__(self, province: Province) -> None:
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        with as_file(files("schemas")) as folder:
            self._schema = etree.XMLSchema(file=folder / "edxml-qcvn102-2016" / "document.xsd")
        self._keys = {code: _public(province, code) for code in SENDERS}
        self._pen: SigningKey = PemKey(province.keys / "bus.key", province.keys / "bus.crt").current()

    def run(
        self, batch: Sequence[bytes], connection: psycopg.Connection, channel: BlockingChannel, first: int = 0
    ) -> None:
        rows = [self._row(octets, sender_of(first + at)) for at, octets in enumerate(batch)]
        with connection.cursor() as cursor, connection.transaction():
            cursor.executemany("INSERT INTO bare VALUES (%s, %b, %b, %b)", [row[:4] for row in rows])
        for row in rows:
            for _ in range(row[4]):
                channel.basic_publish("", "bare", row[1], _PERSISTENT)
        channel.tx_commit()

    def _row(self, octets: bytes, sender: str) -> tuple[str, bytes, bytes, bytes, int]:
        root = etree.fromstring(octets, self._parser)
        assert self._schema.validate(root)
        signature = root.find(_SIGNATURE)
        assert signature is not None
        context = xmlsec.SignatureContext()
        context.key = self._keys[sender]
        context.verify(signature)
        name = str(uuid4())
        sealed = seal(octets, self._pen, name="document.edxml", at=datetime.now(UTC))
        receipt = sign_canonical(f'<Receipt xmlns="urn:lgsp:receipt:1"><Id>{name}</Id></Receipt>'.encode(), self._pen)
        return name, octets, sealed, receipt, len(root.findall(_RECIPIENTS))


def _public(province: Province, code: str) -> xmlsec.Key:
    key = PemKey(province.keys / f"{code}.key", province.keys / f"{code}.crt").current().certificate.public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return xmlsec.Key.from_memory(der, xmlsec.constants.KeyDataFormatDer)
