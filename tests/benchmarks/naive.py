"""The naive form: the same libraries and the same whole way, written as their tutorials show.

A message at a time: xmlschema validates, signxml verifies and reads the authority's file again, the key is loaded again
for each seal, the ORM keeps, a commit each, and every publish waits for its own confirm. Each loop may run as several
processes.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Final
from uuid import uuid4

import pika
import xmlschema
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree
from signxml.algorithms import CanonicalizationMethod, SignatureConstructionMethod, SignatureMethod
from signxml.verifier import SignatureConfiguration, XMLVerifier
from signxml.xades.xades import XAdESSigner
from sqlalchemy import create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from tests.benchmarks.papers import RECIPIENTS
from tests.benchmarks.plain import INTAKE, Place, delivery_queue, receipt_queue, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pika.adapters.blocking_connection import BlockingChannel
    from pika.spec import Basic, BasicProperties
    from sqlalchemy import Engine

_RULES: Final = SignatureConfiguration(location=".//", expect_references=1)


class _Base(DeclarativeBase):
    pass


class Dispatch(_Base):
    """A document."""

    __tablename__ = "dispatch"
    id: Mapped[str] = mapped_column(primary_key=True)
    sender: Mapped[str]
    digest: Mapped[bytes]
    octets: Mapped[bytes]
    seal: Mapped[bytes]
    receipt: Mapped[bytes]
    accepted: Mapped[datetime]


class Delivery(_Base):
    """A document on its way to one recipient."""

    __tablename__ = "delivery"
    dispatch_id: Mapped[str] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    changed: Mapped[datetime]


class History(_Base):
    """What happened to a delivery."""

    __tablename__ = "history"
    id: Mapped[int] = mapped_column(primary_key=True)
    dispatch_id: Mapped[str]
    recipient: Mapped[str]
    status: Mapped[str]
    at: Mapped[datetime]


class Leaf(_Base):
    """What the evidence log is told."""

    __tablename__ = "leaf"
    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[bytes]


class _Intake:
    def __init__(self, place: Place, engine: Engine) -> None:
        self._keys, self._engine = place.keys, engine
        with as_file(files("schemas")) as folder:
            self._schema = xmlschema.XMLSchema(str(folder / "edxml-qcvn102-2016" / "document.xsd"))

    def __call__(self, channel: BlockingChannel, method: Basic.Deliver, about: BasicProperties, octets: bytes) -> None:
        root = etree.fromstring(octets)
        self._schema.validate(octets.decode())
        XMLVerifier().verify(octets, ca_pem_file=str(self._keys / "authority.crt"), expect_config=_RULES)
        sender = root.findtext(".//{*}MessageHeader/{*}From/{*}OrganId") or ""
        recipients = [each.text or "" for each in root.iterfind(".//{*}MessageHeader/{*}To/{*}OrganId")]
        name, at = str(uuid4()), datetime.now(UTC)
        sealed = _sealed(self._keys, f"<Digest>{sha256(octets).hexdigest()}</Digest>")
        receipt = _sealed(self._keys, f"<Receipt><Id>{name}</Id></Receipt>")
        with Session(self._engine) as session:
            facts = {"digest": sha256(octets).digest(), "octets": octets, "seal": sealed, "receipt": receipt}
            session.add(Dispatch(id=name, sender=sender, accepted=at, **facts))
            session.add(Leaf(hash=sha256(octets + receipt).digest()))
            session.flush()
            for recipient in recipients:
                session.add(Delivery(dispatch_id=name, recipient=recipient, status="accepted", changed=at))
                _tell(session, name, recipient, "accepted", at)
            session.commit()
        properties = pika.BasicProperties(delivery_mode=2, message_id=about.message_id)
        channel.basic_publish("", receipt_queue(sender), receipt, properties)
        for recipient in recipients:
            properties = pika.BasicProperties(delivery_mode=2, message_id=name, type=recipient)
            channel.basic_publish("", delivery_queue(recipient), octets, properties)
        channel.basic_ack(method.delivery_tag or 0)


class _Handing:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, channel: BlockingChannel, method: Basic.Deliver, about: BasicProperties, _: bytes) -> None:
        with Session(self._engine) as session:
            delivery = session.get_one(Delivery, (about.message_id, about.type))
            delivery.status, delivery.changed = "delivered", datetime.now(UTC)
            _tell(session, delivery.dispatch_id, delivery.recipient, delivery.status, delivery.changed)
            session.commit()
        channel.basic_ack(method.delivery_tag or 0)


def _tell(session: Session, name: str, recipient: str, status: str, at: datetime) -> None:
    session.add(History(dispatch_id=name, recipient=recipient, status=status, at=at))
    session.add(Leaf(hash=sha256(f"{name} {recipient} {status} {at}".encode()).digest()))


def _sealed(keys: Path, said: str) -> bytes:
    signer = XAdESSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    key = load_pem_private_key((keys / "bus.key").read_bytes(), password=None)
    signed = signer.sign(etree.fromstring(said), key=key, cert=(keys / "bus.crt").read_text())  # type: ignore[arg-type]
    return etree.tostring(signed)


def take(place: Place) -> None:
    """Run the first loop."""
    engine = _engine(place)
    _consume(place, [INTAKE], _Intake(place, engine))


def hand(place: Place) -> None:
    """Run the second loop."""
    _consume(place, list(map(delivery_queue, RECIPIENTS)), _Handing(_engine(place)))


def _engine(place: Place) -> Engine:
    return create_engine(place.store)


def _consume(place: Place, queues: list[str], heard: Callable[..., None]) -> None:
    channel = pika.BlockingConnection(pika.URLParameters(place.broker)).channel()
    channel.confirm_delivery()
    channel.basic_qos(prefetch_count=20)
    for queue in queues:
        channel.basic_consume(queue, heard)
    channel.start_consuming()


if __name__ == "__main__":
    run({"take": take, "hand": hand})
