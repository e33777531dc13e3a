"""Which version of a schema judges an envelope: the newest in force, or an older one by a grace."""

from __future__ import annotations

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from lgsp.model.errors import Problem
from lgsp.model.remark import Remark
from lgsp.model.text import Text
from lgsp.stages.schema.compiled import Compiled, crowded
from lgsp.stages.schema.places import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from lxml.etree import _Element as Element

    from lgsp.model.agency import AgencyCode
    from lgsp.stages.schema.registry import SchemaVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """A sender may follow an older version until its system is changed."""

    #: Code of the sender; `*` and `?` stand for any part of it.
    agency: str
    #: Id of the version: `edxml-qcvn102-2016`.
    schema: str
    #: The first day on which the grace is over.
    until: date


class Conformity(NamedTuple):
    """By what an envelope was judged, and found right."""

    #: Id and digest of each schema version, separated by blanks.
    stamp: str
    remarks: tuple[Remark, ...] = ()


class Judge(NamedTuple):
    """A version that may have a say on some day."""

    version: SchemaVersion
    schema: Compiled
    #: Its time is over: it speaks for those who have a grace.
    late: bool


@dataclass(slots=True)
class Judgement:
    """One envelope before its judges, part by part."""

    sender: AgencyCode
    day: date
    graces: Sequence[Grace]
    #: How many tags the envelope has: bounds what is spent on it.
    tags: int
    stamps: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def judge(self, part: Element, judges: Sequence[Judge]) -> None:
        """Let the first judge that accepts `part` count; if none does, the one that knows its name says why."""
        if (problem := crowded(part, self.tags)) is not None:
            self.problems.append(problem)
            return
        heard = [judge for judge in judges if not judge.late or self._grace(judge.version)]
        for judge in heard:
            if judge.schema.accepts(part):
                self._accept(part, judge)
                return
        if heard:
            speaker = next((judge for judge in heard if judge.schema.knows(str(part.tag))), heard[0])
            self.problems += speaker.schema.problems(part)
        else:
            self.problems.append(_over(part, judges[0].version))

    def refuse(self, part: Element, namespaces: Sequence[str]) -> None:
        """Name a payload that the message's service does not carry."""
        wanted = ", ".join(namespaces)
        self.problems.append(
            Problem(
                element=path_of(part),
                line=part.sourceline,
                expected=Text(
                    f"a payload of this service, namespace {wanted}",
                    f"nội dung của dịch vụ này, không gian tên {wanted}",
                ),
                found=str(part.tag)[:200],
                cure=Text("correct <Service> or the payload", "sửa <Service> hoặc phần nội dung"),
            )
        )

    def _accept(self, part: Element, judge: Judge) -> None:
        self.stamps.append(judge.version.stamp)
        if judge.late and (grace := self._grace(judge.version)):
            self.remarks.append(_remark(part, judge.version, grace))

    def _grace(self, version: SchemaVersion) -> Grace | None:
        fitting = (
            grace
            for grace in self.graces
            if grace.schema == version.id and self.day < grace.until and fnmatchcase(self.sender, grace.agency)
        )
        return next(fitting, None)


def _remark(part: Element, version: SchemaVersion, grace: Grace) -> Remark:
    return Remark(
        rule="schema",
        problem=Problem(
            element=path_of(part),
            expected=Text("the version in force", "phiên bản đang có hiệu lực"),
            found=version.id,
            cure=Text(
                f"change to the newer version before {grace.until:%Y-%m-%d}, when the grace ends",
                f"chuyển sang phiên bản mới trước ngày {grace.until:%d/%m/%Y}, khi hết thời gian gia hạn",
            ),
        ),
    )


def _over(part: Element, version: SchemaVersion) -> Problem:
    return Problem(
        element=path_of(part),
        line=part.sourceline,
        expected=Text("a version that is in force", "phiên bản đang có hiệu lực"),
        found=version.id + (f" (< {version.until})" if version.until else ""),
        cure=Text(
            "see `lgsp schemas list` for the versions in force",
            "xem các phiên bản có hiệu lực bằng `lgsp schemas list`",
        ),
    )
