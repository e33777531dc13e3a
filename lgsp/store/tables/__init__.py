"""The tables, a file a subject. `migrations/` must lead to exactly these; a test holds them equal.

Three axes that never share a column: `delivery.status` is the bus's own Status, `report.code` the business status that
an agency reports (edXML 01..16); the state of a dossier lives inside dossiers and is not kept here.

A new subject is a file of its own, imported here so that `metadata` knows its tables.
"""

from __future__ import annotations

from lgsp.store.tables.attachments import attachment_examined, attachment_signature, examination
from lgsp.store.tables.blobs import upload
from lgsp.store.tables.directory import (
    agency,
    agency_group,
    alias,
    certificate,
    credential,
    directory_revision,
    group_member,
    representation,
    tenure,
)
from lgsp.store.tables.documents import delivery, dispatch, erasure, history, hold, report
from lgsp.store.tables.evidence import entry, head, leaf, refusal, tile
from lgsp.store.tables.failing import alarm, replay, replay_item
from lgsp.store.tables.lifecycle import business, matched, parked, request
from lgsp.store.tables.moving import breaker, outbox, queue
from lgsp.store.tables.notices import notice
from lgsp.store.tables.pruning import pruning
from lgsp.store.tables.reports import agency_day, contribution, dossier_step, reckoning, tally
from lgsp.store.tables.retention import legal_hold
from lgsp.store.tables.rules import overrule, remark
from lgsp.store.tables.schemas import shadow, shadow_objection
from lgsp.store.tables.time import bookmark, deadline, haste, reminder, reply, telling
from lgsp.store.tables.trust import issuer, revocation
from lgsp.store.tables.types import URGENT, Code, Counter, Instant, Word, metadata, written
from lgsp.store.tables.versions import oldest

__all__ = [
    "URGENT",
    "Code",
    "Counter",
    "Instant",
    "Word",
    "agency",
    "agency_day",
    "agency_group",
    "alarm",
    "alias",
    "attachment_examined",
    "attachment_signature",
    "bookmark",
    "breaker",
    "business",
    "certificate",
    "contribution",
    "credential",
    "deadline",
    "delivery",
    "directory_revision",
    "dispatch",
    "dossier_step",
    "entry",
    "erasure",
    "examination",
    "group_member",
    "haste",
    "head",
    "history",
    "hold",
    "issuer",
    "leaf",
    "legal_hold",
    "matched",
    "metadata",
    "notice",
    "oldest",
    "outbox",
    "overrule",
    "parked",
    "pruning",
    "queue",
    "reckoning",
    "refusal",
    "remark",
    "reminder",
    "replay",
    "replay_item",
    "reply",
    "report",
    "representation",
    "request",
    "revocation",
    "shadow",
    "shadow_objection",
    "tally",
    "telling",
    "tenure",
    "tile",
    "upload",
    "written",
]
