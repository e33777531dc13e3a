"""One connection to the broker, owned by a thread of its own. Others ask it to act and wait for the answer."""

from __future__ import annotations

import contextlib
import random
import threading
from concurrent.futures import Future, InvalidStateError
from concurrent.futures import TimeoutError as FutureTimeout
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit, urlunsplit

import pika
from pika.exceptions import AMQPError

from lgsp.model.errors import Misconfigured, Problem, TransportUnavailable
from lgsp.model.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from pika.channel import Channel

#: How long the broker may take for one answer before the connection counts as lost.
ANSWER_SECONDS: Final = 30.0


class Link:
    """A connection that is open until it ends, and is then never used again. Safe for many threads.

    pika is not: everything that touches it runs in the link's own thread, which also answers heartbeats.
    """

    def __init__(self, url: str, name: str) -> None:
        """Connect to one of the nodes that `url` names, to each as often as to the others; to the next if it is down.

        Raises TransportUnavailable, or Misconfigured when `url` cannot be understood.
        """
        self._nodes = [_parameters(address, name) for address in addresses(url)]
        random.shuffle(self._nodes)
        self._lock = threading.Lock()
        self._waiting: set[Future[Any]] = set()
        self._at_end: list[Callable[[], None]] = []
        self._connection: pika.SelectConnection | None = None
        #: Why it ended; None while it has not.
        self._ended: str | None = None
        opened = self._promise()
        self._thread = threading.Thread(target=self._run, args=(opened,), name=name, daemon=True)
        self._thread.start()
        self.wait(opened)

    @property
    def alive(self) -> bool:
        """Whether it can still be used."""
        return self._ended is None

    def at_end(self, act: Callable[[], None]) -> None:
        """Call `act` when the link ends, in its thread."""
        with self._lock:
            self._at_end.append(act)

    def do(self, act: Callable[[], object]) -> None:
        """Let `act` run in the link's thread, in the order of calls, and do not wait."""
        connection = self._connection
        if connection is None or self._ended is not None:
            raise unavailable(self._ended or "not connected")
        connection.ioloop.add_callback_threadsafe(lambda: self._guarded(act))

    def asked(self, method: Callable[..., object], *arguments: Any, **options: Any) -> Future[Any]:
        """Let a method of pika run that answers by its argument `callback`; return the promise of its answer."""
        answer = self._promise()
        done = partial(self._answered, answer)
        self.do(lambda: method(*arguments, callback=done, **options))
        return answer

    def promise(self, act: Callable[[Future[Any]], object]) -> Future[Any]:
        """Let `act` run in the link's thread and return the promise that it is to `keep`."""
        answer = self._promise()
        self.do(lambda: act(answer))
        return answer

    def keep(self, answer: Future[Any], result: object) -> None:
        """Fulfil a promise."""
        with self._lock:
            self._waiting.discard(answer)
        with contextlib.suppress(InvalidStateError):  # the caller has stopped waiting
            answer.set_result(result)

    def wait(self, answer: Future[Any], seconds: float = ANSWER_SECONDS) -> Any:
        """Return what was promised. Raises TransportUnavailable; a link that does not answer in time is ended."""
        try:
            return answer.result(seconds)
        except FutureTimeout as error:
            self.end(f"no answer within {seconds:.0f} s")
            raise unavailable(self._ended or "no answer") from error

    def channel(self) -> Channel:
        """Return a new channel."""
        opened = self.promise(lambda p: self._require().channel(on_open_callback=partial(self.keep, p)))
        channel: Channel = self.wait(opened)
        return channel

    def end(self, why: str) -> None:
        """Let the link count as ended, now."""
        self._finish(why)
        connection = self._connection
        if connection is not None:
            with contextlib.suppress(Exception):  # its loop may be closed already
                connection.ioloop.add_callback_threadsafe(self._shut)

    def close(self) -> None:
        """End it in order and wait for its thread."""
        self.end("closed")
        if threading.current_thread() is not self._thread:
            self._thread.join(ANSWER_SECONDS)

    def _answered(self, answer: Future[Any], *said: object) -> None:
        self.keep(answer, said[0] if said else None)

    def _run(self, opened: Future[Any]) -> None:
        try:
            while self.alive and not opened.done():
                self._serve(self._nodes.pop(), opened)
        except Exception as error:  # noqa: BLE001 - whatever ends the thread ends the link, and nobody waits for ever
            self._finish(_words(error))
        self._finish("closed")

    def _serve(self, node: pika.URLParameters, opened: Future[Any]) -> None:
        """Connect to a node, and return when it cannot be reached or the connection has ended."""
        connection = pika.SelectConnection(
            node,
            on_open_callback=lambda _: self.keep(opened, None),
            on_open_error_callback=lambda _, error: self._refused(error),
            on_close_callback=lambda _, error: self._stop(error),
        )
        self._connection = connection
        try:
            if not self.alive:
                self._shut()
            connection.ioloop.start()
        finally:
            connection.ioloop.close()

    def _refused(self, error: object) -> None:
        if self._nodes:  # there is another
            self._require().ioloop.stop()
        else:
            self._stop(error)

    def _stop(self, error: object) -> None:
        self._finish(_words(error))
        self._require().ioloop.stop()

    def _shut(self) -> None:
        connection = self._require()
        if connection.is_open:
            connection.close()
        elif connection.is_closed:
            connection.ioloop.stop()

    def _guarded(self, act: Callable[[], object]) -> None:
        try:
            act()
        except (AMQPError, OSError) as error:
            self._finish(_words(error))
            self._shut()

    def _finish(self, why: str) -> None:
        with self._lock:
            if self._ended is not None:
                return
            self._ended = why
            waiting, self._waiting = self._waiting, set()
            acts, self._at_end = self._at_end, []
        for answer in waiting:
            with contextlib.suppress(InvalidStateError):
                answer.set_exception(unavailable(why))
        for act in acts:
            act()

    def _promise(self) -> Future[Any]:
        answer: Future[Any] = Future()
        with self._lock:
            if self._ended is not None:
                raise unavailable(self._ended)
            self._waiting.add(answer)
        return answer

    def _require(self) -> pika.SelectConnection:
        if self._connection is None:
            raise unavailable("not connected")
        return self._connection


