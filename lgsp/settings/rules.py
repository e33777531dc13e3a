"""The rules of the exchange."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, NonNegativeInt, PositiveFloat, PositiveInt

from lgsp.settings.values import Section

_MEGABYTE = 1024 * 1024


class RulesSection(Section):
    """Which rules are asked, and what their objections lead to."""

    #: By name of the rule; a rule that is not here has the mode it comes with.
    modes: dict[str, Literal["refuse", "remark", "off"]] = Field(default_factory=dict)
    #: How old what a process knows of overruled refusals may be.
    overrules_refresh_seconds: PositiveFloat = 5
    #: Codes of the Government and the Prime Minister, to whom paper goes too (QĐ 28/2018/QĐ-TTg, Điều 7(2)(a));
    #: `*` and `?` stand for any part of one.
    paper_government: tuple[str, ...] = ("000.00.00.G22", "G22")
    #: Names of the types of documents that go on paper too by decision of the head, (b).
    paper_types: tuple[str, ...] = ()
    #: The largest attachment, and how many a document may have.
    file_limit_bytes: PositiveInt = 50 * _MEGABYTE
    files_limit: PositiveInt = 100
    #: Kinds of files that travel unremarked, by content; none named: all.
    file_kinds: tuple[str, ...] = (
        *("pdf", "ole", "ooxml", "odf", "rtf", "text", "xml", "html"),
        *("png", "jpeg", "tiff", "gif", "bmp", "zip"),
    )
    #: Entries of an archive, octets of all of them unpacked, how much larger than packed one may be, and how many
    #: archives may stand in one another.
    archive_entries_limit: Annotated[int, Field(ge=1, le=65_535)] = 1000
    archive_size_limit_bytes: PositiveInt = 128 * _MEGABYTE
    archive_ratio_limit: PositiveInt = 100
    archive_nesting_limit: NonNegativeInt = 0
    #: What rules from other packages are told, a table a rule. Shape: the rule's own.
    options: dict[str, dict[str, Any]] = Field(default_factory=dict)
