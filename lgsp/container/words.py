"""What is said about a container: proven, not proven, or contradicted, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.text import Language, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["CONTAINER", "Broken", "Finding", "Report", "Text", "Weight"]


#: What a finding is about that is about no file in particular.
CONTAINER: Final = "container"


class Weight(StrEnum):
    """What one finding is worth."""

    PROVEN = "proven"
    UNPROVEN = "unproven"  # nothing speaks against it, and nothing that you were given proves it
    UNKNOWN = "unknown"  # written by a later version: this program cannot judge it
    CONTRADICTED = "contradicted"  # two things in the container, or in it and in your hands, cannot both be true


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the checklist."""

    weight: Weight
    #: What it is about: names of files, or `container`.
    files: tuple[str, ...]
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was found about one container."""

    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether it could be judged and nothing contradicts. Says nothing about how much is proven."""
        return not self._any(Weight.CONTRADICTED) and not self._any(Weight.UNKNOWN)

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, the sentences in both languages."""
        return {
            "clean": self.clean,
            "findings": [
                {"weight": finding.weight.value, "files": list(finding.files), **finding.text._asdict()}
                for finding in self.findings
            ],
        }

    def say(self, language: Language) -> str:
        """Return the checklist as lines of plain words: what contradicts, what is proven, what is not."""
        lines: list[str] = []
        for weight, heading in _HEADINGS.items():
            found = [finding for finding in self.findings if finding.weight is weight]
            if found:
                lines += ["", heading.say(language), *_listed(found, _MARKS[weight], language)]
        verdict = _UNCLEAN if self._any(Weight.CONTRADICTED) else _UNJUDGED if self._any(Weight.UNKNOWN) else _CLEAN
        return "\n".join([verdict.say(language), *lines])

    def _any(self, weight: Weight) -> bool:
        return any(finding.weight is weight for finding in self.findings)


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings in their order, those that say the same of several files as one."""
    files: dict[tuple[Weight, Text], list[str]] = {}
    for finding in findings:
        files.setdefault((finding.weight, finding.text), []).extend(finding.files)
    return tuple(
        Finding(weight=weight, files=tuple(dict.fromkeys(names)), text=text) for (weight, text), names in files.items()
    )


class Broken(Exception):  # it becomes a finding, and ends the verification
    """The container cannot be read further."""

    def __init__(self, text: Text, *, file: str = CONTAINER, weight: Weight = Weight.CONTRADICTED) -> None:
        """Say what is wrong, with which file."""
        super().__init__(text.en, file)
        self.finding = Finding(weight=weight, files=(file,), text=text)


_MARKS: Final = {Weight.CONTRADICTED: "✘", Weight.UNKNOWN: "?", Weight.PROVEN: "✔", Weight.UNPROVEN: "–"}
_HEADINGS: Final = {
    Weight.CONTRADICTED: Text("Contradicted", "Mâu thuẫn"),
    Weight.UNKNOWN: Text("Cannot be judged", "Không kết luận được"),
    Weight.PROVEN: Text("Proven", "Đã chứng minh"),
    Weight.UNPROVEN: Text("Not proven", "Chưa chứng minh được"),
}
_CLEAN: Final = Text(
    "Nothing in this container contradicts. What is proven, and what is not, stands below.",
    "Không có mâu thuẫn trong tệp bằng chứng này. Những gì đã và chưa chứng minh được nêu dưới đây.",
)
_UNCLEAN: Final = Text(
    "Do not rely on this container: what it holds contradicts itself, or what you hold.",
    "Không được tin cậy tệp bằng chứng này: nội dung mâu thuẫn với nhau, hoặc với dữ liệu quý vị đang giữ.",
)

_UNJUDGED: Final = Text(
    "This container cannot be judged here. Nothing is said about it, good or bad.",
    "Không thể kết luận về tệp bằng chứng này tại đây: không xác nhận và cũng không bác bỏ.",
)


def _listed(findings: Sequence[Finding], mark: str, language: Language) -> list[str]:
    return [f"  {mark} {', '.join(finding.files)}: {finding.text.say(language)}" for finding in findings]
