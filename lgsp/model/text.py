"""A sentence for people, in the two languages the bus speaks."""

from __future__ import annotations

from typing import Literal, NamedTuple

Language = Literal["vi", "en"]


class Text(NamedTuple):
    """The same sentence in English and in Vietnamese."""

    en: str
    vi: str

    def say(self, language: Language) -> str:
        """Return the sentence in `language`."""
        return self.vi if language == "vi" else self.en
