"""Whether the files are exactly those that were put in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.container.case import contradicted, proven, spoken_for_the_bus
from lgsp.container.contents import COVER
from signing import verify_cover

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.container.case import Case
    from lgsp.container.words import Finding


def files_are_those_that_were_packed(case: Case) -> Iterator[Finding]:
    """Compare every file with its digest under the second signature."""
    others = {name: octets for name, octets in case.files.items() if name != COVER}
    found = verify_cover(case.take(COVER), others, case.authorities, case.at)
    if not found.verdict.intact:
        yield contradicted(
            COVER,
            f"the signature over the files was changed or never fitted ({found.verdict.detail})",
            f"chữ ký trên các tệp đã bị sửa hoặc không khớp ({found.verdict.detail})",
        )
        return
    for name in found.altered:
        yield contradicted(name, *_CHANGED)
    for name in found.missing:
        yield contradicted(name, "this file was packed and has been taken out", "tệp này có khi đóng gói, nay đã bị bỏ")
    for name in found.uncovered:
        yield contradicted(
            name, "nobody signed for this file: it was put in later", "không ai ký cho tệp này: tệp bị thêm vào sau"
        )
    if found.whole and found.signed:
        packed = f"{found.signed:%Y-%m-%d %H:%M:%SZ}"
        yield proven(
            COVER,
            f"the {len(others)} other files are as they were packed; by the packer's clock {packed}",
            f"{len(others)} tệp còn lại nguyên vẹn như khi đóng gói; theo đồng hồ bên đóng gói: {packed}",
        )
        yield from spoken_for_the_bus(found.verdict, found.verdict.certificate, COVER, case, None)


def changed(case: Case, name: str) -> Finding | None:
    """Return the finding that a file was changed after it was packed, where the signature over all shows that."""
    others = {name: octets for name, octets in case.files.items() if name != COVER}
    found = verify_cover(case.files.get(COVER, b""), others, case.authorities, case.at)
    if found.verdict.intact and name in found.altered:
        return contradicted(name, *_CHANGED)
    return None


_CHANGED = ("this file was changed after it was packed", "tệp này đã bị sửa sau khi đóng gói")
