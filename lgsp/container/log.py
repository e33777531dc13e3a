"""The part of a container that speaks for the log: heads, rows with their proofs, growth. Read, not yet judged."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from lgsp.container.contents import CONSISTENCY, FIRST, NEWEST, PROOFS, RECEIPT, ROWS, SEAL
from lgsp.container.lines import read_growth, read_lines
from lgsp.container.words import Broken, Text
from lgsp.evidence import Head, merkle
from signing import NotSignable, disclose, judge_stamp, split_seal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from lgsp.container.case import Case
    from lgsp.container.lines import Line

_SENDERS: Final = ("sender", "sender_written")
#: How a head is written, a file a part: its text, the signature, the certificate, the time stamp.
TEXT, SIGNATURE, CERTIFICATE, STAMP = ".txt", ".sig", ".pem", ".tst"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What the container says of the log."""

    #: By the name of their files; `NEWEST` last. Empty while the log has no head.
    heads: Mapping[str, Head]
    lines: tuple[Line, ...]
    growth: Mapping[tuple[int, int], tuple[bytes, ...]]

    @property
    def newest(self) -> Head | None:
        """The head that the proofs lead to."""
        return self.heads.get(NEWEST)

    def of_kind(self, kind: str) -> list[Mapping[str, Any]]:
        """Return the rows of one table."""
        return [line.facts for line in self.lines if line.facts.get("row") == kind]

    def logged(self, line: Line) -> bool:
        """Tell whether the path leads from the row to the newest head's root."""
        return self.newest is not None and line.root(self.newest.size) == self.newest.root

    def grew(self, old: Head, new: Head) -> bool | None:
        """Tell whether the log of `new` is that of `old`, grown; None when the container has no proof of it."""
        if old.size == new.size:
            return old.root == new.root
        path = self.growth.get((old.size, new.size))
        if path is None and old.size:
            return None
        return merkle.grew(old.size, new.size, old.root, new.root, path or ())


def head_files(name: str, head: Head) -> dict[str, bytes]:
    """Return the files of a head."""
    parts = {TEXT: head.text, SIGNATURE: head.signature, CERTIFICATE: head.certificate, STAMP: head.stamp}
    return {f"{name}{part}": octets for part, octets in parts.items() if octets}


def read_log(case: Case) -> Witnessed:
    """Read what the container says of the log. Raises Broken."""
    return Witnessed(
        heads={name: _head(name, case) for name in (FIRST, NEWEST) if f"{name}{TEXT}" in case.files},
        lines=tuple(read_lines(case.take(ROWS), case.take(PROOFS))),
        growth=read_growth(case.files.get(CONSISTENCY, b"")),
    )


def accepted(case: Case, log: Witnessed) -> Line | None:
    """Return the row that says that this document was accepted with this seal and this receipt, or None."""
    try:
        seal, _ = split_seal(disclose(case.take(SEAL)) or b"")
    except NotSignable:
        raise Broken(_NO_SEAL, file=SEAL) from None
    wanted = {
        "row": "dispatch",
        "id": case.said.dispatch_id,
        "digest": case.digest.hex(),
        "seal": sha256(seal).hexdigest(),
        "receipt": sha256(case.take(RECEIPT)).hexdigest(),
        "document_id": case.said.document_id,
        "kind": case.said.kind,
    }
    found = (line for line in log.lines if wanted.items() <= line.facts.items())
    # The receipt names the sender as the document does, the row also as the directory files it.
    return next((line for line in found if case.said.sender in {line.facts.get(n) for n in _SENDERS}), None)


def proven_time(case: Case) -> datetime | None:
    """Return by when a believed time authority proves the acceptance to be in the log; None when none does."""
    try:
        log = read_log(case)
        line = accepted(case, log)
    except Broken:
        return None
    if line is None or line.index is None or not log.logged(line) or log.newest is None:
        return None
    times = [
        stamp.time
        for head in log.heads.values()
        if line.index < head.size and log.grew(head, log.newest)
        if (stamp := judge_stamp(head.stamp, head.text, case.authorities).stamp)
    ]
    return min(times, default=None)


def _head(name: str, case: Case) -> Head:
    try:
        return Head(
            text=case.take(f"{name}{TEXT}"),
            signature=case.take(f"{name}{SIGNATURE}"),
            certificate=case.take(f"{name}{CERTIFICATE}"),
            stamp=case.files.get(f"{name}{STAMP}", b""),
        )
    except ValueError:
        raise Broken(_NO_HEAD, file=f"{name}{TEXT}") from None


_NO_HEAD: Final = Text("this is not the text of a head of the log", "đây không phải nội dung đầu sổ nhật ký bằng chứng")
_NO_SEAL: Final = Text("this is no seal of a bus", "đây không phải dấu của trục")
