"""Whether the bus signed the heads, and whether anybody else says when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.container.case import contradicted, proven, spoken_for_the_bus, unproven
from lgsp.container.log import CERTIFICATE, SIGNATURE, STAMP, TEXT, read_log
from signing import StampFault, judge_stamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.container.case import Case
    from lgsp.container.words import Finding
    from lgsp.evidence import Head
    from signing import StampVerdict


def the_heads_are_signed(case: Case) -> Iterator[Finding]:
    """Verify the signature and the time stamp of each head, and that the older grew into the newest."""
    log = read_log(case)
    for name, head in log.heads.items():
        certificate = head.signed()
        if certificate is None:
            yield contradicted(
                f"{name}{SIGNATURE}", "the head's signature does not fit its text", "chữ ký không khớp với đầu sổ"
            )
            continue
        yield proven(
            f"{name}{TEXT}",
            f"the holder of this certificate signed: the log had {head.size} leaves, root {head.root.hex()};"
            f" by its own clock at {head.at:%Y-%m-%d %H:%M:%SZ}",
            f"chủ chứng thư này đã ký: nhật ký có {head.size} lá, gốc {head.root.hex()};"
            f" theo đồng hồ của trục lúc {head.at:%Y-%m-%d %H:%M:%SZ}",
        )
        stamp = judge_stamp(head.stamp, head.text, case.authorities)
        moment = stamp.stamp.time if stamp.stamp else None
        judgement = case.authorities.judge(certificate, (), case.at, proven_at=moment)
        yield from spoken_for_the_bus(judgement, certificate, f"{name}{CERTIFICATE}", case, moment)
        yield from _stamped(name, head, stamp)
        if log.newest is not None and not log.grew(head, log.newest):
            yield contradicted(
                f"{name}{TEXT}",
                "the newest log did not grow out of this one, or the proof is missing",
                "nhật ký mới nhất không phát triển từ nhật ký này, hoặc thiếu chứng minh",
            )


def _stamped(name: str, head: Head, found: StampVerdict) -> Iterator[Finding]:
    if not head.stamp:
        yield unproven(
            f"{name}{TEXT}",
            "when: there is no time stamp, so the time is the bus's own word",
            "thời điểm: không có dấu thời gian, nên thời gian chỉ là lời của trục",
        )
        return
    if found.stamp:
        yield proven(
            f"{name}{STAMP}",
            f"{found.stamp.authority} stamped this head at {found.stamp.time:%Y-%m-%d %H:%M:%SZ}:"
            " all that is in it existed by then",
            f"{found.stamp.authority} đã đóng dấu thời gian lúc {found.stamp.time:%Y-%m-%d %H:%M:%SZ}:"
            " mọi nội dung trong đó đã có trước thời điểm này",
        )
    elif found.fault in {StampFault.MALFORMED, StampFault.OTHER_DATA}:
        yield contradicted(
            f"{name}{STAMP}",
            f"the time stamp is not over this head ({found.fault}: {found.detail})",
            f"dấu thời gian không thuộc đầu sổ này ({found.fault}: {found.detail})",
        )
    else:
        yield unproven(
            f"{name}{STAMP}",
            f"when: the time stamp does not lead to an authority that you named ({found.detail})",
            f"thời điểm: dấu thời gian không thuộc tổ chức nào bạn đã chỉ định ({found.detail})",
        )
