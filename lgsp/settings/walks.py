"""How documents come in and go out."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from lgsp.settings.values import BatchLimit, Section


class IntakeSection(Section):
    """Walk 1."""

    batch_limit: BatchLimit = 100
    #: More waiting than this are answered LGSP-2400, try again.
    waiting_limit: PositiveInt = 2000
    #: The largest envelope.
    size_limit_bytes: PositiveInt = 64 * 1024 * 1024


class DeliverySection(Section):
    """Walks 2 and 3."""

    batch_limit: BatchLimit = 100
    #: After this a claim of a relay that died is free for another.
    lease_seconds: PositiveFloat = 30
    attempts_limit: PositiveInt = 20
    first_pause_seconds: PositiveFloat = 1
    longest_pause_seconds: PositiveFloat = 3600
    #: After so many failures in a row a system is spared: tried once after a pause that doubles from first to longest.
    breaker_after: PositiveInt = 5
    breaker_first_pause_seconds: PositiveFloat = 5
    breaker_longest_pause_seconds: PositiveFloat = 300
    #: A delivery that could not be handed over for so long is failed; by agency where that is not enough, or too much.
    time_to_live_hours: PositiveFloat = 240
    time_to_live_by_agency: dict[str, PositiveFloat] = Field(default_factory=dict)
    #: How often polled systems are asked for what they have to send.
    collect_every_seconds: PositiveFloat = 10
