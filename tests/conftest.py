"""Servers for tests: one of each a session, started when the first test asks. Missing skips at home, fails in CI."""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, Final, TypeVar

import pytest
import structlog
from hypothesis import settings

from lgsp import telemetry
from lgsp.store import upgrade
from tests.services.cluster import Cluster
from tests.services.postgres import Postgres
from tests.services.rabbitmq import RabbitMQ
from tests.services.server import Missing, in_memory
from tests.stores import DatabasePattern, FilePattern, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.stores import Pattern

_NEEDING_SERVERS: Final = frozenset({"postgres", "broker"})
Server = TypeVar("Server", Postgres, RabbitMQ, Cluster)

# How long one example takes says more about who else uses the machine than about the code.
settings.register_profile("lgsp", deadline=None)
settings.load_profile("lgsp")


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _NEEDING_SERVERS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("integration")
        # Several workers: a file's tests stay together, and of what starts a whole bus one runs at a time.
        storm = item.get_closest_marker("chaos") is not None
        item.add_marker(pytest.mark.xdist_group("storms" if storm else item.path.stem))


def pytest_collection_finish() -> None:
    """Keep the tests themselves out of the search for garbage: it took a fifth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


def started(make: Callable[[], Server]) -> Server:
    """Return a running server; where it is not installed the test is skipped at home and fails in CI."""
    try:
        return make().start()
    except Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(autouse=True)
def _log_of_nobody_else() -> Iterator[None]:
    """Forget how a command run inside a test set the log up: it wrote to a stream that is closed by now."""
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        telemetry._log = structlog.get_logger()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL without fsync, which holds a database `ready` with all tables to copy from."""
    server = started(lambda: Postgres(durable=False, place=in_memory()))
    server.run("CREATE DATABASE ready")
    with opened(server.database("ready")) as engine:
        upgrade(engine)
    yield server
    server.close()


@pytest.fixture(scope="session")
def broker() -> Iterator[RabbitMQ]:
    """A RabbitMQ; tests share it, and keep apart by agency codes of their own."""
    server = started(RabbitMQ)
    yield server
    server.close()


@pytest.fixture(scope="session")
def rabbitmq(broker: RabbitMQ) -> str:
    """The address of that RabbitMQ."""
    return broker.url


@pytest.fixture(scope="session")
def sqlite_pattern(tmp_path_factory: pytest.TempPathFactory) -> Pattern:
    """An SQLite store with all tables, to copy from."""
    file = tmp_path_factory.mktemp("store") / "ready.db"
    with opened(f"sqlite:///{file}") as engine:
        upgrade(engine)
    return FilePattern(file)


@pytest.fixture(scope="session")
def postgresql_pattern(postgres: Postgres) -> Pattern:
    """The same in PostgreSQL."""
    return DatabasePattern(postgres, "ready")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ready(request: pytest.FixtureRequest) -> Pattern:
    """A store with all tables to copy from; what is made of it is made for both engines."""
    pattern: Pattern = request.getfixturevalue(f"{request.param}_pattern")
    return pattern


@pytest.fixture
def sqlite_store(sqlite_pattern: Pattern, tmp_path: Path) -> Iterator[Engine]:
    """A store in a file of its own, with all tables."""
    with sqlite_pattern.copied(tmp_path) as engine:
        yield engine


@pytest.fixture
def postgresql_store(postgresql_pattern: Pattern, tmp_path: Path) -> Iterator[Engine]:
    """A store in a PostgreSQL database of its own, with all tables."""
    with postgresql_pattern.copied(tmp_path) as engine:
        yield engine


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Engine:
    """A fresh store with all tables; the test runs on both engines."""
    engine: Engine = request.getfixturevalue(f"{request.param}_store")
    return engine
