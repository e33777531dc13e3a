"""JSON over HTTP to one system: kept-alive connections, time-outs, one new login, errors in the bus's words."""

from __future__ import annotations

import logging
import ssl
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Protocol

import httpx

from adapters.dialect.trouble import conceal, misconfigured, rejected, unavailable
from lgsp.sdk import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.dialect.answer import Rule

#: Answers that may carry the system's own words about the document; every other failure is trouble to wait out.
_ABOUT_THE_DOCUMENT: Final = frozenset({400, 409, 410, 413, 415, 422})

# httpx writes every address into the log, and a session may stand in it.
logging.getLogger("httpx").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, before it says who asks."""

    path: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: JSON; None for none.
    body: Any = field(default=None, repr=False)
    #: A form instead of JSON, as OAuth wants it.
    form: Mapping[str, str] | None = field(default=None, repr=False)


class Login(Protocol):
    """How the system is told who asks."""

    def dress(self, call: Call, web: Web) -> Call:
        """Return the call with what proves who asks, logging in first when needed. Raises RecipientUnavailable."""

    def forget(self) -> None:
        """Log in again next time: the system no longer takes what it gave."""

    def secrets(self) -> Sequence[str]:
        """Return every text that must not be shown."""


class Anonymous:
    """No login."""

    def dress(self, call: Call, web: Web) -> Call:  # noqa: ARG002 - the protocol's
        """Return the call as it is."""
        return call

    def forget(self) -> None:
        """Do nothing."""

    def secrets(self) -> Sequence[str]:
        """Return nothing."""
        return ()


class Web:
    """The way to one system. One `httpx.Client`, kept alive; used by one thread."""

    def __init__(self, address: str, *, timeout_seconds: float, ca_file: str, login: Login, place: str) -> None:
        """Prepare; nothing is asked yet. Raises Misconfigured, naming `place`, for an address that cannot be."""
        url = _address(address, place)
        self._login = login
        # trust_env off: the way out is the configuration's, never the environment's.
        self._client = httpx.Client(
            base_url=url, timeout=timeout_seconds, verify=_authorities(ca_file, place), trust_env=False
        )

    def ask(self, call: Call, expired: Sequence[Rule] = ()) -> Any:
        """Make the call as who we are and return the JSON answered; log in again once when the session ran out.

        Raises RecipientUnavailable or Rejected; neither says anything secret.
        """
        try:
            try:
                return self._once(call, expired)
            except _Expired:
                self._login.forget()
                return self._once(call, expired)
        except _Expired as error:
            raise unavailable(str(error)) from None

    def plain(self, call: Call) -> Any:
        """Make the call as it is and return the JSON answered. For logins."""
        try:
            return self._json(self._send(call))
        except _Expired as error:
            raise unavailable(str(error)) from None

    def close(self) -> None:
        """Give back the connections."""
        self._client.close()

    @contextmanager
    def discreet(self) -> Iterator[None]:
        """Take secrets that the system echoed out of the errors raised inside."""
        with conceal(self._login.secrets):
            yield

    def _once(self, call: Call, expired: Sequence[Rule]) -> Any:
        answer = self._json(self._send(self._login.dress(call, self)))
        if any(rule.holds(answer) for rule in expired):
            raise _Expired("session expired")
        return answer

    def _send(self, call: Call) -> httpx.Response:
        if self._client.is_closed:
            raise unavailable("closed")
        try:
            return self._client.request(
                call.method,
                call.path,
                headers=dict(call.headers),
                params=dict(call.params) or None,
                json=call.body,
                data=dict(call.form) if call.form is not None else None,
            )
        except httpx.TimeoutException as error:
            raise unavailable(f"no answer in time ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise unavailable(f"no connection ({type(error).__name__})") from error

    def _json(self, response: httpx.Response) -> Any:
        status = response.status_code
        if status == httpx.codes.UNAUTHORIZED:
            raise _Expired("HTTP 401")
        readable = response.is_success or status in _ABOUT_THE_DOCUMENT
        if not readable:
            raise unavailable(f"HTTP {status}", wait=response.headers.get("Retry-After", ""))
        try:
            return response.json()
        except ValueError as error:
            if response.is_success:
                raise unavailable(f"HTTP {status}, no JSON") from error
            raise rejected(f"HTTP {status}") from error


class _Expired(Exception):
    """What the system gave at login is not taken any more."""


def _address(address: str, place: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise misconfigured(
            f"{place}.address",
            Text("http(s)://host without user and password", "http(s)://máy chủ, không kèm tài khoản và mật khẩu"),
            url.host,
        )
    return url


def _authorities(ca_file: str, place: str) -> ssl.SSLContext:
    try:
        return _loaded(ca_file)
    except OSError as error:
        raise misconfigured(
            f"{place}.ca_file", Text("a readable PEM file of authorities", "tệp PEM chứng thư gốc đọc được"), ca_file
        ) from error


@cache
def _loaded(ca_file: str) -> ssl.SSLContext:
    """Return one context for all systems of these authorities: loading the machine's own takes 30 ms."""
    return ssl.create_default_context(cafile=ca_file or None)
