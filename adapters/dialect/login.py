"""The three ways in which systems want to be told who asks: a token, a session, fixed headers."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from adapters.dialect.answer import pick, say
from adapters.dialect.trouble import misconfigured, unavailable
from adapters.dialect.web import Anonymous, Call, Web
from lgsp.sdk import Text, options, secret

if TYPE_CHECKING:
    from adapters.dialect.web import Login
    from lgsp.sdk import Connection

#: A token is renewed so long before its end that a slow call does not outlive it.
_MARGIN_SECONDS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenOptions:
    """OAuth 2 client credentials with HTTP Basic, as NGSP (WSO2) has it."""

    kind: str
    path: str
    #: Files that hold consumer key and consumer secret.
    key_file: str
    secret_file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """User name and password for a session, as the national service portal and its kin have it."""

    kind: str
    path: str
    #: Files that hold user name and password.
    username_file: str
    password_file: str
    #: Further headers of the login, e.g. `dstcode`.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Where the session stands in the answer.
    session: str = "session"
    #: How calls carry it under `name`: in the `body` (of a GET: in the query) or in a `header`.
    place: str = "body"
    name: str = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderOptions:
    """Fixed headers; each value is the path of the file that holds it."""

    kind: str
    headers: Mapping[str, str]


def login(connection: Connection) -> Login:
    """Return the login that `options.login` describes; none when there is no such table. Raises Misconfigured."""
    table = connection.options.get("login")
    if table is None:
        return Anonymous()
    kind = table.get("kind") if isinstance(table, Mapping) else None
    if kind == "token":
        return _Token(options(TokenOptions, connection, "login"))
    if kind == "session":
        return _Session(options(SessionOptions, connection, "login"))
    if kind == "header":
        return _Headers(options(HeaderOptions, connection, "login"))
    place = f"agency {connection.agency.code}, options.login.kind"
    raise misconfigured(place, Text("token, session or header", "token, session hoặc header"), say(kind))


def session_login(*, path: str, username_file: str, password_file: str, headers: Mapping[str, str]) -> Login:
    """Return the login of the national service portal and its kin. Raises Misconfigured for unreadable files."""
    return _Session(
        SessionOptions(
            kind="session", path=path, username_file=username_file, password_file=password_file, headers=headers
        )
    )


class _Token:
    def __init__(self, wanted: TokenOptions) -> None:
        self._options = wanted
        self._key, self._secret = secret(wanted.key_file), secret(wanted.secret_file)
        self._token, self._until = "", 0.0

    def dress(self, call: Call, web: Web) -> Call:
        if not self._token or monotonic() >= self._until:
            self._log_in(web)
        return replace(call, headers={**call.headers, "Authorization": f"Bearer {self._token}"})

    def forget(self) -> None:
        self._token = ""

    def secrets(self) -> Sequence[str]:
        return (self._secret, self._token, self._basic())

    def _basic(self) -> str:
        return b64encode(f"{self._key}:{self._secret}".encode()).decode("ascii")

    def _log_in(self, web: Web) -> None:
        answer = web.plain(
            Call(
                path=self._options.path,
                headers={"Authorization": f"Basic {self._basic()}"},
                form={"grant_type": "client_credentials"},
            )
        )
        self._token = _given(answer, "access_token")
        life = pick(answer, "expires_in")
        self._until = monotonic() + max(float(life) - _MARGIN_SECONDS, 1) if life else float("inf")


class _Session:
    def __init__(self, wanted: SessionOptions) -> None:
        self._options = wanted
        self._username, self._password = secret(wanted.username_file), secret(wanted.password_file)
        self._session = ""

    def dress(self, call: Call, web: Web) -> Call:
        if not self._session:
            self._log_in(web)
        name = self._options.name
        if self._options.place == "header":
            return replace(call, headers={**call.headers, name: self._session})
        if call.method == "GET":
            return replace(call, params={name: self._session, **call.params})
        return replace(call, body={name: self._session, **(call.body or {})})

    def forget(self) -> None:
        self._session = ""

    def secrets(self) -> Sequence[str]:
        return (self._password, self._session)

    def _log_in(self, web: Web) -> None:
        body: dict[str, Any] = {"username": self._username, "password": self._password}
        answer = web.plain(Call(path=self._options.path, headers=self._options.headers, body=body))
        self._session = _given(answer, self._options.session)


class _Headers:
    def __init__(self, wanted: HeaderOptions) -> None:
        self._headers = {name: secret(path) for name, path in wanted.headers.items()}

    def dress(self, call: Call, web: Web) -> Call:  # noqa: ARG002 - the protocol's
        return replace(call, headers={**call.headers, **self._headers})

    def forget(self) -> None:
        """Keep them: they do not run out."""

    def secrets(self) -> Sequence[str]:
        return tuple(self._headers.values())


def _given(answer: Any, path: str) -> str:
    if given := say(pick(answer, path)):
        return given
    # Wrong credentials are the operator's to mend; the document is not to blame and waits.
    raise unavailable("login refused")
