"""The pictures in docs/explanation/lifecycle.md, drawn from the tables in code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lgsp.model.delivery import FOLLOWS, Status
from lgsp.model.lifecycle import ASKING, BUSINESS_FOLLOWS, REQUEST_FOLLOWS, Business, RequestState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_BLOCK: Final = re.compile(r"(<!-- drawn: (\w+) -->\n```\n).*?(```\n)", re.DOTALL)
_WORDS: Final = {
    None: "nothing yet",
    Business.ARRIVED: "01 đã đến",
    Business.RETURNED: "02 từ chối nhận",
    Business.REGISTERED: "03 đã tiếp nhận",
    Business.ASSIGNED: "04 đã chuyển xử lý",
    Business.PROCESSING: "05 đang xử lý",
    Business.FINISHED: "06 đã hoàn thành",
    Business.ASKED_BACK: "13 yêu cầu lấy lại",
    Business.AGREED: "15 đồng ý",
    Business.DECLINED: "16 không đồng ý",
}


def _drawn(names: Mapping[str, Iterable[str]]) -> str:
    width = max(map(len, names))
    ways = ((f"{name:<{width}}", " · ".join(after)) for name, after in names.items())
    return "".join(f" {name} ──▶ {after}\n" if after else f" {name} ──▏\n" for name, after in ways)


def _strand(codes: Iterable[Business]) -> str:
    codes = sorted(codes)
    return _drawn({_WORDS[c]: [_WORDS[a][:2] for a in codes if a in BUSINESS_FOLLOWS[c]] for c in (None, *codes)})


PICTURES: Final = {
    "delivery": _drawn({status: [after for after in Status if after in FOLLOWS[status]] for status in Status}),
    "progress": _strand(set(Business) - ASKING),
    "asked": _strand(ASKING),
    "request": _drawn({s: [after for after in RequestState if after in REQUEST_FOLLOWS[s]] for s in RequestState}),
}


def page(path: Path) -> str:
    """Return the page as it stands, with every picture drawn anew."""
    return _BLOCK.sub(lambda found: found[1] + PICTURES[found[2]] + found[3], path.read_text(encoding="utf-8"))
