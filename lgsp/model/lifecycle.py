"""What may become of a document in its recipient's hands: the business axis, and what its sender asks for afterwards.

Beside `delivery.FOLLOWS`, which says where a delivery stands, these tables are the whole lifecycle; the picture in
docs/explanation/lifecycle.md is made from them. Nothing here is an error: real systems skip states, repeat them, and
tell them out of order. What may not follow is kept as a report and changes nothing.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lgsp.model.delivery import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Business(StrEnum):
    """The business status of one document at one recipient, as edXML writes it; words of QĐ 28/2018 Art. 10(2)(i)."""

    ARRIVED = "01"  # đã đến
    RETURNED = "02"  # từ chối nhận (trả lại)
    REGISTERED = "03"  # đã tiếp nhận
    ASSIGNED = "04"  # đã chuyển xử lý
    PROCESSING = "05"  # đang xử lý
    FINISHED = "06"  # đã hoàn thành
    ASKED_BACK = "13"  # the sender asks for it back
    AGREED = "15"  # the recipient agrees to a recall, an update or a replacement
    DECLINED = "16"  # the recipient does not agree


_B: Final = Business

#: What may follow what, on two strands that never touch: how far the recipient is with the document, and what it
#: says to being asked for it. Each strand only grows, so that reports in any order lead to the same end.
BUSINESS_FOLLOWS: Final[Mapping[Business | None, frozenset[Business]]] = MappingProxyType(
    {
        None: frozenset(Business),
        _B.ARRIVED: frozenset({_B.REGISTERED, _B.ASSIGNED, _B.PROCESSING, _B.FINISHED, _B.RETURNED}),
        _B.REGISTERED: frozenset({_B.ASSIGNED, _B.PROCESSING, _B.FINISHED, _B.RETURNED}),
        _B.ASSIGNED: frozenset({_B.PROCESSING, _B.FINISHED, _B.RETURNED}),
        _B.PROCESSING: frozenset({_B.FINISHED, _B.RETURNED}),
        _B.FINISHED: frozenset({_B.RETURNED}),  # the sender must learn of a return, however late it is told
        _B.RETURNED: frozenset(),
        _B.ASKED_BACK: frozenset({_B.AGREED, _B.DECLINED}),
        _B.DECLINED: frozenset({_B.AGREED}),
        _B.AGREED: frozenset(),
    }
)

#: The strand of being asked; every other status is progress.
ASKING: Final = frozenset({_B.ASKED_BACK, _B.AGREED, _B.DECLINED})

#: What a status says of the delivery: whoever works on a document has it, and whoever returns it does not want it.
TELLS: Final[Mapping[Business, Status]] = MappingProxyType(
    {
        **dict.fromkeys((_B.ARRIVED, _B.REGISTERED, _B.ASSIGNED, _B.PROCESSING, _B.FINISHED), Status.TAKEN),
        **dict.fromkeys((_B.AGREED, _B.DECLINED), Status.TAKEN),
        _B.RETURNED: Status.REFUSED,
    }
)


def furthest(before: Business | None, codes: Iterable[Business]) -> Business | None:
    """Return where one strand stands after these reports, in whatever order they came."""
    for code in codes:
        if code in BUSINESS_FOLLOWS[before]:
            before = code
    return before


class RequestKind(StrEnum):
    """What a sender asks about a document that it has sent.

    Both carriers lead here: a document that says so (`BussinessDocType` 1, 2, 3) and, for a recall, a status 13.
    """

    RECALL = "recall"
    UPDATE = "update"
    REPLACE = "replace"


class RequestState(StrEnum):
    """Where a request stands with one recipient."""

    WITHDRAWN = "withdrawn"  # the recipient had not picked the document up, and never will
    PENDING = "pending"  # the recipient has the document, and the request is on its way or with it
    AGREED = "agreed"  # answered with 15
    REFUSED = "refused"  # answered with 16
    NO_ANSWER = "no-answer"  # not answered in the set time


_R: Final = RequestState

#: What may follow what. An answer counts however late it comes; who agreed at last has agreed.
REQUEST_FOLLOWS: Final[Mapping[RequestState, frozenset[RequestState]]] = MappingProxyType(
    {
        _R.WITHDRAWN: frozenset({_R.PENDING}),  # a courier had been on its way: the recipient has it after all
        _R.PENDING: frozenset({_R.AGREED, _R.REFUSED, _R.NO_ANSWER}),
        _R.NO_ANSWER: frozenset({_R.AGREED, _R.REFUSED}),
        _R.REFUSED: frozenset({_R.AGREED}),
        _R.AGREED: frozenset(),
    }
)

#: Which status answers a request, and with what.
ANSWERS: Final[Mapping[Business, RequestState]] = MappingProxyType({_B.AGREED: _R.AGREED, _B.DECLINED: _R.REFUSED})
