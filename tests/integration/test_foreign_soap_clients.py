"""Strangers' SOAP clients, over real HTTP: zeep, PHP, node, Perl, and messages written by hand."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import b64decode
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import httpx
import pytest
import requests
import zeep
from lxml import etree

from lgsp.model.agency import AgencyCode
from lgsp.model.errors import CallerRefused, SchemaViolation, SignatureRejected, Unavailable, UnknownDocument
from lgsp.soap import soap_app
from lgsp.soap.client import Client
from lgsp.soap.version import SOAP_11
from tests.builders import a_document
from tests.province import Province, an_agency, make_province
from tests.soap import VERSIONS, a_call, a_message, answered, said, served

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMITTEE = AgencyCode("000.00.00.H03")
DEPARTMENT = AgencyCode("000.00.11.H03")
NUMBERS = count(1)
CLIENTS: Final = Path(__file__).parent / "clients"
#: Where `npm install soap` was done; node's client is no Debian package.
NODE_MODULES: Final = os.environ.get("LGSP_NODE_MODULES", "")

Name = Literal["1.1", "1.2"]
EVERY_VERSION = pytest.mark.parametrize("version", ["1.1", "1.2"])


@dataclass(kw_only=True)
class Served:
    """A bus that listens."""

    url: str
    province: Province

    @property
    def credentials(self) -> tuple[str, str]:
        """What the committee's system shows."""
        return self.province.secrets[COMMITTEE]

    def a_document(self) -> bytes:
        """Return a signed document that nobody has sent."""
        octets = a_document(recipients=[DEPARTMENT], number=f"F{next(NUMBERS)}", subject="Gửi từ hệ thống khác")
        return self.province.signed(octets, COMMITTEE)


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    province = make_province(
        tmp_path_factory.mktemp("bus") / "province", [an_agency(c) for c in (COMMITTEE, DEPARTMENT)]
    )
    with closing(province.assembly()) as assembly:
        app = soap_app(
            reception=assembly.reception,
            directory=assembly.directory,
            views=assembly.views,
            ledger=assembly.ledger,
            size_limit_bytes=10_000_000,
        )
        with served(app) as url:
            yield Served(url=url, province=province)


def tampered(octets: bytes) -> bytes:
    return octets.replace("khác".encode(), "nọ".encode())


def run(bus: Served, tmp_path: Path, version: Name, *command: str, wsdl: bool = True) -> None:
    """Let a client send, fetch, list and be refused; what it understood must be what was meant."""
    octets = bus.a_document()
    good, bad = tmp_path / "good.edxml", tmp_path / "bad.edxml"
    good.write_bytes(octets)
    bad.write_bytes(tampered(bus.a_document()))
    address = f"{bus.url}/soap/{version}{'?wsdl' if wsdl else ''}"
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": NODE_MODULES, "LC_ALL": "C.UTF-8"}
    arguments = [address, *bus.credentials, str(good), str(bad), version]
    done = subprocess.run(
        [*command, *arguments], check=False, capture_output=True, text=True, timeout=60, env=environment
    )
    assert done.returncode == 0, done.stderr
    understood: dict[str, Any] = json.loads(done.stdout)
    receipt = etree.fromstring(b64decode(understood["receipt"]))
    assert receipt.findtext("{urn:lgsp:receipt:1}Digest") == sha256(octets).hexdigest()
    assert b64decode(understood["document"]) == octets
    assert understood["agencies"] == [COMMITTEE, DEPARTMENT]
    assert understood["code"] == "LGSP-1300"
    assert "LGSP-1300" in understood["line"]


@EVERY_VERSION
def test_php_speaks_with_the_bus(bus: Served, tmp_path: Path, version: Name) -> None:
    php = shutil.which("php")
    if php is None or "soap" not in subprocess.run([php, "-m"], capture_output=True, text=True, check=True).stdout:
        pytest.skip("php with its soap extension is not installed (Debian: php-cli php-soap)")
    run(bus, tmp_path, version, php, str(CLIENTS / "client.php"))


