"""How long the octets of documents are kept."""

from __future__ import annotations

from typing import Literal

from pydantic import PositiveInt

from lgsp.settings.values import Section


class RetentionRule(Section):
    """How long some are kept."""

    keep_days: PositiveInt
    #: What the envelope is; empty: whatever.
    kind: Literal["document", "status", "message", ""] = ""
    #: The level of its sender; empty: whatever.
    level: Literal["central", "province", "district", "commune", ""] = ""


class RetentionSection(Section):
    """What is known of a document, and what proves it, is kept for ever. Its octets may end."""

    #: The first that fits counts; what none fits is kept for ever.
    rules: tuple[RetentionRule, ...] = ()
