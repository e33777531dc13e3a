"""What was found about one file, as words and as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from lgsp.attachment_words import say
from lgsp.validation import words
from lgsp.validation.engines import engines
from lgsp.validation.sources import source_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.model.attachment import ExaminedAttachment
    from lgsp.model.envelope import Kind
    from lgsp.model.errors import Problem, Rejected
    from lgsp.model.remark import Remark
    from lgsp.model.text import Language, Text
    from signing import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found about one file."""

    #: None when the file is no envelope.
    kind: Kind | None = None
    #: `A` to `F`, or `1`; empty when the file is no envelope.
    variant: str = ""
    #: Header facts in the order to show them; JSON values.
    facts: dict[str, Any] = field(default_factory=dict)
    #: What refuses the file; an invalid signature only where nothing else does. None when the file is good.
    error: Rejected | None = None
    #: The name of the rule behind each problem of `error`, in the same order.
    rules: tuple[str, ...] = ()
    #: The path in edXML of each problem's element, for the source of its rule; as written for A and B.
    places: tuple[str, ...] = ()
    #: None when the file is no envelope, or could only be read from a mended copy.
    verdict: Verdict | None = None
    #: What does not refuse the file and is worth knowing: about the form and its values.
    observations: tuple[Remark, ...] = ()
    #: The same about the signature and about other validators.
    remarks: tuple[Text, ...] = ()
    #: What was found in the attachments. The bus accepts whatever is found there.
    attachments: tuple[ExaminedAttachment, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the bus would refuse nothing of it: form, schema, parts, and no invalid signature."""
        return self.error is None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What refuses the file."""
        return self.error.problems if self.error else ()

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON values, the sentences in both languages."""
        return {
            "ok": self.ok,
            "kind": self.kind.value if self.kind else None,
            "variant": self.variant,
            "facts": self.facts,
            "code": self.error.code if self.error else None,
            "problems": [_told(*one) for one in self._refused()],
            "observations": [_told(one.rule, one.problem, one.problem.element) for one in self.observations],
            "signature": _signature(self.verdict) if self.verdict else None,
            "remarks": [remark._asdict() for remark in self.remarks],
            "attachments": [asdict(attachment) for attachment in self.attachments],
        }

    def say(self, language: Language) -> str:
        """Return everything as lines of plain words."""
        return "\n".join(self._lines(language))

    def title(self, language: Language) -> str:
        """Return what the file is, and by whose way of writing."""
        what = words.KINDS[self.kind].say(language) if self.kind else words.NO_ENVELOPE.say(language)
        if not self.variant:
            return what
        known = words.VARIANTS.get(self.variant)
        vendor = f" ({known.say(language)})" if known else ""
        return f"{what}, {words.VARIANT.say(language)} {self.variant}{vendor}"

    def _refused(self) -> Iterator[tuple[str, Problem, str]]:
        for number, problem in enumerate(self.problems):
            rule = self.rules[number] if number < len(self.rules) else "schema"
            yield rule, problem, self.places[number] if number < len(self.places) else problem.element

    def _lines(self, language: Language) -> Iterator[str]:
        yield f"{(words.OK if self.ok else words.NOT_OK).say(language)}: {self.title(language)}"
        yield from self._facts(language)
        if self.error:
            yield f"{self.error.code} {self.error.sentence.say(language)}"
            for rule, problem, place in self._refused():
                yield f"  {problem.say(language)}"
                yield f"    {words.SOURCE.say(language)}: {source_of(rule, place).say(language)} [{rule}]"
        if self.verdict:
            yield " ".join(filter(None, [words.VERDICTS[self.verdict.result].say(language), self.verdict.signer]))
        yield from (remark.say(language) for remark in self.remarks)
        yield from say(self.attachments, language)
        if self.observations:
            yield words.WORTH_KNOWING.say(language)
        for one in self.observations:
            source = source_of(one.rule, one.problem.element).say(language)
            yield f"  {one.problem.say(language)}"
            yield f"    {words.SOURCE.say(language)}: {source} [{one.rule}]"

    def _facts(self, language: Language) -> Iterator[str]:
        for name, value in self.facts.items():
            shown = ", ".join(map(str, value)) if isinstance(value, list) else value
            if name == "business":
                shown = words.BUSINESS[shown].say(language)
            if shown not in {"", None}:
                yield f"  {words.FACTS[name].say(language)}: {shown}"


def _told(rule: str, problem: Problem, place: str) -> dict[str, Any]:
    return {
        "rule": rule,
        "element": problem.element,
        "line": problem.line,
        "expected": problem.expected._asdict(),
        "found": problem.found,
        "cure": problem.cure._asdict() if problem.cure else None,
        "source": source_of(rule, place)._asdict(),
    }


def _signature(verdict: Verdict) -> dict[str, Any]:
    return {
        "result": verdict.result.value,
        "reason": verdict.reason.value if verdict.reason else None,
        "detail": verdict.detail,
        "signer": verdict.signer,
        "fingerprint": verdict.fingerprint,
        "trusted": verdict.trusted,
        "engines": engines(verdict),
        "covers": verdict.covers,
        "algorithm": verdict.algorithm,
    }
