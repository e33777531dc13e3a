"""`lgsp validate` as integrators use it: files, folders, pipes, both languages, and the strict form."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from lgsp.cli import app
from lgsp.stages.envelope import read
from tests.builders import a_document

if TYPE_CHECKING:
    import pytest

VARIANTS = Path(__file__).parent.parent / "samples" / "variants"
C = VARIANTS / "c_bkav_edoc.xml"


def run(*arguments: str | Path, given: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["validate", *map(str, arguments)], input=given)
    return result.exit_code, result.stdout, result.stderr


def test_a_folder_is_looked_through_and_each_file_is_a_line_of_json(tmp_path: Path) -> None:
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    shutil.copy(C, below)
    shutil.copy(VARIANTS / "f_json_status.jsonc", tmp_path)
    (tmp_path / "notes.txt").write_text("nothing to look at", encoding="utf-8")

    status, said, _ = run(tmp_path)

    assert status == 1
    found = {Path(one["file"]).name: one for one in map(json.loads, said.splitlines())}
    assert {name: (one["ok"], one["variant"]) for name, one in found.items()} == {
        "c_bkav_edoc.xml": (True, "C"),
        "f_json_status.jsonc": (False, "F"),
    }
    assert found["f_json_status.jsonc"]["problems"][0]["source"]["vi"].startswith("Quyết định 28/2018")


def test_standard_input_is_read_where_a_dash_is_named() -> None:
    status, said, _ = run("-", given=a_document())
    assert (status, json.loads(said)["file"]) == (0, "-")


def test_what_is_not_there_ends_with_2_in_both_languages() -> None:
    status, _, complaint = run("no/such/file.edxml")
    assert status == 2
    assert "không có tệp" in complaint


def test_the_strict_form_goes_out_and_the_word_about_signing_beside_it() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lgsp", "validate", "--strict-form", C], capture_output=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    assert read(done.stdout).variant == "A"
    assert b"carries no signature" in done.stderr


def test_strict_forms_of_a_folder_go_into_another(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("c_bkav_edoc.xml", "f_json_document.jsonc"):
        shutil.copy(VARIANTS / name, tmp_path / "in")

    status, said, complaint = run("--vi", "--strict-form", "--out", tmp_path / "out", tmp_path / "in")

    assert (status, said) == (0, "")
    assert "không có chữ ký số" in complaint
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"c_bkav_edoc.edxml", "f_json_document.edxml"}
    assert all(read(path.read_bytes()).variant == "A" for path in (tmp_path / "out").iterdir())


def test_files_of_one_name_do_not_overwrite_each_other(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        shutil.copy(C, tmp_path / "in" / folder)
    assert run("--strict-form", "--out", tmp_path / "out", tmp_path / "in")[0] == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"c_bkav_edoc.edxml", "c_bkav_edoc-2.edxml"}


def test_several_strict_forms_do_not_run_together() -> None:
    assert run("--strict-form", VARIANTS)[0] == 2


def test_what_nobody_can_read_has_no_strict_form(tmp_path: Path) -> None:
    (tmp_path / "x.xml").write_bytes(b"%PDF-1.4")
    status, said, complaint = run("--strict-form", tmp_path / "x.xml")
    assert (status, said) == (1, "")
    assert "x.xml" in complaint


def test_people_get_a_table_over_several_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lgsp.cli.validating.for_programs", lambda _: False)
    status, said, _ = run("--vi", C, VARIANTS / "defect_no_body.edxml")
    assert status == 1
    assert "2 tệp: 1 đạt, 1 không đạt" in said
    assert "eDoc cũ của Bkav" in said
    assert "căn cứ: Quyết định 28/2018/QĐ-TTg, Điều 9 khoản 1" in " ".join(said.split())
