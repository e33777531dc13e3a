"""The changelog, the version and the list of releases say the same."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.upgrades.releases import ROOT, Release, releases

_SECTIONS = re.findall(r"^## (\S+), (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
_VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_every_release_in_the_changelog_is_in_the_list_and_every_one_in_the_list_was_told() -> None:
    told = [(version, said) for version, said in reversed(_SECTIONS) if said != "not released yet"]
    assert [(release.version, release.date.isoformat()) for release in releases()] == told


def test_what_is_being_made_is_newer_than_every_release_and_stands_on_top_of_the_changelog() -> None:
    assert _SECTIONS[0] == (_VERSION, "not released yet")
    assert all(_numbers(release.version) < _numbers(_VERSION) for release in releases())


@pytest.mark.parametrize("release", releases(), ids=lambda release: release.version)
def test_a_release_is_a_commit_whose_store_stands_where_the_list_says(release: Release) -> None:
    assert release.revisions()[-1] == release.revision


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
