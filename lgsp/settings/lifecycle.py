"""What may become of a document after it was delivered."""

from __future__ import annotations

from pydantic import PositiveFloat, PositiveInt

from lgsp.settings.values import Section


class LifecycleSection(Section):
    """How long the bus waits for others' words."""

    #: After this a recall, an update or a replacement that its recipient did not answer counts as not answered.
    answer_hours: PositiveFloat = 72
    #: After this a status of a document that the bus does not know is no longer looked for; it is kept and counted.
    parked_days: PositiveInt = 180
