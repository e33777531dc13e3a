"""How fast the urgent must go."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PositiveFloat

from lgsp.settings.values import Section


class UrgencySection(Section):
    """The delivery target that is measured; nothing depends on it but what is told."""

    #: From acceptance until the recipient has it, in seconds, by priority: 1 khẩn, 2 thượng khẩn, 3 hỏa tốc, 4 hỏa tốc
    #: at an hour. A priority that is left out has no target.
    target_seconds: dict[Annotated[int, Field(ge=1, le=4)], PositiveFloat] = Field(
        default_factory=lambda: {1: 30.0, 2: 10.0, 3: 5.0, 4: 5.0}
    )
