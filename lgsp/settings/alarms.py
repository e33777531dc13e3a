"""What waits for too long."""

from __future__ import annotations

from pydantic import PositiveFloat

from lgsp.settings.values import Section


class AlarmsSection(Section):
    """The age of the oldest, in seconds, from which on an operator is told."""

    check_every_seconds: PositiveFloat = 60
    #: Of deliveries that are due and no relay takes.
    outbox_seconds: PositiveFloat = 300
    #: Of deliveries to an agency that are in no queue, or were tried in vain.
    accepted_seconds: PositiveFloat = 3600
    #: Of deliveries in an agency's queue.
    queued_seconds: PositiveFloat = 3600
    #: Of documents that wait to be judged again.
    held_seconds: PositiveFloat = 86400
    #: Of attachments that wait to be examined.
    unexamined_seconds: PositiveFloat = 3600
    #: Of what happened and is no leaf of the evidence log yet.
    evidence_seconds: PositiveFloat = 300
    #: Of heads of the evidence log without a time stamp, where there are time authorities.
    stamping_seconds: PositiveFloat = 3600
