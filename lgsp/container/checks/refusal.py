"""Whether the bus refused it, and what it said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.container.case import contradicted, proven, unproven
from lgsp.container.contents import ROWS
from lgsp.container.log import read_log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.container.case import Case
    from lgsp.container.words import Finding


def it_was_refused(case: Case) -> Iterator[Finding]:
    """Tell what was refused, when and why. The bus keeps nothing of it but its digest."""
    log = read_log(case)
    rows = log.of_kind("refusal")
    if not rows or len(rows) != len(log.lines) or len({row.get("correlation") for row in rows}) > 1:
        yield contradicted(
            ROWS,
            "these rows are not about refusals under one correlation id",
            "các dòng này không phải về việc từ chối theo một mã tương quan",
        )
        return
    for line in log.lines:
        row = line.facts
        weigh = proven if log.logged(line) else unproven
        yield weigh(
            ROWS,
            f"the bus recorded at {row.get('at')} that it refused what {row.get('caller')} had handed in by"
            f" {row.get('door')}, SHA-256 {row.get('digest')}, correlation id {row.get('correlation')}:"
            f" {_line(row.get('text_en'))}",
            f"trục đã ghi nhận lúc {row.get('at')} việc từ chối dữ liệu do {row.get('caller')} chuyển đến qua"
            f" {row.get('door')}, SHA-256 {row.get('digest')}, mã tương quan {row.get('correlation')}:"
            f" {_line(row.get('text_vi'))}",
        )
    yield unproven(
        ROWS,
        "what was handed in: the bus does not keep what it refuses. A copy is what was refused if its SHA-256 is"
        f" {rows[0].get('digest')}",
        "nội dung đã chuyển đến: trục không lưu dữ liệu bị từ chối. Bản sao đúng là dữ liệu bị từ chối nếu SHA-256 là"
        f" {rows[0].get('digest')}",
    )
    yield unproven(
        ROWS,
        f"that {rows[0].get('caller')} handed it in, and that the reason was right: that is the bus's own word, which"
        " it can no longer change",
        f"việc {rows[0].get('caller')} là bên chuyển đến và lý do từ chối là đúng: đó là lời của trục, và trục không"
        " thể sửa về sau",
    )


def _line(text: object) -> str:
    """Return a text of several lines as one."""
    return "; ".join(part.strip() for part in str(text).splitlines() if part.strip())
