"""What an operator may choose: one TOML file, every key with a default, unknown keys refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    ValidationInfo,
)

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """Take relative paths from the configuration file's folder, so that it does not matter where a process starts."""
    return _folder(info) / path


def _sqlite_beside_the_file(url: str, info: ValidationInfo) -> str:
    scheme, separator, path = url.partition(":///")
    return f"{scheme}:///{_folder(info) / path}" if separator and scheme.startswith("sqlite") else url


def _folder(info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder


Place = Annotated[Path, AfterValidator(_beside_the_file)]
BatchLimit = Annotated[int, Field(ge=1, le=1000)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class StoreSection(_Section):
    """Where the bus remembers."""

    #: `sqlite:///file.db` (relative to the configuration file) or `postgresql://host/database`.
    url: Annotated[str, AfterValidator(_sqlite_beside_the_file)] = "sqlite:///../var/lgsp.db"
    #: A file that holds the database user's password; empty when the URL or the server needs none.
    password_file: Place | None = None
    #: How old the directory of agencies may be before it is read again.
    directory_refresh_seconds: float = 5


class TransportSection(_Section):
    """How deliveries reach another process."""

    #: `embedded:` (the store as queue) or `amqp://user@host:5672/vhost` (RabbitMQ; `amqps://` with TLS).
    url: str = "embedded:"
    #: A file that holds the broker user's password.
    password_file: Place | None = None


class HttpSection(_Section):
    """The doors that speak HTTP."""

    bind: Annotated[str, Field(pattern=r"^.+:\d+$")] = "127.0.0.1:8080"
    #: The address that clients use, written into the WSDL; empty: the address they asked.
    public_url: str = ""
    #: Both or none. Without them listen on loopback only, behind a server that speaks TLS.
    tls_certificate: Place | None = None
    tls_key: Place | None = None
    #: The largest request taken.
    size_limit_bytes: PositiveInt = 96 * 1024 * 1024


class KeysSection(_Section):
    """The keys of the bus."""

    #: Private key and certificate of the bus's seal (PEM; P-256 is fastest).
    seal_key: Place = Path("../var/keys/bus.key")
    seal_certificate: Place = Path("../var/keys/bus.crt")
    #: `<agency code>.key` and `.crt` for agencies whose messages an adapter writes and signs for them.
    agencies: Place = Path("../var/keys/agencies")


class TrustSection(_Section):
    """Whom the bus believes."""

    #: Certificates (PEM) of the authorities that may vouch for a signer.
    authorities: tuple[Place, ...] = (Path("../var/keys/authority.crt"),)
    #: What computes signatures: libxmlsec1, signxml, or both, which must then agree.
    engine: Literal["xmlsec", "signxml", "both"] = "xmlsec"


class IntakeSection(_Section):
    """Walk 1."""

    batch_limit: BatchLimit = 100
    #: More waiting than this are answered LGSP-2400, try again.
    waiting_limit: PositiveInt = 2000
    #: The largest envelope.
    size_limit_bytes: PositiveInt = 64 * 1024 * 1024


class DeliverySection(_Section):
    """Walks 2 and 3."""

    batch_limit: BatchLimit = 100
    #: After this a claim of a relay that died is free for another.
    lease_seconds: PositiveFloat = 30
    attempts_limit: PositiveInt = 20
    first_pause_seconds: PositiveFloat = 1
    longest_pause_seconds: PositiveFloat = 3600
    #: How often polled systems are asked for what they have to send.
    collect_every_seconds: PositiveFloat = 10


class LogSection(_Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    form: Literal["json", "console"] = "json"


class Settings(_Section):
    """Everything, a section a TOML table."""

    store: StoreSection = StoreSection()
    transport: TransportSection = TransportSection()
    http: HttpSection = HttpSection()
    keys: KeysSection = KeysSection()
    trust: TrustSection = TrustSection()
    intake: IntakeSection = IntakeSection()
    delivery: DeliverySection = DeliverySection()
    log: LogSection = LogSection()


def load(path: Path) -> Settings:
    """Read the file at `path`. Raises Misconfigured naming every key that is wrong."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(
            Problem(
                element=str(path),
                expected=Text("a TOML file that this process can read", "tệp TOML mà tiến trình này đọc được"),
                found=str(error),
                cure=Text("name it with --config or LGSP_CONFIG", "chỉ ra tệp bằng --config hoặc LGSP_CONFIG"),
            )
        ) from error
    every_section: dict[str, object] = {name: {} for name in Settings.model_fields}  # so defaults, too, know the folder
    try:
        return Settings.model_validate(every_section | given, context={"folder": path.parent})
    except ValidationError as error:
        raise Misconfigured([_problem(path, dict(detail)) for detail in error.errors()]) from None


def _problem(path: Path, detail: dict[str, object]) -> Problem:
    where = detail["loc"]
    table, *keys = where if isinstance(where, tuple) else (where,)
    unknown = detail["type"] == "extra_forbidden"
    return Problem(
        element=f"{path}: [{table}] {'.'.join(map(str, keys))}".rstrip(),
        expected=Text("a key that exists", "khóa có thật") if unknown else Text(str(detail["msg"]), str(detail["msg"])),
        found=str(where[-1] if unknown and isinstance(where, tuple) else detail["input"])[:200],
        cure=Text("see config/lgsp.toml for every key", "xem config/lgsp.toml để biết mọi khóa"),
    )
