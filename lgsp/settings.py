"""What an operator may choose: one TOML file, every key with a default, unknown keys refused."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text


def _beside_the_file(path: Path, info: ValidationInfo) -> Path:
    """Take relative paths from the configuration file's folder, so that it does not matter where a process starts."""
    return _folder(info) / path


def _expression(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


def _sqlite_beside_the_file(url: str, info: ValidationInfo) -> str:
    scheme, separator, path = url.partition(":///")
    return f"{scheme}:///{_folder(info) / path}" if separator and scheme.startswith("sqlite") else url


def _folder(info: ValidationInfo) -> Path:
    folder: Path = (info.context or {}).get("folder", Path())
    return folder


def _key_beside_the_file(place: Path | str, info: ValidationInfo) -> Path | str:
    return place if str(place).startswith("pkcs11:") else _folder(info) / place


Place = Annotated[Path, AfterValidator(_beside_the_file)]
#: A file, or the URI of a key in a token.
KeyPlace = Annotated[str | Path, AfterValidator(_key_beside_the_file)]
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

    #: Private key of the bus's seal: a PEM file, a `.p12` or `.pfx` file, or a `pkcs11:` URI.
    seal_key: KeyPlace = Path("../var/keys/bus.key")
    #: Its certificate (PEM), with the intermediates after it. Not read for a `.p12`, and not needed in a token.
    seal_certificate: Place = Path("../var/keys/bus.crt")
    #: A file that holds the password of the `.p12`, or the token's PIN.
    seal_password_file: Place | None = None
    #: Keys that follow that one; `lgsp keys rotate` puts them there.
    seal_keys: Place = Path("../var/keys/seal")
    #: `<agency code>.key` and `.crt` for agencies whose messages an adapter writes and signs for them.
    agencies: Place = Path("../var/keys/agencies")
    #: From so many days before a certificate ends the bus tells of it, daily.
    warn_days: PositiveInt = 30


class AnchorSection(_Section):
    """An authority that is believed under conditions."""

    #: What it is called in verdicts.
    name: Annotated[str, Field(min_length=1)]
    #: Its certificates (PEM).
    certificates: Annotated[tuple[Place, ...], Field(min_length=1)]
    #: Codes of the agencies it may vouch for; `*` and `?` stand for any part of one.
    agencies: tuple[str, ...] = ("*",)
    #: What happens while nothing recent is known of revocation: `hard`: indeterminate; `soft`: believed.
    freshness: Literal["hard", "soft"] = "soft"
    #: News older than this is not recent.
    max_age_seconds: PositiveInt = 7 * 86_400
    #: Where its lists are fetched besides what certificates say.
    crl_urls: tuple[str, ...] = ()
    #: The responder that is asked instead of those that certificates name; empty: theirs.
    ocsp_url: str = ""


#: What may become of a document by what was found: nobody lets an altered one pass, and only doubt can wait for news.
_ADMISSIONS = {
    "invalid": {"refuse"},
    "indeterminate": {"accept", "for-information", "hold", "refuse"},
    "revoked": {"for-information", "refuse"},
}


class AdmissionSection(_Section):
    """What one finding about a signature leads to."""

    verdict: Literal["valid", "weak", "indeterminate", "untrusted", "revoked", "unverifiable", "invalid", "absent"]
    outcome: Literal["accept", "for-information", "hold", "refuse"]
    #: Empty: every kind.
    kind: Literal["document", "status", "message"] | None = None
    #: Codes of the senders; `*` and `?` stand for any part of one.
    agency: str = "*"

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        possible = _ADMISSIONS.get(self.verdict, {"accept", "for-information", "refuse"})
        if self.outcome not in possible:
            raise ValueError(f"verdict {self.verdict} can lead to {', '.join(sorted(possible))} only")
        return self


class TrustSection(_Section):
    """Whom the bus believes."""

    #: Certificates (PEM) of the authorities that may vouch for a signer.
    authorities: tuple[Place, ...] = (Path("../var/keys/authority.crt"),)
    #: Authorities with conditions.
    anchors: tuple[AnchorSection, ...] = ()
    #: What verdicts lead to; the first that fits decides, then the defaults.
    admission: tuple[AdmissionSection, ...] = ()
    #: What computes signatures: libxmlsec1, signxml, or both, which must then agree.
    engine: Literal["xmlsec", "signxml", "both"] = "xmlsec"


class RevocationSection(_Section):
    """How news of revocation is fetched."""

    #: How old what a process knows may be against the store.
    refresh_seconds: PositiveFloat = 5
    #: For one question, from beginning to end.
    timeout_seconds: PositiveFloat = 10
    #: The largest list taken.
    size_limit_bytes: PositiveInt = 64 * 1024 * 1024
    #: After a failure a source rests, doubled each time.
    first_pause_seconds: PositiveFloat = 5
    longest_pause_seconds: PositiveFloat = 300


class TimeAuthoritySection(_Section):
    """One time authority (RFC 3161)."""

    url: Annotated[str, Field(pattern=r"^https?://")]
    #: Its root (PEM), and what lies between where its stamps do not carry that.
    certificates: Annotated[tuple[Place, ...], Field(min_length=1)]
    #: The policy (an OID) that must stand in its stamps; empty: any.
    policy: Annotated[str, Field(pattern=r"^(\d+(\.\d+)+)?$")] = ""
    timeout_seconds: PositiveFloat = 5


class TimeSection(_Section):
    """Who proves when something was."""

    #: Asked in this order. None: evidence carries the bus's own time alone.
    authorities: tuple[TimeAuthoritySection, ...] = ()
    #: A stamp whose time is further than this from this machine's clock is not believed.
    tolerance_seconds: PositiveFloat = 300


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


class EvidenceSection(_Section):
    """The log of what happened, which nobody can rewrite unnoticed."""

    #: How often a head is signed, when the log grew: what happened between two heads cannot be proven yet.
    head_every_seconds: PositiveFloat = 60


class AttachmentDemandSection(_Section):
    """Whose signatures the PDF of a document should carry."""

    #: `person` and `organ` (Decree 30/2020/NĐ-CP, Art. 5), or one of them.
    signed_by: Annotated[tuple[Literal["person", "organ"], ...], Field(min_length=1)] = ("person", "organ")
    #: Codes of the senders; `*` and `?` stand for any part of one.
    agency: str = "*"
    #: Name of the type of document, as the sender writes it; `*` and `?` as above.
    type_name: str = "*"


class AttachmentRoleSection(_Section):
    """How a signer is known for a person or an organ."""

    role: Literal["person", "organ"]
    #: Where to look.
    part: Literal["identifier", "title", "personal-name", "common-name", "same-name", "policy", "field"]
    #: A regular expression.
    pattern: Annotated[str, AfterValidator(_expression)]


class AttachmentsSection(_Section):
    """Signatures in PDF files, examined after acceptance."""

    examine: bool = True
    #: How long deliveries of documents with attachments wait for that at most; 0: they do not.
    hold_seconds: NonNegativeFloat = 0
    #: Whose signatures are missed; the first that fits counts. Nothing is stopped by it.
    demands: tuple[AttachmentDemandSection, ...] = ()
    #: Asked before the rules that come with the bus.
    roles: tuple[AttachmentRoleSection, ...] = ()
    size_limit_bytes: PositiveInt = 64 * 1024 * 1024
    signatures_limit: PositiveInt = 20
    seconds_limit: PositiveInt = 20
    memory_limit_bytes: Annotated[int, Field(ge=256 * 1024 * 1024)] = 1024 * 1024 * 1024


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
    time: TimeSection = TimeSection()
    revocation: RevocationSection = RevocationSection()
    intake: IntakeSection = IntakeSection()
    delivery: DeliverySection = DeliverySection()
    evidence: EvidenceSection = EvidenceSection()
    attachments: AttachmentsSection = AttachmentsSection()
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
