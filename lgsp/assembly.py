"""The plan: the only module that names concrete parts. Each is made when first asked for."""

from __future__ import annotations

from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit, urlunsplit

from lgsp import amqp
from lgsp.amqp import AmqpDoor
from lgsp.api import evidence, health
from lgsp.attachment_rules import demands_of, examiner_of, patience_of
from lgsp.beliefs import authorities_of, rules_of
from lgsp.collector import Collectors
from lgsp.courier import Patience
from lgsp.couriers import Couriers
from lgsp.evidence import Log
from lgsp.fleet import Fleet
from lgsp.intake import Intake, Reception
from lgsp.keychain import Keychain
from lgsp.model.agency import DIRECT
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.relay import Relay
from lgsp.sdk import Adapter, Agency, AgencyCode, Connection, secret
from lgsp.soap import soap_app
from lgsp.stages.envelope import Limits, read
from lgsp.stages.schema import Schemas
from lgsp.stages.signature import RULES, Trust
from lgsp.store import Directory, Leaves, Ledger, Outbox, Queue, Views, open_engine
from lgsp.store.revocations import Revocations
from lgsp.timing import stamper_of, time_authorities_of
from lgsp.transport.amqp import Amqp
from lgsp.transport.embedded import Embedded
from lgsp.upkeep import Duty
from lgsp.upkeep.attachments import AttachmentExaminer
from lgsp.upkeep.expiry import Expiry
from lgsp.upkeep.fetching import Fetcher
from lgsp.upkeep.judging import Judging
from lgsp.upkeep.known import Known
from lgsp.upkeep.notary import Notary, Stamping
from lgsp.upkeep.revocation import RevocationNews
from signing import ENGINES, sign_enveloped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Engine
    from starlette.applications import Starlette

    from lgsp.running import Loops
    from lgsp.settings import Settings
    from lgsp.stages.policy import Policy
    from lgsp.transport import Transport
    from signing import Authorities, KeyProvider
    from signing.pdf import Examiner
    from signing.stamper import Stamper

#: How soon after acceptance attachments are examined when nothing waited before.
ATTACHMENTS_PAUSE_SECONDS = 0.5


