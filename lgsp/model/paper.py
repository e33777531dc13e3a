"""Why a paper copy goes beside an electronic document (QĐ 28/2018/QĐ-TTg, Điều 5(3) and 7(2))."""

from __future__ import annotations

from enum import StrEnum


class PaperReason(StrEnum):
    """The class of the reason, as reports count it. Without paper there is none."""

    GOVERNMENT = "government"  # Điều 7(2)(a): to the Government or the Prime Minister, by their working rules
    LIST = "list"  # Điều 7(2)(b): of a type that the head of the ministry or province put on a list
    ON_REQUEST = "on-request"  # the sender wrote a reason of its own
    NONE = "none"  # no reason was given
