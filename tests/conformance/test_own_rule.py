"""Rules keep their contract: ours, and the one of a stranger, as the how-to prints it."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
import tomllib
from typing import TYPE_CHECKING

import pytest

from lgsp.policies import ruled
from lgsp.sdk.rules import PolicyContract
from lgsp.sdk.writing import File
from lgsp.settings.rules import RulesSection
from lgsp.stages.policy import NoPrograms, NoStateSecrets, PaperHasReason, RefusalSaysWhy
from tests.builders import a_document, a_message, a_status
from tests.conformance.reference import ROOT
from tests.unit.test_policies_and_routing import believed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from lgsp.sdk.rules import Policy, Verified

PAGE = ROOT / "docs/how-to/write-a-rule.md"
_BLOCK = re.compile(r"^```(?:python|toml)\n# ([\w.]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a folder as an installed package looks: the printed files, and what an installer writes beside them."""
    files = dict(_BLOCK.findall(PAGE.read_text(encoding="utf-8")))
    for name, content in files.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    project = tomllib.loads(files["pyproject.toml"])["project"]
    installed = tmp_path / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8")
    points = "\n".join(f"{name} = {value}" for name, value in project["entry-points"]["lgsp.policies"].items())
    (installed / "entry_points.txt").write_text(f"[lgsp.policies]\n{points}\n", encoding="utf-8")
    return tmp_path


def run(package: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=package, env={"PYTHONPATH": str(package)}, capture_output=True, text=True,
        timeout=100, check=False,
    )  # fmt: skip


def test_the_rule_that_the_page_prints_keeps_the_contract(package: Path) -> None:
    result = run(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "test_tinh_rules.py")
    assert re.search(r"^3 passed", result.stdout, re.MULTILINE), result.stdout


def test_the_bus_finds_it_with_the_mode_and_the_options_that_the_page_prints(package: Path) -> None:
    script = textwrap.dedent("""
        from pathlib import Path
        from lgsp.policies import ruled
        from lgsp.settings import load
        rule = {rule.name: rule for rule in ruled(load(Path("lgsp.toml")).rules)}["answer-cites"]
        print(rule.mode, rule.policy._words[2])
    """)
    result = run(package, "-c", script)
    assert result.stdout == "refuse v/v trả lời\n", result.stderr


class _Ours(PolicyContract):
    def good(self) -> Iterable[Verified]:
        return [believed(a_document()), believed(a_status()), believed(a_message())]


class TestNoStateSecrets(_Ours):
    def rule(self) -> Policy:
        return NoStateSecrets()

    def bad(self) -> Iterable[Verified]:
        return [believed(a_document(subject="Tối mật"))]


class TestPaperHasReason(_Ours):
    def rule(self) -> Policy:
        return PaperHasReason()

    def bad(self) -> Iterable[Verified]:
        return [believed(a_document(paper=True))]


class TestNoPrograms(_Ours):
    def rule(self) -> Policy:
        return NoPrograms()

    def bad(self) -> Iterable[Verified]:
        return [believed(a_document(attachments=[File(name="a.pdf", content=b"MZ", content_id="1")]))]


class TestRefusalSaysWhy(_Ours):
    def rule(self) -> Policy:
        return RefusalSaysWhy()

    def bad(self) -> Iterable[Verified]:
        return [believed(a_status(code="02"))]


@pytest.mark.parametrize("rule", ruled(RulesSection()), ids=lambda rule: rule.name)
def test_every_rule_that_is_installed_says_its_sentence_and_source_in_both_languages(rule: object) -> None:
    policy = rule.policy  # type: ignore[attr-defined]  # pytest hands over what it was given

    class Asked(_Ours):
        def rule(self) -> Policy:
            return policy  # type: ignore[no-any-return]

    Asked().test_it_says_what_it_demands_and_where_that_is_written_in_both_languages()
    Asked().test_it_is_silent_about_what_is_good_each_time_it_is_asked()


def test_two_rules_of_one_name_are_told_before_anybody_is_judged_by_either(package: Path) -> None:
    (points,) = package.glob("*.dist-info/entry_points.txt")
    points.write_text("[lgsp.policies]\nstate-secrets = tinh_rules:AnswerCites\n", encoding="utf-8")
    script = "from lgsp.policies import ruled; from lgsp.settings import Settings; ruled(Settings().rules)"
    result = run(package, "-c", script)
    assert "lgsp.policies state-secrets" in result.stderr
