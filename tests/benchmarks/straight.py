"""The straight line: the bus's libraries doing the whole way in two loops, with nothing of the bus around them.

Loop `take`: a batch from the queue is parsed, validated, verified, sealed and receipted; its documents, deliveries,
history and leaves go into one commit; receipts and deliveries are published, confirmed, and the batch acknowledged.
Loop `hand`: a batch of deliveries is recorded as delivered, with history and leaves, and acknowledged.

It refuses nothing, routes by the header alone, and knows no repetition, no rules, no revocation, no lanes, no outbox,
no retry and no Merkle tree. Each loop may run as several processes.
"""

from __future__ import annotations

from base64 import b64decode
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

import pika
import psycopg
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from signing import PemKey, seal, sign_canonical
from tests.benchmarks.papers import RECIPIENTS, SENDERS
from tests.benchmarks.plain import INTAKE, Place, delivery_queue, receipt_queue, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pika.adapters.blocking_connection import BlockingChannel
    from pika.spec import Basic, BasicProperties

    from signing import SigningKey

_BATCH: Final = 100
_DSIG: Final = "{http://www.w3.org/2000/09/xmldsig#}"
_LINE: Final = ("text", "text", "text", "timestamptz")
_DELIVERED: Final = (
    "UPDATE delivery SET status = 'delivered', changed = %s FROM unnest(%s::text[], %s::text[]) AS row (id, code)"
    " WHERE dispatch_id = row.id AND recipient = row.code"
)


class _Message(NamedTuple):
    tag: int
    octets: bytes
    name: str
    recipient: str


class _Queue:
    """Queues read by batches, and a channel beside whose commit is answered once all that it published is safe."""

    def __init__(self, url: str, queues: Sequence[str]) -> None:
        self._link = pika.BlockingConnection(pika.URLParameters(url))
        self._waiting: list[_Message] = []
        self._reading: BlockingChannel = self._link.channel()
        self._reading.basic_qos(prefetch_count=2 * _BATCH)
        self._writing: BlockingChannel = self._link.channel()
        self._writing.tx_select()
        for name in queues:
            self._reading.basic_consume(name, self._heard)

    def batch(self) -> list[_Message]:
        while not self._waiting:
            self._link.process_data_events(time_limit=1)
        batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
        return batch

    def publish(self, queue: str, octets: bytes, name: str, recipient: str = "") -> None:
        about = pika.BasicProperties(delivery_mode=2, message_id=name, type=recipient)
        self._writing.basic_publish("", queue, octets, about)

    def confirmed(self) -> None:
        self._writing.tx_commit()

    def acknowledge(self, batch: Sequence[_Message]) -> None:
        self._reading.basic_ack(batch[-1].tag, multiple=True)

    def close(self) -> None:
        self._link.close()

    def _heard(self, _: BlockingChannel, method: Basic.Deliver, about: BasicProperties, octets: bytes) -> None:
        self._waiting.append(_Message(method.delivery_tag or 0, octets, about.message_id or "", about.type or ""))


@dataclass(frozen=True, slots=True)
class _Taken:
    """A document after the stages."""

    name: str
    sender: str
    recipients: Sequence[str]
    octets: bytes
    seal: bytes
    receipt: bytes
    at: datetime


class _Stages:
    """Parse, validate, verify, seal, receipt."""

    def __init__(self, keys: Path) -> None:
        self._parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        with as_file(files("schemas")) as folder:
            self._schema = etree.XMLSchema(file=folder / "edxml-qcvn102-2016" / "document.xsd")
        self._known = {code: _public(keys, code) for code in SENDERS}
        self._pen: SigningKey = PemKey(keys / "bus.key", keys / "bus.crt").current()

    def __call__(self, octets: bytes) -> _Taken:
        root = etree.fromstring(octets, self._parser)
        assert not root.getroottree().docinfo.doctype
        assert self._schema.validate(root)
        sender = root.findtext(".//{*}MessageHeader/{*}From/{*}OrganId") or ""
        recipients = [each.text or "" for each in root.iterfind(".//{*}MessageHeader/{*}To/{*}OrganId")]
        verify(root, self._known[sender])
        name, at = str(uuid4()), datetime.now(UTC)
        sealed = seal(octets, self._pen, name="document.edxml", at=at)
        receipt = sign_canonical(f'<Receipt xmlns="urn:lgsp:receipt:1"><Id>{name}</Id></Receipt>'.encode(), self._pen)
        return _Taken(name, sender, recipients, octets, sealed, receipt, at)


