"""Opening a database, and the two ways to use it: `commit` and `look`. All that differs by engine begins here."""

from __future__ import annotations

import contextlib
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from lgsp.model.errors import Misconfigured, Problem, StoreUnavailable
from lgsp.model.text import Text
from lgsp.store.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import URL, Connection, Engine

    from lgsp.store.octets import Apart

Result = TypeVar("Result")

#: How long a writer waits for another before the call counts as unavailable.
LOCK_WAIT_SECONDS: Final = 10
#: Deadlock and serialisation failure: the same work succeeds when it is done again.
_AGAIN: Final = frozenset({"40001", "40P01"})
#: A table or a column that is not there, as PostgreSQL and SQLite say it.
_UNDEFINED: Final = frozenset({"42P01", "42703"})
_MISSING: Final = ("no such table", "no such column")


class _NothingDone(OperationalError):
    """The transaction ended before its commit was asked for: the same work succeeds when it is done again."""


def open_engine(url: str, apart: Apart | None = None) -> Engine:
    """Return the engine for `sqlite:///path` or `postgresql://user@host:port/name`. Connects at first use.

    `apart` says where large documents lie; without it they lie in their rows.

    Raises Misconfigured for anything else; connecting does, where an SQLite file is not there.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise _unknown(url) from error
    match parsed.get_backend_name():
        case "sqlite":
            engine = _open_sqlite(parsed)
        case "postgresql":
            engine = _open_postgresql(parsed)
        case _:
            raise _unknown(url)
    engine.update_execution_options(lgsp_apart=apart)
    return engine


def commit(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """Do `work` in one transaction and return once it is durable.

    Done a second time after a deadlock, and when the connection turned out to be dead before anything was committed:
    connections are not asked whether they live before each use. When the answer to the commit itself is lost, nobody
    knows whether it was done, and StoreUnavailable is raised.
    """
    with _translated():
        try:
            return _commit_once(engine, work)
        except _NothingDone:
            return _commit_once(engine, work)


def look(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """Read. `work` must not write; it is done a second time when the connection turned out to be dead."""
    with _translated():
        try:
            return _look_once(engine, work)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
        return _look_once(engine, work)


@contextlib.contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Read for as long as it takes from the database as it is now. Nobody waits for it."""
    options: dict[str, Any] = (
        {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        if engine.dialect.name == "postgresql"
        else {}
    )
    with _translated(), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextlib.contextmanager
def session(engine: Engine) -> Iterator[Connection]:
    """Give a connection whose transactions the caller begins and ends; what was set or locked there ends with it."""
    with _translated(), engine.connect() as connection:
        try:
            yield connection
        finally:
            connection.invalidate()


def make_file(engine: Engine) -> None:
    """Make an SQLite store's file, for its owner alone, where there is none. Nothing else makes it."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        path = Path(engine.url.database)
        with contextlib.suppress(OSError):  # connecting says it better
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)


def has_file(engine: Engine) -> bool:
    """Tell whether there is a database to connect to, as far as files tell."""
    return engine.dialect.name != "sqlite" or Path(engine.url.database or "").exists()


def not_upgraded(found: str = "") -> Misconfigured:
    """Return what is raised where the tables are not those of this version."""
    return Misconfigured(
        Problem(
            element="[store] url",
            expected=Text("a database with the tables of this version", "cơ sở dữ liệu có các bảng của phiên bản này"),
            found=found,
            cure=Text("run: lgsp db upgrade", "hãy chạy: lgsp db upgrade"),
        )
    )


def _commit_once(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    turns = engine.get_execution_options().get("lgsp_turns", contextlib.nullcontext())
    with turns, engine.connect().execution_options(lgsp_write=True) as connection, connection.begin():
        try:
            return work(connection)
        except DBAPIError as error:
            if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _AGAIN:
                raise _NothingDone(error.statement, error.params, error.orig or error) from error
            raise


def _look_once(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if engine.dialect.name == "postgresql" else {}
    with engine.connect().execution_options(**options) as connection:
        return work(connection)


def _open_sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise _unknown(str(url))
    path = Path(url.database)
    engine = create_engine(url, connect_args={"timeout": LOCK_WAIT_SECONDS}, execution_options={"lgsp_turns": Turns()})

    @event.listens_for(engine, "do_connect")
    def require_file(*_: object) -> None:
        if not path.exists():  # SQLite itself would make an empty one
            raise not_upgraded()

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("sha256_hex", 1, _sha256_hex, deterministic=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that reads first and writes later fails at once when another has written between.
        write = connection.get_execution_options().get("lgsp_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _sha256_hex(value: Any) -> str:
    """Return the digest of a column's bytes; of what is none, as SQLite lets it be, that of how it looks."""
    return sha256(value if isinstance(value, bytes) else str(value).encode()).hexdigest()


def _open_postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_timeout=LOCK_WAIT_SECONDS,
        connect_args={
            "connect_timeout": 5,
            "application_name": "lgsp",
            # A server that is gone without a word is noticed within half a minute, whether we speak or wait.
            "tcp_user_timeout": 15_000,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            # Compiling a plan (JIT) takes seconds, each time, for questions that are answered in milliseconds. And the
            # walks ask for some hundred rows by their keys: with the price of a turning disk PostgreSQL reads whole
            # tables for that while they are small.
            "options": f"-c timezone=UTC -c lock_timeout={LOCK_WAIT_SECONDS}s -c plan_cache_mode=force_custom_plan"
            " -c jit=off -c random_page_cost=1.1",
        },
    )


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise _unavailable(error) from error
    except DBAPIError as error:
        if _no_table(error):
            raise not_upgraded() from error
        if error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError, InternalError)):
            raise _unavailable(error) from error
        raise


def _unavailable(error: Exception) -> StoreUnavailable:
    said = str(getattr(error, "orig", None) or error).strip().splitlines() or [""]
    return StoreUnavailable(
        Problem(expected=Text("a database that answers", "cơ sở dữ liệu trả lời"), found=said[0][:200])
    )


def _no_table(error: DBAPIError) -> bool:
    return getattr(error.orig, "sqlstate", None) in _UNDEFINED or str(error.orig).startswith(_MISSING)


def _unknown(url: str) -> Misconfigured:
    scheme = url.partition(":")[0]
    return Misconfigured(
        Problem(
            element="[store] url",
            expected=Text(
                "sqlite:///path/to/file or postgresql://user@host:port/name",
                "sqlite:///đường/dẫn/tệp hoặc postgresql://người-dùng@máy:cổng/tên",
            ),
            found=f"{scheme}:…",  # a URL may hold a password
        )
    )
