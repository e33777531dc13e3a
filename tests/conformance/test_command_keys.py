"""`lgsp keys list` and `lgsp keys rotate`, as an operator runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from signing import make_certificate, write_private
from tests.keyring import an_authority
from tests.province import _authority, an_agency, make_province

if TYPE_CHECKING:
    from pathlib import Path

    from tests.province import Province

CODE = "H03.11"


@pytest.fixture
def province(tmp_path: Path) -> Province:
    made = make_province(tmp_path, [an_agency(CODE)])
    write_private(made.keys / "authority.key", _authority().key)
    return made


def lgsp(province: Province, *arguments: object) -> tuple[int, list[dict[str, Any]]]:
    command = [sys.executable, "-m", "lgsp", "keys", *map(str, arguments), "--config", str(province.config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_the_list_names_seal_connectors_and_authorities(province: Province) -> None:
    status, facts = lgsp(province, "list")
    assert status == 0
    listed = {(fact["role"], fact["name"]) for fact in facts}
    assert {("seal", "current"), ("connector", CODE), ("authority", "authority")} <= listed
    assert {fact["algorithm"] for fact in facts} == {"P-256"}
    assert all(fact["days_left"] > 700 and len(fact["fingerprint"]) == 64 for fact in facts)


def test_rotate_makes_the_next_key_which_seals_when_its_time_comes(province: Province) -> None:
    begins = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S")
    assert lgsp(province, "rotate", "--issuer", province.keys / "authority", "--begins", begins)[0] == 0
    assert lgsp(province, "rotate", "--issuer", province.keys / "authority", "--kind", "rsa-2048")[0] == 0
    seals = {fact["name"]: fact["algorithm"] for fact in lgsp(province, "list")[1] if fact["role"] == "seal"}
    assert seals == {"former": "P-256", "current": "RSA-2048", "coming": "P-256"}
    assert all(file.stat().st_mode & 0o77 == 0 for file in (province.keys.parent).rglob("*.key"))


def test_rotate_takes_a_key_made_elsewhere_if_it_belongs_to_a_believed_certificate(province: Province) -> None:
    def given(name: str, key: bytes, certificate: bytes) -> int:
        (province.folder / f"{name}.key").write_bytes(key)
        (province.folder / f"{name}.crt").write_bytes(certificate)
        files = ["--key", province.folder / f"{name}.key", "--certificate", province.folder / f"{name}.crt"]
        return lgsp(province, "rotate", *files)[0]

    made, other = (make_certificate(_authority(), name) for name in ("LGSP tỉnh", "đơn vị khác"))
    stranger = make_certificate(an_authority("CA lạ"), "LGSP tỉnh")
    assert given("mixed", other.key, made.certificate) == 1
    assert given("strange", stranger.key, stranger.certificate) == 1
    assert given("good", made.key, made.certificate) == 0
    assert lgsp(province, "rotate")[0] == 1