@EVERY_VERSION
def test_node_speaks_with_the_bus(bus: Served, tmp_path: Path, version: Name) -> None:
    node = shutil.which("node")
    if node is None or not (Path(NODE_MODULES) / "soap").is_dir():
        pytest.skip("node's soap is not installed (npm install soap, then LGSP_NODE_MODULES=<its node_modules>)")
    run(bus, tmp_path, version, node, str(CLIENTS / "client.js"))


@EVERY_VERSION
def test_perl_speaks_with_the_bus_though_it_types_every_value(bus: Served, tmp_path: Path, version: Name) -> None:
    perl = shutil.which("perl")
    if perl is None or subprocess.run([perl, "-MSOAP::Lite", "-e1"], capture_output=True, check=False).returncode:
        pytest.skip("SOAP::Lite is not installed (Debian: libsoap-lite-perl)")
    run(bus, tmp_path, version, perl, str(CLIENTS / "client.pl"), wsdl=False)


@EVERY_VERSION
def test_zeep_makes_natural_methods_of_the_description(bus: Served, version: Name) -> None:
    transport: Any = zeep.Transport()
    transport.session.auth = requests.auth.HTTPBasicAuth(*bus.credentials)
    with closing(transport.session):
        service: Any = zeep.Client(f"{bus.url}/soap/{version}?wsdl", transport=transport).service
        octets = bus.a_document()
        sent = service.SendDocument(octets)
        assert service.GetDocument(DispatchId=sent.DispatchId).Document == octets
        with pytest.raises(zeep.exceptions.Fault, match="LGSP-1300"):
            service.SendDocument(tampered(bus.a_document()))


@EVERY_VERSION
def test_our_own_client_sends_lists_traces_and_is_refused_in_the_bus_s_own_words(bus: Served, version: Name) -> None:
    octets = bus.a_document()
    with Client(bus.url, *bus.credentials, version=version) as client:
        receipt = client.send(octets)
        assert client.send(octets) == receipt
        assert client.document(receipt.dispatch_id).octets == octets
        assert client.sent(limit=1)[0].dispatch_id == receipt.dispatch_id
        (way,) = client.trace(receipt.dispatch_id)
        assert [stand.recipient for stand in way.deliveries] == [DEPARTMENT]
        assert way.steps[0].status == "accepted"
        assert [agency.code for agency in client.agencies()] == [COMMITTEE, DEPARTMENT]
        assert client.received() == []
        with pytest.raises(SignatureRejected) as caught:
            client.send(tampered(octets))
        assert caught.value.problems[0].expected.vi
        with pytest.raises(UnknownDocument):
            client.document("nothing")
        with pytest.raises(SchemaViolation, match="Limit"):
            client.received(limit=0)
    with Client(bus.url, COMMITTEE, "wrong", version=version) as client, pytest.raises(CallerRefused):
        client.agencies()


def test_a_bus_that_does_not_listen_is_unavailable() -> None:
    with pytest.raises(Unavailable):
        Client("http://127.0.0.1:1", "a", "b")


def test_large_documents_pass_whole(bus: Served) -> None:
    content = a_document(recipients=[DEPARTMENT], number=f"F{next(NUMBERS)}", subject="Lớn " + "x" * 2_000_000)
    octets = bus.province.signed(content, COMMITTEE)
    with Client(bus.url, *bus.credentials) as client, pytest.raises(SchemaViolation, match="Subject"):
        client.send(octets)  # read to its end: what is wrong is the length of the subject


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
def test_a_message_written_by_hand_in_chunks_is_read(bus: Served, version: Any) -> None:
    content = a_message(version, a_call("ListAgencies"))
    response = httpx.post(
        f"{bus.url}/soap/{version.name}",
        content=iter([content[:10], content[10:]]),
        headers={"content-type": version.content_type},
        auth=bus.credentials,
    )
    assert said(answered(response), "Code") == COMMITTEE


def test_another_method_is_answered_405(bus: Served) -> None:
    assert httpx.put(f"{bus.url}/soap/1.1").status_code == 405
    assert httpx.get(f"{bus.url}/soap/1.1").status_code == 405
    assert httpx.get(f"{bus.url}/soap/2.0").status_code == 404


def test_the_description_needs_no_secret(bus: Served) -> None:
    assert httpx.get(f"{bus.url}/soap/1.1?wsdl").headers["content-type"].startswith(SOAP_11.content_type)
