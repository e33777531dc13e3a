"""What is kept beside the walks."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from lgsp.assembly.reminding import Reminded
from lgsp.assembly.trust import Trusted
from lgsp.attachment_rules import demands_of, examiner_of
from lgsp.reports.cells import Counted
from lgsp.reports.reckoner import Reckoner
from lgsp.stages.envelope import Limits
from lgsp.stages.schema.shadow import Shadow
from lgsp.upkeep import Duty
from lgsp.upkeep.alarms import Alarms
from lgsp.upkeep.attachments import AttachmentExaminer
from lgsp.upkeep.erasing import Erasing
from lgsp.upkeep.expiring import Expiring
from lgsp.upkeep.expiry import Expiry
from lgsp.upkeep.following import Following
from lgsp.upkeep.judging import Judging
from lgsp.upkeep.notary import Notary, Stamping
from lgsp.upkeep.parting import Parting
from lgsp.upkeep.proving import Stamped
from lgsp.upkeep.replaying import Replaying
from lgsp.upkeep.revocation import RevocationNews
from lgsp.upkeep.shadowing import Shadowing
from lgsp.upkeep.sweeping import Sweeping

if TYPE_CHECKING:
    from lgsp.store.uploads import Uploads
    from signing.pdf import Examiner

#: How soon after acceptance attachments are examined when nothing waited before.
ATTACHMENTS_PAUSE_SECONDS = 0.5
#: Between two of the 256 parts of the blobs: all of them in half a day.
SWEEP_PAUSE_SECONDS = 150.0
#: How evenly a replay's rate is kept.
REPLAYS_PAUSE_SECONDS = 0.5
#: How often is asked which documents need not be kept any longer.
ERASE_PAUSE_SECONDS = 600.0


class Upkept(Reminded, Trusted):
    """The duties, and those who do them."""

    @cached_property
    def upkeep(self) -> tuple[Duty, ...]:
        """What is kept beside the walks: a line a broom."""
        looks = self.settings.revocation.refresh_seconds
        return (
            Duty("notary", self.notary, 1),
            Duty("revocation", self._news_of_revocation(), looks),
            Duty("judging", self._judging(), looks),
            Duty("attachments", self._attachments(), ATTACHMENTS_PAUSE_SECONDS),
            *([Duty("shadow", self._shadowing(), 5)] if self.settings.schemas.shadow else ()),
            Duty("expiring", self._expiring(), self.settings.alarms.check_every_seconds),
            Duty("replaying", Replaying(self.ledger.replays()), REPLAYS_PAUSE_SECONDS),
            Duty("alarms", Alarms(self.ages, self.age_limits), self.settings.alarms.check_every_seconds),
            Duty("following", Following(self.ledger, parked_days=self.settings.lifecycle.parked_days), 60),
            Duty("counting", self.counting, 2),
            Duty("parting", Parting(self.parts), 3600),
            Duty("expiry", Expiry(self.keychain.in_force, warn_days=self.settings.keys.warn_days), 60),
            *([Duty("erasing", self._erasing(), ERASE_PAUSE_SECONDS)] if self.settings.retention.rules else ()),
            *([Duty("sweeping", self._sweeping(self.uploads), SWEEP_PAUSE_SECONDS)] if self.uploads else ()),
            *self.reminding,
            *([Duty("stamping", Stamping(self.leaves, self.stamper), 1)] if self.stamper else ()),
        )

    def _erasing(self) -> Erasing:
        return Erasing(self.retention, self.ledger, self.uploads)

    def _sweeping(self, uploads: Uploads) -> Sweeping:
        return Sweeping(uploads, timedelta(hours=self.settings.blobs.unused_hours))

    @cached_property
    def notary(self) -> Notary:
        """Lets the evidence log grow and signs its heads."""
        return Notary(self.leaves, self.keys, head_every_seconds=self.settings.evidence.head_every_seconds)

    @cached_property
    def counting(self) -> Reckoner:
        """Keeps the figures of reports."""
        rules = Counted(province=self.settings.reports.province, targets=self.settings.urgency.target_seconds)
        return Reckoner(self.tallies, rules)

    @cached_property
    def examiner(self) -> Examiner:
        """Who examines PDF files, in a process of its own."""
        return examiner_of(self.settings.attachments)

    def _expiring(self) -> Expiring:
        chosen = self.settings.delivery
        return Expiring(self.ledger, hours=chosen.time_to_live_hours, by_agency=chosen.time_to_live_by_agency)

    def _judging(self) -> Judging:
        return Judging(
            self.ledger,
            self.trust,
            limit=timedelta(seconds=self.settings.trust.hold_limit_seconds),
            proven_at=Stamped(self.log, self.time_authorities),
        )

    def _attachments(self) -> AttachmentExaminer:
        return AttachmentExaminer(
            memory=self.ledger,
            examiner=self.examiner,
            trust=self.trust,
            demands=demands_of(self.settings.attachments),
            limits=Limits(size_bytes=self.settings.intake.size_limit_bytes),
        )

    def _shadowing(self) -> Shadowing:
        versions = [Shadow(self.registry.get(name)) for name in self.settings.schemas.shadow]
        return Shadowing(self.shadows, versions, limits=Limits(size_bytes=self.settings.intake.size_limit_bytes))

    def _news_of_revocation(self) -> RevocationNews:
        section = self.settings.revocation
        return RevocationNews(
            self.revocations,
            self.authorities.anchors,
            self.fetcher,
            first_pause_seconds=section.first_pause_seconds,
            longest_pause_seconds=section.longest_pause_seconds,
        )
