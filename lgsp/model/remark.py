"""What rules say of a document: an objection refuses it, or is a remark that stops nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lgsp.model.errors import Problem


class Mode(StrEnum):
    """What an objection of a rule leads to."""

    REFUSE = "refuse"
    REMARK = "remark"  # the document goes its way, and the objection is told
    OFF = "off"  # the rule is not asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """An objection that let the document pass; told in the receipt, in the answer and in the trace."""

    #: Who remarks: the name of a rule of the exchange, or of the stage that noticed it.
    rule: str
    problem: Problem
