"""What is worth telling about a document and stops nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lgsp.model.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """An objection that let the document pass; told in the receipt, in the answer and in the trace."""

    #: Who remarks: the name of a rule of the exchange, or of the stage that noticed it.
    rule: str
    problem: Problem