def take(place: Place) -> None:
    """Run the first loop."""
    stages = _Stages(place.keys)
    with closing(_Queue(place.broker, [INTAKE])) as queue, psycopg.connect(place.store, autocommit=True) as store:
        while True:
            batch = queue.batch()
            taken = [stages(message.octets) for message in batch]
            with store.transaction(), store.cursor() as cursor:
                _write(cursor, taken)
            for message, one in zip(batch, taken, strict=True):
                queue.publish(receipt_queue(one.sender), one.receipt, message.name)
                for recipient in one.recipients:
                    queue.publish(delivery_queue(recipient), one.octets, one.name, recipient)
            queue.confirmed()
            queue.acknowledge(batch)


def hand(place: Place) -> None:
    """Run the second loop."""
    queues = [delivery_queue(code) for code in RECIPIENTS]
    with closing(_Queue(place.broker, queues)) as queue, psycopg.connect(place.store, autocommit=True) as store:
        while True:
            batch = queue.batch()
            now = datetime.now(UTC)
            lines = [(message.name, message.recipient, "delivered", now) for message in batch]
            with store.transaction(), store.cursor() as cursor:
                cursor.execute(_DELIVERED, (now, [line[0] for line in lines], [line[1] for line in lines]))
                _tell(cursor, lines)
            queue.acknowledge(batch)


def _write(cursor: psycopg.Cursor, taken: Sequence[_Taken]) -> None:
    lines = [(one.name, recipient, "accepted", one.at) for one in taken for recipient in one.recipients]
    _copy(
        cursor,
        "dispatch (id, sender, digest, octets, seal, receipt, accepted)",
        ("text", "text", "bytea", "bytea", "bytea", "bytea", "timestamptz"),
        [
            (one.name, one.sender, sha256(one.octets).digest(), one.octets, one.seal, one.receipt, one.at)
            for one in taken
        ],
    )
    _copy(cursor, "delivery (dispatch_id, recipient, status, changed)", _LINE, lines)
    _copy(cursor, "leaf (hash)", ("bytea",), [(sha256(one.octets + one.receipt).digest(),) for one in taken])
    _tell(cursor, lines)


def _tell(cursor: psycopg.Cursor, lines: Sequence[tuple[Any, ...]]) -> None:
    _copy(cursor, "history (dispatch_id, recipient, status, at)", _LINE, lines)
    _copy(cursor, "leaf (hash)", ("bytea",), [(sha256(repr(line).encode()).digest(),) for line in lines])


def _copy(cursor: psycopg.Cursor, into: str, types: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    with cursor.copy(f"COPY {into} FROM STDIN WITH (FORMAT BINARY)".encode()) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def verify(root: etree._Element, key: RSAPublicKey) -> None:
    """Check the one form of signature that senders use here: one reference to the whole, exclusive canonical forms."""
    signature = next(root.iter(f"{_DSIG}Signature"))
    info, value = signature[0], signature[1]
    reference = info[2]
    assert len(info) == 3
    assert reference.get("URI") == ""
    key.verify(b64decode(value.text or ""), _canonical(info), PKCS1v15(), SHA256())
    digest = b64decode(reference.findtext(f"{_DSIG}DigestValue") or "")
    parent = signature.getparent()
    assert parent is not None
    assert not signature.tail
    parent.remove(signature)
    assert sha256(_canonical(root)).digest() == digest


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def _public(keys: Path, code: str) -> RSAPublicKey:
    key = PemKey(keys / f"{code}.key", keys / f"{code}.crt").current().certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    return key


if __name__ == "__main__":
    run({"take": take, "hand": hand})
