"""What is written for people agrees with the code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Status
from lgsp.model.envelope import Kind
from lgsp.transport.topology import BUS_RIGHTS, rights
from tests.conformance.reference import PAGES, ROOT

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
RECORDS = sorted(ROOT.glob("docs/decisions/[0-9]*.md"))
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)\s]+)?\)")


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_reference_page_says_what_the_code_says(page: Path) -> None:
    assert page.read_text(encoding="utf-8") == PAGES[page](), "stale: `make format` makes it anew"


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = [link for link, _ in _LINK.findall(document.read_text(encoding="utf-8")) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_name)
def test_every_make_command_that_is_named_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|\$ )make ([a-z]+)", document.read_text(encoding="utf-8")))
    assert named <= targets


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs/README.md"
    linked = {(index.parent / link).resolve() for link, _ in _LINK.findall(index.read_text(encoding="utf-8"))}
    pages = {page for page in ROOT.glob("docs/**/*.md") if page.parent.name != "decisions"} - {index}
    assert pages <= linked


def test_every_decision_is_in_the_list() -> None:
    listed = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    assert [record.name for record in RECORDS if f"({record.name})" not in listed] == []


@pytest.mark.parametrize("record", RECORDS, ids=_name)
def test_a_decision_says_why_what_follows_and_which_test_holds_it(record: Path) -> None:
    written = record.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", written, re.MULTILINE) == ["Context", "Decision", "Consequences", "Held by"]
    holders = re.findall(r"`((?:tests|\.ci)/[\w./-]+|pyproject\.toml|Makefile)`", written.partition("## Held by")[2])
    assert holders, "name the test, or the contract in `pyproject.toml`"
    assert [holder for holder in holders if not (ROOT / holder).exists()] == []


def test_the_glossary_has_every_kind_and_every_status_of_a_delivery() -> None:
    glossary = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
    assert [word for word in (*Kind, *Status) if f"`{word}`" not in glossary] == []


def test_the_rights_on_the_broker_are_those_that_the_code_needs() -> None:
    written = (ROOT / "docs/how-to/install.md").read_text(encoding="utf-8")
    given = re.findall(r"set_permissions -p lgsp (\S+) '(.+)' '(.+)' '(.+)'$", written, re.MULTILINE)
    assert [(user, *patterns) for user, *patterns in given] == [
        (user, needed.configure, needed.write, needed.read)
        for user, needed in (("lgsp", BUS_RIGHTS), ("000.00.11.H03", rights(AgencyCode("000.00.11.H03"))))
    ]
