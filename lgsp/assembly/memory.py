"""The ground floor: what the bus remembers."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from lgsp.assembly.large import blobs_of
from lgsp.assembly.passwords import with_password
from lgsp.attachment_rules import patience_of
from lgsp.evidence import Log
from lgsp.model.age import Wait
from lgsp.model.agency import MAILBOX
from lgsp.policies import mode_of, ruled
from lgsp.schema_rules import registry_of
from lgsp.store import Directory, Leaves, Ledger, Outbox, Views, open_engine
from lgsp.store.ages import Ages
from lgsp.store.breakers import Breakers
from lgsp.store.notices import Notices
from lgsp.store.octets import Apart
from lgsp.store.overrules import Overrules
from lgsp.store.parts import Parts
from lgsp.store.retention import Retention
from lgsp.store.retention import Rule as Kept
from lgsp.store.reuse import RULE as REUSE
from lgsp.store.revocations import Revocations
from lgsp.store.shadows import Shadows
from lgsp.store.tallies import Tallies
from lgsp.store.uploads import Uploads

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from lgsp.blobs.bucket import Bucket
    from lgsp.blobs.folder import Folder
    from lgsp.sdk import AgencyCode
    from lgsp.settings import Settings
    from lgsp.stages.policy import Rule
    from lgsp.stages.schema import Registry


class Memory:
    """The store, and everything that reads or writes it."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is opened yet."""
        self.settings = settings

    @cached_property
    def engine(self) -> Engine:
        """The connection pool of the store."""
        return open_engine(with_password(self.settings.store.url, self.settings.store.password_file), self.apart)

    @cached_property
    def apart(self) -> Apart | None:
        """What becomes of large documents; None: they stay in their rows."""
        return None if self.blobs is None else Apart(self.blobs, self.settings.blobs.threshold_bytes)

    @cached_property
    def blobs(self) -> Folder | Bucket | None:
        """Where large documents lie; None: nowhere."""
        return blobs_of(self.settings)

    @cached_property
    def retention(self) -> Retention:
        """How long octets are kept."""
        return Retention(
            self.engine,
            [
                Kept(keep=timedelta(days=each.keep_days), kind=each.kind, level=each.level)
                for each in self.settings.retention.rules
            ],
        )

    @cached_property
    def uploads(self) -> Uploads | None:
        """What was uploaded to be handed in by its digest; None: there is no room for it."""
        return None if self.blobs is None else Uploads(self.engine, self.blobs)

    @cached_property
    def ledger(self) -> Ledger:
        """The memory that the walks write into."""
        return Ledger(
            self.engine,
            examination=patience_of(self.settings.attachments),
            patience=timedelta(hours=self.settings.lifecycle.answer_hours),
            reuse=mode_of(self.rules, REUSE),
            overruled=self.overrules.why,
        )

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the exchange, by name."""
        return ruled(self.settings.rules)

    @cached_property
    def overrules(self) -> Overrules:
        """Which refusals by rules do not count."""
        return Overrules(self.engine, self.settings.rules.overrules_refresh_seconds)

    @cached_property
    def outbox(self) -> Outbox:
        """What is accepted and not yet queued."""
        return Outbox(self.engine, stays=self._stays)

    def _stays(self, code: AgencyCode) -> bool:
        """Tell whether an agency fetches its documents from the bus, and may."""
        agency = self.directory.find(code)
        return agency is not None and agency.adapter == MAILBOX and agency.served

    @cached_property
    def breakers(self) -> Breakers:
        """Which agencies' systems do not answer."""
        return Breakers(self.engine)

    @cached_property
    def ages(self) -> Ages:
        """Since when what waits has waited."""
        return Ages(self.engine)

    @property
    def age_limits(self) -> dict[str, float]:
        """From which age on an operator is told, in seconds; what is not here is not watched."""
        chosen = self.settings.alarms.model_dump()
        watched = [what for what in Wait if what is not Wait.STAMPING or self.settings.time.authorities]
        return {what: chosen[f"{what}_seconds"] for what in watched}

    @cached_property
    def views(self) -> Views:
        """What the memory tells."""
        return Views(self.engine)

    @cached_property
    def directory(self) -> Directory:
        """Who takes part."""
        section = self.settings.directory
        return Directory(
            self.engine,
            self.settings.store.directory_refresh_seconds,
            closed=section.closed,
            closed_by_agency=section.closed_by_agency,
        )

    @cached_property
    def revocations(self) -> Revocations:
        """What the store keeps of revocation."""
        return Revocations(self.engine)

    @cached_property
    def notices(self) -> Notices:
        """What senders are still to be told."""
        return Notices(self.engine)

    @cached_property
    def registry(self) -> Registry:
        """Every schema that there is."""
        return registry_of(self.settings.schemas)

    @cached_property
    def shadows(self) -> Shadows:
        """What schemas in the shadow said."""
        return Shadows(self.engine)

    @cached_property
    def tallies(self) -> Tallies:
        """What reports add up."""
        return Tallies(self.engine)

    @cached_property
    def leaves(self) -> Leaves:
        """Where the evidence log is kept."""
        return Leaves(self.engine)

    @cached_property
    def parts(self) -> Parts:
        """What of the store lies in parts."""
        return Parts(self.engine)

    @cached_property
    def log(self) -> Log:
        """The evidence log, for those who ask it for proofs."""
        return Log(self.leaves)