class Assembly:
    """The bus in one process, as the settings want it."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened yet."""
        self.settings = settings

    @cached_property
    def engine(self) -> Engine:
        """The connection pool of the store."""
        return open_engine(_with_password(self.settings.store.url, self.settings.store.password_file))

    @cached_property
    def ledger(self) -> Ledger:
        """The memory that the walks write into."""
        return Ledger(self.engine, examination=patience_of(self.settings.attachments))

    @cached_property
    def outbox(self) -> Outbox:
        """What is accepted and not yet queued."""
        return Outbox(self.engine)

    @cached_property
    def views(self) -> Views:
        """What the memory tells."""
        return Views(self.engine)

    @cached_property
    def directory(self) -> Directory:
        """Who takes part."""
        return Directory(self.engine, self.settings.store.directory_refresh_seconds)

    @cached_property
    def keychain(self) -> Keychain:
        """Where keys are opened."""
        return Keychain(self.settings)

    @cached_property
    def keys(self) -> KeyProvider:
        """The bus's own signing keys."""
        return self.keychain.seal

    @cached_property
    def trust(self) -> Trust:
        """Whom the bus believes."""
        return Trust(
            authorities=self.authorities,
            binding_of=self.directory.binding,
            engine=ENGINES[self.settings.trust.engine],
            admission=rules_of(self.settings.trust),
            ready=self.known.ready,
        )

    @cached_property
    def authorities(self) -> Authorities:
        """The anchors, and what is known of revocation."""
        return authorities_of(self.settings.trust)

    @cached_property
    def revocations(self) -> Revocations:
        """What the store keeps of revocation."""
        return Revocations(self.engine)

    @cached_property
    def known(self) -> Known:
        """Keeps this process's knowledge of revocation equal to the store's, wherever signatures are judged."""
        return Known(self.revocations, self.authorities)

    @cached_property
    def fetcher(self) -> Fetcher:
        """Asks authorities about revocation."""
        section = self.settings.revocation
        return Fetcher(timeout_seconds=section.timeout_seconds, size_limit_bytes=section.size_limit_bytes)

    def _news_of_revocation(self) -> RevocationNews:
        section = self.settings.revocation
        return RevocationNews(
            self.revocations,
            self.authorities.anchors,
            self.fetcher,
            first_pause_seconds=section.first_pause_seconds,
            longest_pause_seconds=section.longest_pause_seconds,
        )

    @cached_property
    def policies(self) -> tuple[Policy, ...]:
        """The rules of the exchange, by name of their entry points."""
        found = sorted(entry_points(group="lgsp.policies"), key=lambda point: point.name)
        return tuple(point.load()() for point in found)

    @cached_property
    def intake(self) -> Intake:
        """Walk 1."""
        return Intake(
            schemas=Schemas(),
            trust=self.trust,
            policies=self.policies,
            directory=self.directory,
            keys=self.keys,
            ledger=self.ledger,
            limits=Limits(size_bytes=self.settings.intake.size_limit_bytes),
        )

    @cached_property
    def reception(self) -> Reception:
        """Group commit in front of walk 1."""
        chosen = self.settings.intake
        return Reception(self.intake, batch_limit=chosen.batch_limit, waiting_limit=chosen.waiting_limit)

    @property
    def on_broker(self) -> bool:
        """Whether the queues are RabbitMQ's."""
        return self.settings.transport.url.startswith(("amqp://", "amqps://"))

    @property
    def _broker(self) -> str:
        section = self.settings.transport
        return _with_password(section.url, section.password_file)

    @cached_property
    def transport(self) -> Transport:
        """The queues."""
        section = self.settings.transport
        if section.url == "embedded:":
            return Embedded(Queue(self.engine))
        if self.on_broker:
            return Amqp(self._broker)
        raise _misconfigured(
            "[transport] url", section.url, Text("embedded: or amqp(s)://…", "embedded: hoặc amqp(s)://…")
        )

    @cached_property
    def relay(self) -> Relay:
        """Walk 2."""
        return Relay(
            outbox=self.outbox,
            transport=self.transport,
            ledger=self.ledger,
            directory=self.directory,
            batch_limit=self.settings.delivery.batch_limit,
            lease_seconds=self.settings.delivery.lease_seconds,
        )

    @cached_property
    def upkeep(self) -> tuple[Duty, ...]:
        """What is kept beside the walks: a line a broom."""
        looks = self.settings.revocation.refresh_seconds
        return (
            Duty("notary", self.notary, 1),
            Duty("revocation", self._news_of_revocation(), looks),
            Duty("judging", Judging(self.ledger, self.trust), looks),
            Duty("attachments", self._attachments(), ATTACHMENTS_PAUSE_SECONDS),
            Duty("expiry", Expiry(self.keychain.in_force, warn_days=self.settings.keys.warn_days), 60),
            *([Duty("stamping", Stamping(self.leaves, self.stamper), 1)] if self.stamper else ()),
        )

    @cached_property
    def stamper(self) -> Stamper | None:
        """Asks the time authorities; None when there are none."""
        return stamper_of(self.settings.time)

    @cached_property
    def time_authorities(self) -> Authorities:
        """Whose time stamps are believed."""
        return time_authorities_of(self.settings.time)

    @cached_property
    def examiner(self) -> Examiner:
        """Who examines PDF files, in a process of its own."""
        return examiner_of(self.settings.attachments)

    def _attachments(self) -> AttachmentExaminer:
        return AttachmentExaminer(
            memory=self.ledger,
            examiner=self.examiner,
            trust=self.trust,
            demands=demands_of(self.settings.attachments),
            limits=Limits(size_bytes=self.settings.intake.size_limit_bytes),
        )

    @cached_property
    def notary(self) -> Notary:
        """Lets the evidence log grow and signs its heads."""
        return Notary(self.leaves, self.keys, head_every_seconds=self.settings.evidence.head_every_seconds)

    @cached_property
    def leaves(self) -> Leaves:
        """Where the evidence log is kept."""
        return Leaves(self.engine)

    @cached_property
    def log(self) -> Log:
        """The evidence log, for those who ask it for proofs."""
        return Log(self.leaves)

    @cached_property
    def soap(self) -> Starlette:
        """The doors that speak HTTP."""
        app = soap_app(
            reception=self.reception,
            directory=self.directory,
            views=self.views,
            ledger=self.ledger,
            size_limit_bytes=self.settings.http.size_limit_bytes,
            public_url=self.settings.http.public_url or None,
        )
        app.router.routes += [health(self.views), *evidence(self.log, self.directory, self.views)]
        return app

    @cached_property
    def amqp_door(self) -> AmqpDoor:
        """The door on the exchange `lgsp.intake`; only with RabbitMQ."""
        return AmqpDoor(
            url=self._broker,
            intake=self.intake,
            directory=self.directory,
            batch_limit=self.settings.intake.batch_limit,
        )

    def provide(self, agency: Agency) -> None:
        """Make an agency's queues on the broker, so that its system can connect before the first document.

        Raises Misconfigured for an agency that consumes its queue where there is no broker.
        """
        if agency.adapter == DIRECT and not self.on_broker:
            wanted = Text(f"RabbitMQ, for the adapter '{DIRECT}'", f"RabbitMQ, vì đơn vị dùng bộ nối '{DIRECT}'")
            raise _misconfigured("[transport] url", self.settings.transport.url, wanted)
        if self.on_broker:
            amqp.provide(self._broker, [agency.code])
        if agency.adapter == DIRECT:
            self.transport.provide([agency.code])

    def couriers(self, loops: Loops, only: tuple[AgencyCode, ...] = ()) -> Fleet:
        """Walk 3, for everybody or for some."""
        chosen = self.settings.delivery
        couriers = Couriers(
            directory=self.directory,
            transport=self.transport,
            ledger=self.ledger,
            make_adapter=self.adapter,
            patience=Patience(
                attempts_limit=chosen.attempts_limit,
                first_pause_seconds=chosen.first_pause_seconds,
                longest_pause_seconds=chosen.longest_pause_seconds,
            ),
            batch_limit=chosen.batch_limit,
            only=only,
        )
        return Fleet(wanted=couriers.wanted, loops=loops, pause_seconds=0.05)

    def collectors(self, loops: Loops) -> Fleet:
        """Fetch from every system that is polled: the door that opens outwards."""
        collectors = Collectors(
            directory=self.directory, fetches=_fetches, make_adapter=self.adapter, intake=self.intake
        )
        return Fleet(wanted=collectors.wanted, loops=loops, pause_seconds=self.settings.delivery.collect_every_seconds)

    def adapter(self, agency: Agency) -> Adapter:
        """Make the adapter that serves `agency`. Raises Misconfigured."""
        points = _adapters()
        if agency.adapter not in points:
            known = ", ".join(sorted(points))
            wanted = Text(f"one of {known}", f"một trong {known}")
            raise _misconfigured(f"agency {agency.code}, adapter", agency.adapter, wanted)
        make: Callable[[Connection], Adapter] = points[agency.adapter].load()
        return make(Connection(agency=agency, options=agency.options, sign=self._pen(agency.code)))

    def close(self) -> None:
        """Give back what was opened, the doors first."""
        opened = vars(self)
        if "reception" in opened:
            self.reception.close()
        if "transport" in opened:
            self.transport.close()
        if "fetcher" in opened:
            self.fetcher.close()
        if opened.get("stamper"):
            opened["stamper"].close()
        if "examiner" in opened:
            self.examiner.close()
        if "engine" in opened:
            self.engine.dispose()

    def _pen(self, code: AgencyCode) -> Callable[[bytes], bytes]:
        def sign(octets: bytes) -> bytes:
            return sign_enveloped(octets, self.keychain.connector(code).current(), RULES[read(octets).kind])

        return sign


def _adapters() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group="lgsp.adapters")}


def _fetches(adapter: str) -> bool:
    """Tell whether an adapter is a Source too. An unknown one is reported by whoever delivers."""
    point = _adapters().get(adapter)
    return point is not None and hasattr(point.load(), "collect")


def _with_password(url: str, file: Path | None) -> str:
    """Return `url` with the password that `file` holds; passwords never stand in the configuration."""
    if file is None:
        return url
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    password = quote(secret(str(file)), safe="")
    return urlunsplit(parts._replace(netloc=f"{user.partition(':')[0]}:{password}@{host}"))


_USABLE = Text("something that works", "giá trị dùng được")


def _misconfigured(
    element: str,
    found: str,
    expected: Text = _USABLE,
    cure: Text | None = None,
) -> Misconfigured:
    return Misconfigured(Problem(element=element, expected=expected, found=found, cure=cure))
