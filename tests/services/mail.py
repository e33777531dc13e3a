"""A real SMTP server on loopback, which keeps what it is handed."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from tests.services.server import free_port

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path


@dataclass(kw_only=True)
class MailServer:
    """Takes mails by STARTTLS and log-in when it has a certificate, plainly otherwise."""

    certificate: Path | None = None
    key: Path | None = None
    user: str = ""
    password: str = ""
    #: The answer to every mail while it is not empty.
    refusing: str = ""
    #: What came: who it was for, and the mail.
    mails: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    port: int = field(default_factory=free_port)

    def __enter__(self) -> Self:
        """Listen."""
        more: dict[str, Any] = {}
        if self.certificate is not None and self.key is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, self.key)
            more = {
                "tls_context": context,
                "require_starttls": True,
                "authenticator": self._known,
                "auth_required": True,
            }
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **more)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail."""
        if self.refusing:
            return self.refusing
        message: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((list(envelope.rcpt_tos), message))
        return "250 OK"

    def _known(self, _server: SMTP, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        known = LoginPassword(self.user.encode(), self.password.encode())
        return AuthResult(success=given == known)
