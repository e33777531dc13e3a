"""Time authorities on loopback: openssl's and certomancer's, which can be taken down, slowed, and made to lie."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from asn1crypto import keys, pem, tsp
from asn1crypto import x509 as asn1
from certomancer.services import TimeStamper
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing import Made, Term, make_authority, make_certificate
from tests.services.server import found

if TYPE_CHECKING:
    from collections.abc import Callable

#: Under which both make their stamps.
POLICY: Final = "1.3.6.1.4.1.99999.1"
_PAST: Final = Term(start=datetime.now(UTC) - timedelta(days=3650), days=7300)
_CONFIG: Final = """[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.crt
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = {policy}
digests = sha256, sha512
ess_cert_id_alg = sha256
"""


def a_root(name: str = "Gốc dấu thời gian") -> Made:
    """Return the root of a time authority."""
    return _root(name)


@cache
def _root(name: str) -> Made:
    return make_authority(name, term=_PAST)


@cache
def a_time_key(
    root: str = "Gốc dấu thời gian", *, purpose: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.TIME_STAMPING
) -> Made:
    """Return a time authority's key and certificate, for nothing else but time stamps unless told otherwise."""
    made = make_certificate(a_root(root), "Cơ quan cấp dấu thời gian", term=_PAST)
    if purpose is None:
        return made
    plain = x509.load_pem_x509_certificate(made.certificate)
    builder = (
        x509.CertificateBuilder()
        .subject_name(plain.subject)
        .issuer_name(plain.issuer)
        .public_key(plain.public_key())
        .serial_number(plain.serial_number)
        .not_valid_before(plain.not_valid_before_utc)
        .not_valid_after(plain.not_valid_after_utc)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    )
    for extension in plain.extensions:
        builder = builder.add_extension(extension.value, critical=extension.critical)
    issuer: Any = load_pem_private_key(a_root(root).key, password=None)
    return Made(key=made.key, certificate=builder.sign(issuer, SHA256()).public_bytes(Encoding.PEM))


class TimeAuthority:
    """Answers RFC 3161 questions over HTTP, with what `reply` makes of them."""

    def __init__(self, reply: Callable[[bytes], bytes]) -> None:
        """Listen on a free port."""
        self.reply = reply
        self.asked = 0
        self._open()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Take it down."""
        self._server.shutdown()
        self._server.server_close()

    def _open(self) -> None:
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the library's name
                authority.asked += 1
                answer = authority.reply(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()


def by_openssl(made: Made | None = None, policy: str = POLICY) -> Callable[[bytes], bytes]:
    """Return what `openssl ts -reply` answers. Raises Missing."""
    openssl, folder = found("openssl"), Path(tempfile.mkdtemp(prefix="lgsp-tsa-"))
    made = made or a_time_key()
    (folder / "tsa.crt").write_bytes(made.certificate)
    (folder / "tsa.key").write_bytes(made.key)
    (folder / "serial").write_text("01\n")
    (folder / "conf").write_text(_CONFIG.format(folder=folder, policy=policy))
    one = threading.Lock()

    def reply(question: bytes) -> bytes:
        with one:
            (folder / "question").write_bytes(question)
            command = [openssl, "ts", "-reply", "-config", "conf", "-queryfile", "question", "-out", "answer"]
            subprocess.run(command, cwd=folder, capture_output=True, check=True, timeout=30)
            return (folder / "answer").read_bytes()

    return reply


def by_certomancer(
    made: Made | None = None, *, at: datetime | None = None, twist: Callable[[tsp.TimeStampReq], None] | None = None
) -> Callable[[bytes], bytes]:
    """Return what certomancer's authority answers, at any time of ours; `twist` changes what it believes was asked."""
    made = made or a_time_key()
    private = load_pem_private_key(made.key, password=None)
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    certificate = asn1.Certificate.load(pem.unarmor(made.certificate)[2])
    stamper = TimeStamper(certificate, keys.PrivateKeyInfo.load(der), fixed_dt=at, policy=POLICY)

    def reply(question: bytes) -> bytes:
        asked = tsp.TimeStampReq.load(question)
        if twist is not None:
            asked = tsp.TimeStampReq(asked.native)
            twist(asked)
        answer: bytes = stamper.request_tsa_response(asked).dump()
        return answer

    return reply


def slowly(reply: Callable[[bytes], bytes], seconds: float) -> Callable[[bytes], bytes]:
    """Return the same, later."""

    def late(question: bytes) -> bytes:
        time.sleep(seconds)
        return reply(question)

    return late
