# mypy: ignore-errors
# ruff: noqa: ANN001, ANN202 - it runs in another environment, where Spyne is
"""The usual Python stack: Spyne takes a call, lxml validates, signxml verifies, psycopg and pika keep."""

import os
import uuid
from functools import cache
from pathlib import Path

import pika
import psycopg
from lxml import etree
from signxml import SignatureConfiguration, XMLVerifier
from spyne import AnyXml, Application, ServiceBase, Unicode, rpc
from spyne.protocol.soap import Soap11
from spyne.server.wsgi import WsgiApplication

_SCHEMA = etree.XMLSchema(etree.parse(os.environ["PEER_SCHEMAS"] + "/document.xsd"))
_CERTIFICATE = Path(os.environ["PEER_CERTIFICATE"]).read_text(encoding="ascii")
_RULES = SignatureConfiguration(require_x509=True, expect_references=1, location=".//")
_PERSISTENT = pika.BasicProperties(delivery_mode=2)


@cache
def _database():
    return psycopg.connect(os.environ["PEER_STORE"], autocommit=True)


@cache
def _channel():
    channel = pika.BlockingConnection(pika.URLParameters(os.environ["PEER_BROKER"])).channel()
    channel.confirm_delivery()
    return channel


class _Service(ServiceBase):
    @rpc(AnyXml, _returns=Unicode, _body_style="bare")
    def Submit(self, document):  # noqa: N802 - the name of the operation
        octets = etree.tostring(document)
        signed = etree.fromstring(octets)
        _SCHEMA.assertValid(signed)
        XMLVerifier().verify(signed, x509_cert=_CERTIFICATE, expect_config=_RULES)
        name = str(uuid.uuid4())
        _database().execute("INSERT INTO peer (id, octets) VALUES (%s, %s)", (name, octets))
        _channel().basic_publish("", "peer", octets, _PERSISTENT, mandatory=True)
        return name


application = WsgiApplication(
    Application([_Service], "urn:peer", in_protocol=Soap11(), out_protocol=Soap11()),
)
