"""What measures speed: its documents, its yardstick, its load, its pictures."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from lxml import etree

from signing import EDXML_RULES, HeldKey, KeyKind, make_authority, make_certificate, sign_enveloped
from tests.benchmarks import kept, plot
from tests.benchmarks.figure import CLIENTS, Figure
from tests.benchmarks.papers import Form, Papers, written
from tests.benchmarks.peers.load import Failed, Load, post
from tests.benchmarks.straight import verify
from tests.builders import a_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize("kilobytes", [10, 50, 1000])
def test_documents_are_as_large_as_is_said_and_no_two_are_alike(kilobytes: int) -> None:
    first, second = (written(number, Form(kilobytes=kilobytes)) for number in range(2))
    assert 0.9 * kilobytes < (len(first) + 2000) / 1000 < 1.1 * kilobytes  # with a signature
    assert first != second


def test_documents_in_a_file_come_back_as_they_went_in(tmp_path: Path) -> None:
    with closing(Papers(tmp_path / "papers")) as papers:
        papers.add([b"first", b"", b"third"])
        papers.add([b"fourth"])
        assert papers[:] == [b"first", b"", b"third", b"fourth"]


def test_the_straight_line_takes_what_is_signed_and_nothing_altered() -> None:
    made = make_certificate(make_authority("CA"), "UBND", kind=KeyKind.RSA_2048)
    key = HeldKey.read(made.key, made.certificate)
    public = key.certificate.public_key()
    assert isinstance(public, RSAPublicKey)
    octets = sign_enveloped(a_document(), key, EDXML_RULES)
    verify(etree.fromstring(octets), public)
    with pytest.raises(AssertionError):
        verify(etree.fromstring(octets.replace(b"5123", b"5124")), public)
    with pytest.raises(InvalidSignature):
        verify(etree.fromstring(octets.replace(b"<DigestValue>", b"<DigestValue>A")), public)


def test_what_clients_use_is_shown_and_is_no_cost_of_the_bus() -> None:
    figure = Figure(what="the bus", documents=1000, seconds=2, cpu={"intake": 1.0, "PostgreSQL": 0.5, CLIENTS: 4.0})
    assert figure.rate == 500
    assert figure.cost == 1.5
    assert figure.costs[CLIENTS] == 4.0


def test_pictures_are_well_formed_and_name_every_process() -> None:
    figure = Figure(what="the bus", documents=10, seconds=1, cpu={"intake": 1.0, "<b> & c": 0.5})
    bars = etree.fromstring(plot.costs({"bus 3 KB": figure}, "here, today").encode())
    lines = etree.fromstring(plot.lines("memory", "", {"intake": [(0, 1), (1, 2)], "relay": [(0, 5)]}, "MiB").encode())
    assert {"intake", "<b> & c", "bus 3 KB"} <= set(bars.itertext())
    assert {"intake, 2", "relay, 5"} <= set(lines.itertext())


def test_a_comparison_tells_what_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = {"date": "then", "machine": "this one"}
    slow, quick = (Figure(what="bus", documents=100, seconds=seconds, cpu={"intake": 1.0}) for seconds in (2, 1))
    before = tmp_path / "before.json"
    kept.keep(kept.as_kept(facts, {"bus 3 KB": slow}, []), before)
    kept.compare(kept.as_kept(facts, {"bus 3 KB": quick, "new": quick}, []), before)
    assert "+100.0 %" in capsys.readouterr().out
    assert json.loads(before.read_text(encoding="utf-8"))["figures"]["bus 3 KB"]["documents_per_second"] == 50


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        said = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500 if said == b"no" else 200)
        if said.endswith(b"close"):
            self.send_header("Connection", "close")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_the_load_waits_for_every_answer_also_when_a_server_hangs_up(echo: int) -> None:
    requests = [post("/", b"x" * 200_000 + (b"close" if number % 3 else b"stay")) for number in range(20)]
    assert len(Load(echo, 4).send(requests)) == 20


def test_the_load_fails_with_the_answer_when_one_is_refused(echo: int) -> None:
    with pytest.raises(Failed, match="500"):
        Load(echo, 2).send([post("/", b"yes"), post("/", b"no")])
