"""The how-to on xmlsec1 is executed as it is printed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from signing import EDXML_RULES, Authorities, KeyKind, Result, make_authority, make_certificate, verify
from tests.builders import a_document
from tests.conformance.reference import ROOT

if TYPE_CHECKING:
    from pathlib import Path

RECIPE = (ROOT / "docs/how-to/sign-with-xmlsec1.md").read_text(encoding="utf-8")

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not (shutil.which("xmlsec1") or os.environ.get("CI")), reason="xmlsec1 is not installed"),
]


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", RECIPE, re.MULTILINE | re.DOTALL)


def test_what_the_recipe_signs_is_valid_here_and_there(tmp_path: Path) -> None:
    authority = make_authority("Authority")
    mine = make_certificate(authority, "UBND tỉnh", kind=KeyKind.RSA_2048)
    (tmp_path / "authority.crt").write_bytes(authority.certificate)
    (tmp_path / "me.key").write_bytes(mine.key)
    (tmp_path / "me.crt").write_bytes(mine.certificate)
    (tmp_path / "document.edxml").write_bytes(a_document())
    (tmp_path / "signature.xml").write_text(_blocks("xml")[0], encoding="utf-8")

    for command in _blocks("bash"):
        subprocess.run(["bash", "-euc", command], cwd=tmp_path, check=True)

    root = etree.parse(tmp_path / "signed.edxml").getroot()
    verdict = verify(root, EDXML_RULES, Authorities.load([tmp_path / "authority.crt"]), datetime.now(UTC))
    assert (verdict.result, verdict.trusted) == (Result.VALID, True)