def unavailable(found: str) -> TransportUnavailable:
    """Return the error that says what the broker, or the way to it, did."""
    return TransportUnavailable(
        Problem(
            element="[transport] url",
            expected=Text("RabbitMQ that answers", "RabbitMQ trả lời"),
            found=found[:200],
            cure=Text(
                "check that it runs, and the user, virtual host and rights",
                "kiểm tra RabbitMQ, tài khoản, vhost và quyền",
            ),
        )
    )


def addresses(url: str) -> list[str]:
    """Return an address for each host of `amqp://user@host:port,host:port/vhost`."""
    parts = urlsplit(url)
    user, at, hosts = parts.netloc.rpartition("@")
    return [urlunsplit(parts._replace(netloc=f"{user}{at}{host}")) for host in hosts.split(",")]


def _parameters(url: str, name: str) -> pika.URLParameters:
    try:
        parameters = pika.URLParameters(url)
    except (ValueError, TypeError, KeyError) as error:
        raise Misconfigured(
            Problem(
                element="[transport] url",
                expected=Text("amqp://user@host:port,host:port/vhost", "amqp://người-dùng@máy:cổng,máy:cổng/vhost"),
                found=str(error)[:200],
            )
        ) from error
    parameters.client_properties = {"connection_name": name}
    if parameters.blocked_connection_timeout is None:
        parameters.blocked_connection_timeout = ANSWER_SECONDS
    return parameters


def _words(error: object) -> str:
    """Return what happened, in one line; pika's exceptions often hold others and no words."""
    inner = (getattr(error, "exception", None), *getattr(error, "exceptions", ()), *getattr(error, "args", ()))
    cause = next((each for each in inner if isinstance(each, BaseException)), None)
    return _words(cause) if cause is not None else str(error) or type(error).__name__
