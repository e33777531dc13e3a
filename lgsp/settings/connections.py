"""What the bus reaches and where it is reached: database, broker, HTTP."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveInt

from lgsp.settings.values import Place, Section, StoreUrl


class StoreSection(Section):
    """Where the bus remembers."""

    #: `sqlite:///file.db` (relative to the configuration file) or `postgresql://host/database`.
    url: StoreUrl = "sqlite:///../var/lgsp.db"
    #: A file that holds the database user's password; empty when the URL or the server needs none.
    password_file: Place | None = None
    #: How old the directory of agencies may be before it is read again.
    directory_refresh_seconds: float = 5


class TransportSection(Section):
    """How deliveries reach another process."""

    #: `embedded:` (the store as queue) or `amqp://user@host:5672/vhost` (RabbitMQ; `amqps://` with TLS;
    #: several nodes of a cluster: `amqp://user@one:5672,two:5672/vhost`).
    url: str = "embedded:"
    #: A file that holds the broker user's password.
    password_file: Place | None = None


class HttpSection(Section):
    """The doors that speak HTTP."""

    bind: Annotated[str, Field(pattern=r"^.+:\d+$")] = "127.0.0.1:8080"
    #: The address that clients use, written into the WSDL; empty: the address they asked.
    public_url: str = ""
    #: Both or none. Without them listen on loopback only, behind a server that speaks TLS.
    tls_certificate: Place | None = None
    tls_key: Place | None = None
    #: The largest request taken.
    size_limit_bytes: PositiveInt = 96 * 1024 * 1024
