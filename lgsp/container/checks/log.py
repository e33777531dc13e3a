"""Whether it was all in the bus's log, and whether that log is the one that others know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lgsp.container.case import contradicted, proven, unproven
from lgsp.container.contents import PROOFS, RECEIPT, ROWS, STATUS
from lgsp.container.log import accepted, read_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lgsp.container.case import Case
    from lgsp.container.log import Witnessed
    from lgsp.container.words import Finding
    from lgsp.evidence import Head


def the_acceptance_is_a_row(case: Case) -> Iterator[Finding]:
    """Find the row that names this document, this seal and this receipt."""
    log = read_log(case)
    if accepted(case, log) is None:
        yield contradicted(
            ROWS,
            f"no row says that {case.said.dispatch_id} was accepted with this digest, this seal and this receipt",
            f"không có dòng nào ghi {case.said.dispatch_id} được tiếp nhận với giá trị băm, dấu và biên nhận này",
        )
    ours = {case.said.dispatch_id, *(folder.removeprefix(STATUS) for folder in case.statuses)}
    for line in log.lines:
        if ours.isdisjoint(line.facts.get(name) for name in ("id", "dispatch_id", "about")):
            yield contradicted(
                ROWS,
                f"this row is about another document: {_said(line.facts)}",
                f"dòng này nói về văn bản khác: {_said(line.facts)}",
            )


def the_rows_are_in_the_log(case: Case) -> Iterator[Finding]:
    """Compute the root of the log from each row, and compare it with the newest head."""
    log = read_log(case)
    if log.newest is None:
        yield unproven(
            PROOFS,
            f"that the bus's log holds the {len(log.lines)} rows: no head had been signed when this was exported",
            f"việc nhật ký bằng chứng của trục có {len(log.lines)} dòng này: khi xuất tệp chưa có đầu sổ nào được ký",
        )
        return
    under = [line for line in log.lines if line.index is not None]
    for line in under:
        if not log.logged(line):
            yield contradicted(
                PROOFS,
                f"the row of leaf {line.index} is not in the log that the head speaks of: {_said(line.facts)}",
                f"dòng ở lá {line.index} không có trong nhật ký mà đầu sổ xác nhận: {_said(line.facts)}",
            )
    if under and all(map(log.logged, under)):
        yield proven(
            PROOFS,
            f"{len(under)} rows are in the log of {log.newest.size} leaves whose root the newest head names",
            f"{len(under)} dòng có trong nhật ký gồm {log.newest.size} lá với gốc nêu ở đầu sổ mới nhất",
        )
    if len(under) < len(log.lines):
        later = len(log.lines) - len(under)
        yield unproven(
            PROOFS,
            f"that the log holds {later} later rows: they were written after the newest head. Export again later",
            f"việc nhật ký có {later} dòng mới hơn: được ghi sau đầu sổ mới nhất. Hãy xuất lại sau",
        )


def the_rows_tell(case: Case) -> Iterator[Finding]:
    """Tell what the bus recorded: that it recorded it is proven, that it happened is its word."""
    log = read_log(case)
    for line in log.lines:
        if line.facts.get("row") != "dispatch":
            weigh = proven if log.logged(line) else unproven
            yield weigh(ROWS, f"the bus recorded {_said(line.facts)}", f"trục đã ghi nhận {_said(line.facts)}")
    yield unproven(
        RECEIPT,
        "that what the bus recorded about deliveries happened so: it is the bus's word, which it can no longer change",
        "việc giao nhận đã diễn ra đúng như trục ghi nhận: đó là xác nhận của trục, và trục không thể sửa về sau",
    )


def the_witness_agrees(case: Case) -> Iterator[Finding]:
    """Compare the log with the heads that somebody kept."""
    log = read_log(case)
    if log.newest is None or not case.kept:
        yield unproven(
            PROOFS,
            "that the bus shows everybody the same log: name a head that you or another agency kept (--head)",
            "việc trục cho mọi bên thấy cùng một nhật ký: hãy chỉ ra đầu sổ mà đơn vị đã lưu (--head)",
        )
        return
    for kept in case.kept:
        yield _compared(log, log.newest, kept)


def _compared(log: Witnessed, here: Head, kept: Head) -> Finding:
    old, new = sorted((here, kept), key=lambda head: head.size)
    grew = log.grew(old, new)
    if kept.signed() is None:
        return contradicted("--head", "nobody signed the head that you kept", "đầu sổ bạn lưu không có chữ ký hợp lệ")
    if grew is None:
        return unproven(
            PROOFS,
            f"that this log of {here.size} leaves and yours of {kept.size} are one: the container has no proof of it."
            " Export it again with that head (lgsp evidence export --head)",
            f"việc nhật ký {here.size} lá này và nhật ký {kept.size} lá bạn lưu là một: tệp không kèm chứng minh."
            " Hãy xuất lại kèm đầu sổ đó (lgsp evidence export --head)",
        )
    if grew:
        return proven(
            PROOFS,
            f"the log of {here.size} leaves and the one of {kept.size} leaves that you kept are one log, only grown",
            f"nhật ký {here.size} lá và nhật ký {kept.size} lá bạn lưu là một, chỉ ghi thêm",
        )
    return contradicted(
        PROOFS,
        f"the bus shows two logs: this one of {here.size} leaves is not the one of {kept.size} whose head you kept",
        f"trục đưa ra hai nhật ký: nhật ký {here.size} lá này không phải nhật ký {kept.size} lá mà bạn lưu đầu sổ",
    )


def _said(row: Mapping[str, Any]) -> str:
    """Return a row in short, in the ledger's own words."""
    names = (
        *("at", "reported", "recipient", "reporter", "status", "code", "attempt", "reference", "reason", "name"),
        *("outcome", "role", "signer", "result", "belief", "admission", "decided", "detail"),
    )
    shown = [f"{name} {row[name]}" for name in names if row.get(name) not in (None, "", 0)]
    return ", ".join((str(row.get("row")), *shown))[:300]
