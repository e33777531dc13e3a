"""Registering agencies as an operator does it: one command, and either all of it or nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from lgsp.cli import app
from lgsp.model.agency import Agency, AgencyCode
from lgsp.model.errors import Misconfigured
from lgsp.store import Directory, open_engine, upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from typer.testing import Result

CODE, OTHER = AgencyCode("000.00.11.H03"), AgencyCode("000.00.12.H03")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "lgsp.toml"
    path.write_text('[store]\nurl = "sqlite:///lgsp.db"\n', encoding="utf-8")
    engine = open_engine(f"sqlite:///{tmp_path / 'lgsp.db'}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def directory(config: Path) -> Iterator[Directory]:
    engine = open_engine(f"sqlite:///{config.parent / 'lgsp.db'}")
    yield Directory(engine, refresh_seconds=0)
    engine.dispose()


@pytest.fixture
def agency(config: Path) -> Callable[..., Result]:
    def run(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["agency", *map(str, arguments), "--config", str(config)])

    return run


def _certificate(folder: Path, key: Any, days: int = 30) -> Path:
    now = datetime.now(UTC)
    start, end = now - timedelta(days=60), now + timedelta(days=days)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Sở")])
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, start, end).sign(key, hashes.SHA256())
    path = folder / "agency.crt"
    path.write_bytes(made.public_bytes(Encoding.PEM))
    return path


def _good(folder: Path) -> Path:
    return _certificate(folder, ec.generate_private_key(ec.SECP256R1()))


def test_a_known_agency_is_not_added_again_and_keeps_its_secret(
    agency: Callable[..., Result], directory: Directory
) -> None:
    secret = json.loads(agency("add", CODE, "Sở mẫu").stdout)["secret"]

    again = agency("add", CODE, "Tên khác")

    assert again.exit_code == 1
    assert "lgsp agency change" in again.stderr
    assert directory.caller(CODE, secret) == CODE
    assert directory.agencies()[0].name == "Sở mẫu"


def test_change_leaves_alone_what_is_not_given(
    agency: Callable[..., Result], directory: Directory, tmp_path: Path
) -> None:
    options = tmp_path / "folder.toml"
    options.write_text(f'incoming = "{tmp_path}"\n', encoding="utf-8")
    secret = json.loads(agency("add", CODE, "Sở mẫu", "--adapter", "folder", "--options", options).stdout)["secret"]
    before = directory.agencies()[0]

    changed = agency("change", CODE, "--name", "Tên mới", "--certificate", _good(tmp_path))

    assert changed.exit_code == 0, changed.output
    assert "secret" not in json.loads(changed.stdout)
    assert before.options == {"incoming": str(tmp_path)}
    assert directory.agencies() == [replace(before, name="Tên mới")]
    assert directory.caller(CODE, secret) == CODE


def test_a_new_secret_is_made_only_when_asked_for(agency: Callable[..., Result], directory: Directory) -> None:
    former = json.loads(agency("add", CODE, "Sở mẫu").stdout)["secret"]

    made = json.loads(agency("secret", CODE).stdout)

    assert directory.caller(made["system_id"], made["secret"]) == CODE
    assert directory.caller(CODE, former) is None


@pytest.mark.parametrize("command", [("change", CODE), ("secret", CODE)])
def test_an_unknown_agency_is_neither_changed_nor_given_a_secret(
    agency: Callable[..., Result], directory: Directory, command: tuple[str, ...]
) -> None:
    refused = agency(*command)

    assert refused.exit_code == 1
    assert CODE in refused.stderr
    assert not directory.agencies()


def _weak(folder: Path) -> Path:
    return _certificate(folder, rsa.generate_private_key(public_exponent=65_537, key_size=1024))


def _odd_curve(folder: Path) -> Path:
    return _certificate(folder, ec.generate_private_key(ec.SECP256K1()))


def _expired(folder: Path) -> Path:
    return _certificate(folder, ec.generate_private_key(ec.SECP256R1()), days=-1)


def _no_certificate(folder: Path) -> Path:
    (folder / "agency.crt").write_bytes(b"\xff\x00 not a certificate")
    return folder / "agency.crt"


@pytest.mark.parametrize("made", [_weak, _odd_curve, _expired, _no_certificate, lambda folder: folder])
def test_a_certificate_that_cannot_serve_is_named_and_nothing_is_written(
    agency: Callable[..., Result], directory: Directory, tmp_path: Path, made: Callable[[Path], Path]
) -> None:
    path = made(tmp_path)

    refused = agency("add", CODE, "Sở mẫu", "--certificate", path)

    assert refused.exit_code == 1
    assert f"LGSP-3000 The configuration is not right.\n  {path}" in refused.stderr
    assert not directory.agencies()


def test_a_certificate_of_another_agency_leaves_nothing_behind(
    agency: Callable[..., Result], directory: Directory, tmp_path: Path
) -> None:
    path = _good(tmp_path)
    agency("add", OTHER, "Sở khác", "--certificate", path)

    refused = agency("add", CODE, "Sở mẫu", "--certificate", path)

    assert refused.exit_code == 1
    assert OTHER in refused.stderr
    assert [one.code for one in directory.agencies()] == [OTHER]


def test_the_store_itself_writes_all_of_a_registration_or_nothing(directory: Directory, tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate(_good(tmp_path).read_bytes())
    directory.register(Agency(code=OTHER, name="Sở khác"), [certificate])

    with pytest.raises(Misconfigured):
        directory.register(Agency(code=CODE, name="Sở mẫu"), [certificate], with_secret=True)

    assert directory.find(CODE) is None


@pytest.mark.parametrize("parent", [OTHER, CODE])
def test_the_body_above_must_be_registered(
    agency: Callable[..., Result], directory: Directory, parent: AgencyCode
) -> None:
    refused = agency("add", CODE, "Sở mẫu", "--parent", parent)

    assert refused.exit_code == 1
    assert parent in refused.stderr
    assert not directory.agencies()


def test_options_that_are_not_toml_are_named(agency: Callable[..., Result], tmp_path: Path) -> None:
    wrong = tmp_path / "options.toml"
    wrong.write_bytes(b"\xff = ")

    refused = agency("add", CODE, "Sở mẫu", "--options", wrong)

    assert refused.exit_code == 1
    assert str(wrong) in refused.stderr
