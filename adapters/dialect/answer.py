"""What a system's answer means, by rules from the configuration: each system says "done" in its own way."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from adapters.dialect.trouble import misconfigured, rejected, unavailable
from lgsp.sdk import Handover, Text, options

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lgsp.sdk import Connection


#: SOAP 1.1 and 1.2 fault codes that blame the message.
_CALLERS_FAULT: Final = frozenset({"Client", "Sender"})


def pick(answer: Any, path: str) -> Any:
    """Return what stands in `answer` at `path` (`data.0.id`; empty for the whole), None when nothing does."""
    found = answer
    for step in path.split(".") if path else ():
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return None
    return found


def say(value: Any) -> str:
    """Return a value of an answer as text; empty for nothing."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A condition on an answer: the field is one of `values`, or its text contains one of `texts`."""

    #: Where to look (`pick`).
    field: str
    #: Compared as text: 100 and "100" are the same.
    values: Sequence[Any] = ()
    #: Compared without regard to case or to how accents are encoded.
    texts: Sequence[str] = ()

    def holds(self, answer: Any) -> bool:
        """Say whether the condition is met."""
        found = pick(answer, self.field)
        if found is None:
            return False
        said = say(found)
        return said in map(say, self.values) or any(_plain(text) in _plain(said) for text in self.texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All that decides what an answer means. Asked in the order: already, success, refused, busy.

    What no rule names is a refusal; but a SOAP fault that does not blame the caller is trouble to wait out.
    """

    success: Sequence[Rule] = ()
    #: The system has the document from an earlier try: as good as success.
    already: Sequence[Rule] = ()
    #: Trouble of its own: the same call may succeed later.
    busy: Sequence[Rule] = ()
    #: Never, whatever else the answer looks like.
    refused: Sequence[Rule] = ()
    #: Where the system puts the identifier it gave the document.
    reference: str = ""
    #: Where it says in words what was wrong.
    message: Sequence[str] = ("message",)

    def handover(self, answer: Any) -> Handover:
        """Return what the system said when it took the document. Raises RecipientUnavailable or Rejected."""
        if any(rule.holds(answer) for rule in self.already):
            return Handover(reference=self._reference(answer), facts={"already": True})
        self.demand_success(answer)
        return Handover(reference=self._reference(answer))

    def demand_success(self, answer: Any) -> None:
        """Return when the answer is a success. Raises RecipientUnavailable or Rejected otherwise."""
        if any(rule.holds(answer) for rule in self.success):
            return
        words = "; ".join(said for path in self.message if (said := say(pick(answer, path))))
        if any(rule.holds(answer) for rule in self.refused):
            raise rejected(words)
        fault = say(pick(answer, "fault.code"))
        blameless = bool(pick(answer, "fault")) and fault not in _CALLERS_FAULT
        raise unavailable(words) if blameless or any(rule.holds(answer) for rule in self.busy) else rejected(words)

    def _reference(self, answer: Any) -> str:
        return say(pick(answer, self.reference)) if self.reference else ""


def read_rules(connection: Connection, key: str) -> tuple[Rule, ...]:
    """Return the rules in the list of tables at `key` of the options. Raises Misconfigured."""
    rules = tuple(options(Rule, connection, key, at) for at in range(len(connection.options.get(key, ()))))
    for at, rule in enumerate(rules):
        if not rule.values and not rule.texts:
            place = f"agency {connection.agency.code}, options.{key}[{at}]"
            raise misconfigured(place, Text("'values' or 'texts'", "'values' hoặc 'texts'"))
    return rules


def translate(code: str, table: Mapping[str, str]) -> str:
    """Return what `code` means by `table`; itself when the table is empty, empty when it is not there."""
    return table.get(code, "") if table else code


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
