"""The rules of the exchange."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from lgsp.settings.values import Section


class RulesSection(Section):
    """Which rules are asked, and what their objections lead to."""

    #: By name of the rule; a rule that is not here has the mode it comes with.
    modes: dict[str, Literal["refuse", "remark", "off"]] = Field(default_factory=dict)
    #: Codes of the Government and the Prime Minister, to whom paper goes too (QĐ 28/2018/QĐ-TTg, Điều 7(2)(a));
    #: `*` and `?` stand for any part of one.
    paper_government: tuple[str, ...] = ("000.00.00.G22", "G22")
    #: Names of the types of documents that go on paper too by decision of the head, (b).
    paper_types: tuple[str, ...] = ()
    #: What rules from other packages are told, a table a rule. Shape: the rule's own.
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
