"""From the settings to the rules in force."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.stages.policy import Mode, PaperRules, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from importlib.metadata import EntryPoint

    from lgsp.settings.rules import RulesSection
    from lgsp.stages.policy import Policy

#: The entry point group in which rules are found, ours and others', each under its name.
GROUP: Final = "lgsp.policies"


def paper_of(section: RulesSection) -> PaperRules:
    """Return what is a reason for paper."""
    return PaperRules(government=section.paper_government, types=section.paper_types)


def ruled(section: RulesSection) -> tuple[Rule, ...]:
    """Return every rule that is installed, in its mode, by name. Raises Misconfigured."""
    points = _points()
    unknown = sorted((section.modes.keys() | section.options.keys()) - points.keys())
    if unknown:
        raise Misconfigured([_unknown(name, points) for name in unknown])
    given = _given(section) | section.options
    return tuple(_rule(points[name], section.modes.get(name), given.get(name, {})) for name in sorted(points))


def _points() -> dict[str, EntryPoint]:
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if points.setdefault(point.name, point).value != point.value:
            both = f"{points[point.name].value}, {point.value}"
            raise Misconfigured(Problem(element=f"{GROUP} {point.name}", expected=_ONE, found=both[:200]))
    return points


_ONE: Final = Text("one rule of this name among the installed packages", "chỉ một gói cài đặt có quy tắc tên này")


def mode_of(rules: Iterable[Rule], name: str) -> Mode:
    """Return the mode of a rule; off, where it is not installed."""
    return next((rule.mode for rule in rules if rule.name == name), Mode.OFF)


def _given(section: RulesSection) -> dict[str, Mapping[str, Any]]:
    """Return what the rules that come with the bus are told."""
    return {
        "archive-safety": {
            "entries": section.archive_entries_limit,
            "size_bytes": section.archive_size_limit_bytes,
            "ratio": section.archive_ratio_limit,
            "nesting": section.archive_nesting_limit,
        },
        "file-kind": {"kinds": section.file_kinds},
        "file-size": {"file_limit_bytes": section.file_limit_bytes, "files_limit": section.files_limit},
        "paper-reason": {"government": section.paper_government, "types": section.paper_types},
    }


def _rule(point: EntryPoint, mode: str | None, options: Mapping[str, Any]) -> Rule:
    try:
        policy: Policy = point.load()(**options)
        policy.sentence, policy.source, policy.check  # noqa: B018 - what a rule must have, asked before anybody is refused
        return Rule(name=point.name, policy=policy, mode=Mode(mode) if mode else policy.mode)
    except Exception as error:  # a stranger's code: the operator must know whose
        raise Misconfigured(
            Problem(
                element=f"[rules.options.{point.name}]",
                expected=Text(
                    f"a rule that {point.value} can make of these options",
                    f"quy tắc mà {point.value} tạo được từ các tùy chọn này",
                ),
                found=f"{type(error).__name__}: {error}"[:200],
            )
        ) from error


def _unknown(name: str, known: Mapping[str, EntryPoint]) -> Problem:
    names = ", ".join(sorted(known))
    return Problem(element=f"[rules] {name}", expected=Text(f"one of {names}", f"một trong {names}"), found=name)
