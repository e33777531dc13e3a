"""What an operator may choose: one TOML file, every key with a default, unknown keys refused.

A section is a TOML table; what a section may hold stands in the file of its subject.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from pydantic import ValidationError

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.settings.alarms import AlarmsSection
from lgsp.settings.attachments import AttachmentsSection
from lgsp.settings.blobs import BlobsSection
from lgsp.settings.connections import HttpSection, StoreSection, TransportSection
from lgsp.settings.deadlines import CalendarSection, DeadlinesSection, MailSection, WebhookSection
from lgsp.settings.directory import DirectorySection
from lgsp.settings.keys import KeysSection
from lgsp.settings.lifecycle import LifecycleSection
from lgsp.settings.records import EvidenceSection, LogSection
from lgsp.settings.reports import ReportsSection
from lgsp.settings.retention import RetentionRule, RetentionSection
from lgsp.settings.rules import RulesSection
from lgsp.settings.schemas import SchemasSection
from lgsp.settings.time import TimeSection
from lgsp.settings.trust import AnchorSection, RevocationSection, TrustSection
from lgsp.settings.urgency import UrgencySection
from lgsp.settings.values import Section
from lgsp.settings.walks import DeliverySection, IntakeSection

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "AlarmsSection",
    "AnchorSection",
    "AttachmentsSection",
    "BlobsSection",
    "CalendarSection",
    "DeadlinesSection",
    "DeliverySection",
    "DirectorySection",
    "EvidenceSection",
    "HttpSection",
    "IntakeSection",
    "KeysSection",
    "LifecycleSection",
    "LogSection",
    "MailSection",
    "ReportsSection",
    "RetentionRule",
    "RetentionSection",
    "RevocationSection",
    "RulesSection",
    "SchemasSection",
    "Settings",
    "StoreSection",
    "TimeSection",
    "TransportSection",
    "TrustSection",
    "UrgencySection",
    "WebhookSection",
    "load",
]


class Settings(Section):
    """Everything, a section a TOML table."""

    store: StoreSection = StoreSection()
    blobs: BlobsSection = BlobsSection()
    retention: RetentionSection = RetentionSection()
    transport: TransportSection = TransportSection()
    http: HttpSection = HttpSection()
    keys: KeysSection = KeysSection()
    trust: TrustSection = TrustSection()
    time: TimeSection = TimeSection()
    revocation: RevocationSection = RevocationSection()
    directory: DirectorySection = DirectorySection()
    intake: IntakeSection = IntakeSection()
    delivery: DeliverySection = DeliverySection()
    urgency: UrgencySection = UrgencySection()
    calendar: CalendarSection = CalendarSection()
    deadlines: DeadlinesSection = DeadlinesSection()
    mail: MailSection = MailSection()
    webhook: WebhookSection = WebhookSection()
    alarms: AlarmsSection = AlarmsSection()
    lifecycle: LifecycleSection = LifecycleSection()
    evidence: EvidenceSection = EvidenceSection()
    attachments: AttachmentsSection = AttachmentsSection()
    rules: RulesSection = RulesSection()
    schemas: SchemasSection = SchemasSection()
    reports: ReportsSection = ReportsSection()
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
