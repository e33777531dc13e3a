"""Stage 2: an envelope follows a schema that is in force, or every problem is named at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from lxml import etree

from lgsp.model.envelope import Kind, MessageHeader
from lgsp.model.errors import Misconfigured, Problem, SchemaViolation
from lgsp.model.text import Text
from lgsp.stages.schema.compiled import Compiled, compiled
from lgsp.stages.schema.judging import Conformity, Grace, Judge, Judgement
from lgsp.stages.schema.registry import Registry, SchemaVersion, shipped

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from lxml.etree import _Element as Element

    from lgsp.model.envelope import Envelope

__all__ = ["Conformity", "Grace", "Registry", "SchemaVersion", "Schemas", "shipped"]

#: Where payloads stand, from a message's root.
_PAYLOAD_PLACE: Final = "{urn:lgsp:message:1}Payload/*"
#: QĐ 28/2018/QĐ-TTg, Art. 14(4): the exchange keeps Vietnam's time.
_VIETNAM: Final = timedelta(hours=7)
_MOST_PROBLEMS: Final = 50


class Schemas:
    """The schemas in force, read once from files. One object serves all threads; nothing is ever fetched."""

    def __init__(
        self, registry: Registry | None = None, *, graces: Iterable[Grace] = (), shadow: Collection[str] = ()
    ) -> None:
        """Compile every version of `registry` but those that run in the shadow; without one, what comes with the bus.

        Raises Misconfigured for a schema file that cannot be used, a name that the register does not have, and a day
        from today on for which an envelope of some kind would have no schema.
        """
        register = registry or shipped()
        self._graces = tuple(graces)
        for name in (*shadow, *(grace.schema for grace in self._graces)):
            register.get(name)
        in_light = [version for version in register.versions if version.id not in shadow]
        self._envelopes = {
            kind: [(v, compiled(v, v.envelopes[kind])) for v in in_light if kind in v.envelopes] for kind in Kind
        }
        self._payloads = [(v, compiled(v, v.payload.file)) for v in in_light if v.payload is not None]
        self._services: defaultdict[str, set[str]] = defaultdict(set)
        for payload in filter(None, (version.payload for version, _ in self._payloads)):
            for service in payload.services:
                self._services[service].add(payload.namespace)
        self._on = lru_cache(maxsize=256, typed=True)(self._judges)
        for kind, versions in self._envelopes.items():
            _require_days(kind, [version for version, _ in versions])

    def validate(self, envelope: Envelope, at: datetime | None = None) -> Conformity:
        """Return by which versions `envelope` is right at the time `at`; None: now.

        The newest version in force counts. Where several are in force at once, or the sender has a grace, an older
        one that the envelope follows does too. Raises SchemaViolation with every problem, at most 50.
        """
        day = ((at or datetime.now(UTC)) + _VIETNAM).date()
        root = cast("Element", envelope.tree)
        case = Judgement(envelope.sender, day, self._graces, envelope.octets.count(b"<"))
        case.judge(root, self._on(envelope.kind, day))
        if isinstance(envelope.header, MessageHeader):
            for payload in root.iterfind(_PAYLOAD_PLACE):
                self._judge_payload(case, payload, envelope.header.service)
        if case.problems:
            found = case.problems[:_MOST_PROBLEMS]
            raise SchemaViolation([replace(one, element=envelope.place_of(one.element)) for one in found])
        return Conformity(" ".join(case.stamps), tuple(case.remarks))

    def _judge_payload(self, case: Judgement, payload: Element, service: str) -> None:
        """Judge by what the service carries; where no version names the service, by what the payload itself says."""
        namespace = etree.QName(payload).namespace or ""
        named = self._services.get(service)
        if named is not None and namespace not in named:
            case.refuse(payload, sorted(named))
        elif fitting := [judge for judge in self._on(namespace, case.day) if _carries(judge.version, service)]:
            case.judge(payload, fitting)

    def _judges(self, what: Kind | str, day: date) -> tuple[Judge, ...]:
        """Return who may have a say on `day` about a kind of envelope, or a payload's namespace; the newest first."""
        pool: Sequence[tuple[SchemaVersion, Compiled]] = (
            self._envelopes[what]
            if isinstance(what, Kind)
            else [(v, schema) for v, schema in self._payloads if v.payload and v.payload.namespace == what]
        )
        now = [Judge(version, schema, late=False) for version, schema in pool if version.holds(day)]
        over = [Judge(v, schema, late=True) for v, schema in pool if v.until is not None and v.until <= day]
        return (*now, *over)


def _carries(version: SchemaVersion, service: str) -> bool:
    services = version.payload.services if version.payload else ()
    return not services or service in services


def _require_days(kind: Kind, versions: Sequence[SchemaVersion]) -> None:
    today = (datetime.now(UTC) + _VIETNAM).date()
    for day in sorted({today, *(v.until for v in versions if v.until is not None and v.until > today)}):
        if not any(version.holds(day) for version in versions):
            raise Misconfigured(
                Problem(
                    element="[schemas]",
                    expected=Text(
                        f"a version for every {kind} from today on", f"luôn có phiên bản cho loại {kind} kể từ hôm nay"
                    ),
                    found=f"{day}",
                    cure=Text(
                        "let the newest version have no `until`, or add its successor",
                        "bỏ `until` ở phiên bản mới nhất, hoặc thêm phiên bản kế tiếp",
                    ),
                )
            )
