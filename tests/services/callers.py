"""Agencies' systems as they are written in practice: a plain HTTP client, and a plain AMQP client."""

from __future__ import annotations

import http.client
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final

import pika
from lxml import etree
from pika.exceptions import AMQPError, ChannelClosedByBroker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pika.adapters.blocking_connection import BlockingChannel

_NAMESPACE: Final = "urn:lgsp:exchange:1"
_NOT_FOUND: Final = 404
#: What is on its way without a confirm.
_WINDOW: Final = 100
_ENVELOPE: Final = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    f'<{{0}} xmlns="{_NAMESPACE}">{{1}}</{{0}}></s:Body></s:Envelope>'
)


class NoAnswer(Exception):
    """The connection failed, or the bus said try again: whether the call was done is not known."""


class Returned(AMQPError):
    """The broker had no queue for a message and kept none of it."""


class Refused(Exception):
    """The bus refused the call; the message begins with its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A receipt, and the bus's identifier of the document."""

    dispatch_id: str
    receipt: bytes = field(repr=False)


class SoapCaller:
    """One kept-alive connection to the SOAP 1.1 door. For one thread."""

    def __init__(self, port: int, system_id: str, secret: str, *, timeout_seconds: float = 20) -> None:
        """Connect at the first call, and again after a failure."""
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
        credentials = b64encode(f"{system_id}:{secret}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {credentials}",
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": '""',
        }

    def send(self, octets: bytes) -> Answer:
        """Hand in a document. Raises NoAnswer or Refused."""
        said = self._call("SendDocument", f"<Document>{b64encode(octets).decode()}</Document>")
        return Answer(dispatch_id=_text(said, "DispatchId"), receipt=b64decode(_text(said, "Receipt")))

    def received(self, limit: int = 100) -> list[str]:
        """Return the dispatch ids of what waits, oldest first."""
        said = self._call("ListReceived", f"<Limit>{limit}</Limit>")
        return [each.text or "" for each in said.iter(f"{{{_NAMESPACE}}}DispatchId")]

    def document(self, dispatch_id: str) -> bytes:
        """Return the octets of a document."""
        return b64decode(_text(self._call("GetDocument", f"<DispatchId>{dispatch_id}</DispatchId>"), "Document"))

    def confirm(self, dispatch_id: str) -> None:
        """Say that a document is stored here."""
        self._call("ConfirmReceived", f"<DispatchId>{dispatch_id}</DispatchId><Result>done</Result>")

    def upload(self, octets: bytes) -> str:
        """Hand the octets of a large document over, to be claimed by the digest that this returns. Raises Refused."""
        digest = sha256(octets).hexdigest()
        self._connection.request("PUT", f"/documents/{digest}", octets, self._headers)
        response = self._connection.getresponse()
        said = response.read()
        if response.status not in {http.client.OK, http.client.CREATED}:
            raise Refused(said.decode())
        return digest

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _call(self, operation: str, inside: str) -> etree._Element:
        body = _ENVELOPE.format(operation, inside).encode()
        try:
            self._connection.request("POST", "/soap/1.1", body, self._headers)
            response = self._connection.getresponse()
            said = etree.fromstring(response.read())
        except (OSError, http.client.HTTPException, etree.XMLSyntaxError) as error:
            self._connection.close()
            raise NoAnswer(repr(error)) from error
        if response.status == http.client.OK:
            return said
        code = _text(said, "Code")
        raise (NoAnswer if code.startswith("LGSP-2") else Refused)(f"{code} {_text(said, 'Sentence')}")


class AmqpCaller:
    """Publishes to the exchange `lgsp.intake` and reads its own queue of receipts. For one thread."""

    def __init__(self, url: str | Sequence[str], system_id: str, said: Callable[[str, str, bytes], None]) -> None:
        """Connect to the first that answers. `said(message id, type, octets)` hears an answer before it is removed."""
        self._system_id = system_id
        self._said = said
        urls = [url] if isinstance(url, str) else url
        self._connection = pika.BlockingConnection([pika.URLParameters(each) for each in urls])
        self._channel: BlockingChannel = self._connection.channel()
        # RabbitMQ 3.10 loses the last messages of a channel to a quorum queue when it closes before they are confirmed.
        # A transaction's commit is answered when all of them are.
        self._channel.tx_select()
        self._returned = False
        self._channel.add_on_return_callback(self._note_return)
        self._open = 0
        self._ear: BlockingChannel | None = None

    def publish(self, message_id: str, octets: bytes, claim: str | None = None) -> None:
        """Send a document, safe after `flush`; its answer carries the same message id.

        `claim`: the digest of what was uploaded before, for which empty octets stand.
        """
        properties = pika.BasicProperties(
            user_id=self._system_id,
            message_id=message_id,
            delivery_mode=2,
            content_type="application/xml",
            headers=None if claim is None else {"lgsp-claim": claim},
        )
        self._channel.basic_publish("lgsp.intake", "", octets, properties, mandatory=True)
        self._open += 1
        if self._open == _WINDOW:
            self.flush()

    def flush(self) -> None:
        """Return once all that was published is safe at the broker. Raises Returned when the door has no queue yet."""
        if self._open:
            self._channel.tx_commit()
            self._connection.process_data_events(time_limit=0)  # brings what was returned before the commit's answer
            self._open = 0
            if self._returned:
                raise Returned

    def listen(self, seconds: float) -> None:
        """Hear answers for a while; what was published is safe then."""
        self.flush()
        if self._ear is None:
            self._ear = self._listening()
        self._connection.process_data_events(time_limit=seconds)

    def close(self) -> None:
        """Hang up."""
        with suppress(AMQPError):
            self._connection.close()

    def _listening(self) -> BlockingChannel | None:
        """Begin to consume; None while the queue is not there, which the bus makes with the first answer."""
        ear: BlockingChannel = self._connection.channel()
        ear.basic_qos(prefetch_count=200)
        try:
            ear.basic_consume(f"agency.{self._system_id}.receipts", self._heard)
        except ChannelClosedByBroker as closed:
            if closed.reply_code != _NOT_FOUND:
                raise
            return None
        return ear

    def _note_return(self, *_: object) -> None:
        self._returned = True

    def _heard(
        self, ear: BlockingChannel, method: pika.spec.Basic.Deliver, about: pika.BasicProperties, octets: bytes
    ) -> None:
        self._said(about.message_id or "", about.type or "", octets)
        ear.basic_ack(method.delivery_tag or 0)


def _text(said: etree._Element, name: str) -> str:
    return next((each.text or "" for each in said.iter(f"{{{_NAMESPACE}}}{name}")), "")
