"""A public key infrastructure on loopback: certomancer's authorities, lists and responder, behind a door of ours.

It can be taken down, slowed, and made to lie: `PKI.reply` may replace what certomancer answers.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self

from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug.test import Client

from signing import Made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NAMES: Final = ("root", "between", "teller", "committee", "department", "commune")


@cache
def _key(name: str) -> bytes:
    """Return a private key; each only once a run."""
    del name
    private = ec.generate_private_key(ec.SECP256R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class PKI:
    """A root, an intermediate that keeps a list and has a responder, and certificates for three agencies."""

    def __init__(self, folder: Path, *, days: int = 30, ocsp: bool = False) -> None:
        """Make it. Lists hold for `days` at most; agencies' certificates name the responder instead when `ocsp`."""
        self._folder, self._days, self._ocsp = folder, days, ocsp
        self._revoked: dict[str, datetime] = {}
        self._revisions = 0
        for name in _NAMES:
            (folder / f"{name}.pem").write_bytes(_key(name))
        #: What comes in: path and body; what goes out: octets, or None for what certomancer answers.
        self.reply: Callable[[str, bytes], bytes | None] = lambda _path, _body: None
        #: Which paths were asked for.
        self.asked: list[str] = []
        self._server: ThreadingHTTPServer | None = None
        self._port = 0
        self.up()
        self._build()
        self._made = {name: self._certificate(name) for name in _NAMES}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def crl_urls(self) -> dict[str, str]:
        """The addresses of the lists of root and intermediate."""
        return {name: f"{self.url}/tinh/crls/{name}/latest.crl" for name in ("root", "between")}

    @property
    def ocsp_url(self) -> str:
        """The address of the responder."""
        return f"{self.url}/tinh/ocsp/between"

    def certificate(self, name: str) -> x509.Certificate:
        """Return a certificate."""
        return x509.load_pem_x509_certificate(self._made[name])

    def made(self, name: str) -> Made:
        """Return an agency's key and certificate, the intermediate's after it."""
        return Made(key=_key(name), certificate=self._made[name] + self._made["between"])

    def revoke(self, name: str, at: datetime | None = None) -> None:
        """Take a certificate back; since before the present list unless told otherwise, so that it stands on it."""
        at = at or datetime.now(UTC) - timedelta(days=self._days + 1)
        self._revoked[name] = at.replace(microsecond=0)
        self._build()

    def fetched(self, path: str, body: bytes = b"") -> bytes:
        """Return what certomancer itself answers."""
        # Whole seconds: DER has no others, and certomancer would write them.
        now = datetime.now(UTC).replace(microsecond=0)
        store = AnimatorArchStore({ArchLabel("tinh"): self._architecture})
        client = Client(Animator(store, at_time=now, with_web_ui=False))
        answer = client.post(path, data=body) if body else client.get(path)
        return bytes(answer.data)

    def down(self) -> None:
        """Stop answering."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def up(self) -> None:
        """Answer again, at the same address."""
        if self._server is not None:
            return
        pki = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the library's name
                self._answer(b"")

            def do_POST(self) -> None:  # the library's name
                self._answer(self.rfile.read(int(self.headers["Content-Length"])))

            def _answer(self, body: bytes) -> None:
                pki.asked.append(self.path)
                said = pki.reply(self.path, body)
                octets = pki.fetched(self.path, body) if said is None else said
                self.send_response(200)
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, *_: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                """A client that hangs up is what some tests want."""

        self._server = Quiet(("127.0.0.1", self._port), Handler)
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def _certificate(self, name: str) -> bytes:
        der = self._architecture.get_cert(CertLabel(name)).dump()
        return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)

    def _build(self) -> None:
        config = CertomancerConfig(self._config(), key_search_dir=str(self._folder))
        self._architecture = config.get_pki_arch(ArchLabel("tinh"))

    def _config(self) -> dict[str, Any]:
        return {
            "external-url-prefix": self.url,
            "keysets": {"tinh": {"path-prefix": ".", "keys": {name: {"path": f"{name}.pem"} for name in _NAMES}}},
            "pki-architectures": {
                "tinh": {
                    "keyset": "tinh",
                    "entities": {name: {"common-name": name} for name in _NAMES},
                    "certs": {name: self._spec(number, name) for number, name in enumerate(_NAMES, start=1)},
                    "services": {
                        "ocsp": {
                            "between": {
                                "for-issuer": "between",
                                "responder-cert": "teller",
                                "signing-key": "teller",
                            }
                        },
                        "crl-repo": {
                            name: {
                                "for-issuer": name,
                                "signing-key": name,
                                "simulated-update-schedule": f"P{self._days}D",
                            }
                            for name in ("root", "between")
                        },
                    },
                }
            },
        }

    def _spec(self, number: int, name: str) -> dict[str, Any]:
        repository: dict[str, Any] = {"crl-repo": name}
        if self._ocsp and name == "between":
            repository = {"ocsp-service": name}
        profiles: dict[str, Any] = {
            "root": {"id": "simple-ca", "params": repository},
            "between": {"id": "simple-ca", "params": {**repository, "max-path-len": 0}},
            "teller": "ocsp-responder",
        }
        spec = {
            "subject": name,
            "subject-key": name,
            "issuer": "root" if name in {"root", "between"} else "between",
            "serial": number,
            "validity": {"valid-from": "2025-01-01T00:00:00+0000", "valid-to": "2045-01-01T00:00:00+0000"},
            "profiles": [profiles.get(name, "digsig-commitment")],
        }
        if name in self._revoked:
            spec["revocation"] = {"revoked-since": self._revoked[name].isoformat(), "reason": "key_compromise"}
        return spec
