"""The house rules that no linter knows."""

from __future__ import annotations

import re
import tomllib
from itertools import chain

import pytest

from tests.conformance.reference import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^A-Za-z0-9_.-]", requirement)[0].lower() for requirement in requirements}


def _pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_file_names_packages_and_no_place(lock: object) -> None:
    written = (ROOT / str(lock)).read_text(encoding="utf-8")
    assert not re.search(r"://|^-|file:|/tmp|/home", written, re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_locked_package_has_its_hashes(lock: object) -> None:
    written = (ROOT / str(lock)).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z0-9])", written, flags=re.MULTILINE)[1:]
    assert blocks
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_locks_hold_every_dependency_and_agree() -> None:
    runtime, build = _pins("requirements.lock"), _pins("requirements-build.lock")
    development = _pins("requirements-dev.lock")
    groups = PROJECT["dependency-groups"]
    assert _names(PROJECT["project"]["dependencies"]) <= runtime.keys()
    assert _names(groups["build"]) <= build.keys()
    assert _names(groups["dev"]) <= development.keys()
    assert runtime.items() | build.items() <= development.items()


def test_the_contract_on_words_names_every_dependency() -> None:
    contracts = {contract["name"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
    words = contracts["The words and the face need no third party"]
    modules = {name.replace("-", "_") for name in _names(PROJECT["project"]["dependencies"])}
    assert set(words["forbidden_modules"]) == modules


def test_every_contract_says_what_to_do_instead() -> None:
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    assert [contract["name"] for contract in contracts if not contract.get("broken_contract_guidance")] == []


def test_every_dependency_has_its_sentence() -> None:
    record = (ROOT / "docs/decisions/0002-dependencies.md").read_text(encoding="utf-8")
    groups, extras = PROJECT["dependency-groups"], PROJECT["project"]["optional-dependencies"]
    wanted = _names([*PROJECT["project"]["dependencies"], *chain(*extras.values()), *groups["build"], *groups["dev"]])
    assert wanted == set(re.findall(r"^\| `([a-z0-9-]+)` \|", record, re.MULTILINE))
