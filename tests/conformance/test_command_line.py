"""The command line as people and scripts use it: real processes, real files."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer.main
from typer.testing import CliRunner

from lgsp.assembly import Assembly
from lgsp.cli import app
from lgsp.cli.tracing import trace
from lgsp.model.agency import Agency
from lgsp.model.delivery import Handover, Status
from lgsp.output import console
from lgsp.settings import load
from lgsp.store import Ledger, open_engine, upgrade
from lgsp.store.engine import commit
from signing import EDXML_RULES, Authorities, Result, make_authority, make_certificate, verify, write_private
from tests.builders import SENT, a_document
from tests.dispatches import RECIPIENT, a_dispatch, an_outcome
from tests.soap import served

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from typer._click.core import Command  # typer carries its own click

    from lgsp.model.delivery import Dispatch

SAMPLES = Path(__file__).parent.parent / "samples"
BAD = {"document_new_signed_tampered.edxml"}


def lgsp(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lgsp", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def commands(group: Command, name: str = "lgsp") -> Iterator[tuple[str, Command]]:
    below = getattr(group, "commands", {})
    for word, command in below.items():
        yield from commands(command, f"{name} {word}")
    if not below:
        yield name, group


COMMANDS = dict(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    assert f"{name}" in (COMMANDS[name].help or "").replace("\n", " ")


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*.edxml")), ids=lambda path: path.name)
def test_validate_ends_with_1_only_for_what_is_not_good(sample: Path) -> None:
    result = CliRunner().invoke(app, ["validate", str(sample)])

    said = json.loads(result.stdout)
    assert said["ok"] is (sample.name not in BAD)
    assert result.exit_code == (1 if sample.name in BAD else 0)


def test_validate_names_element_line_and_cure_in_the_language_asked_for(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.edxml"
    wrong.write_bytes(a_document(number="123456789012"))

    result = CliRunner().invoke(app, ["validate", str(wrong)])

    problem = json.loads(result.stdout)["problems"][0]
    assert result.exit_code == 1
    assert problem["element"].endswith("Code/CodeNumber")
    assert problem["line"] > 0
    assert problem["expected"]["vi"] != problem["expected"]["en"]


def test_what_sign_signs_is_valid_and_unchanged_outside_the_signature(tmp_path: Path) -> None:
    authority = make_authority("CA")
    made = make_certificate(authority, "Sở mẫu")
    write_private(tmp_path / "me.key", made.key)
    (tmp_path / "me.crt").write_bytes(made.certificate)
    plain, signed = tmp_path / "plain.edxml", tmp_path / "signed.edxml"
    plain.write_bytes(a_document())

    done = lgsp("sign", plain, "--key", tmp_path / "me.key", "--cert", tmp_path / "me.crt", "--out", signed)

    assert done.returncode == 0, done.stderr
    from lgsp.stages.envelope import read  # noqa: PLC0415

    envelope = read(signed.read_bytes())
    (tmp_path / "ca.crt").write_bytes(authority.certificate)
    verdict = verify(envelope.tree, EDXML_RULES, Authorities.load([tmp_path / "ca.crt"]), SENT.replace(year=2099))  # type: ignore[arg-type]
    assert verdict.result is Result.VALID
    start = signed.read_bytes().index(b"<Signature")
    end = signed.read_bytes().index(b"</Signature>") + len(b"</Signature>")
    assert signed.read_bytes()[:start] + signed.read_bytes()[end:] == plain.read_bytes()


def test_keys_are_made_for_this_user_alone_and_never_overwritten(tmp_path: Path) -> None:
    made = lgsp("keys", "new", "authority", "--folder", tmp_path)
    again = lgsp("keys", "new", "authority", "--folder", tmp_path)

    assert made.returncode == 0, made.stderr
    assert (tmp_path / "authority.key").stat().st_mode & 0o077 == 0
    assert again.returncode == 1
    assert "LGSP-3000" in again.stderr


def test_a_wrong_key_in_the_configuration_is_named_in_both_languages(tmp_path: Path) -> None:
    config = tmp_path / "lgsp.toml"
    config.write_text("[store]\nurll = 'x'\n", encoding="utf-8")

    done = lgsp("check", "--config", config)

    assert done.returncode == 1
    assert "[store] urll" in done.stderr
    assert "Cấu hình chưa đúng" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_demonstration_does_the_main_job_and_says_where_to_look_next(tmp_path: Path) -> None:
    done = lgsp("demo", "--folder", tmp_path / "demo")

    assert done.returncode == 0, done.stdout + done.stderr
    for sentence in (
        "first receipt, byte for byte: yes",
        "LGSP-1300",
        "every octet as it was sent: yes",
        "one-stop.dossier: 000.00.12.H03 -> 000.00.00.G15: delivered",
        "statuses came back to the sender",
        "one-stop.progress, state 9: 000.00.00.G15 -> 000.00.12.H03: delivered",
        "The ministry's progress on the dossier reached the one-stop system: state 4 (Đang thẩm định), then state 9",
        "Where to look next",
    ):
        assert sentence in done.stdout
    assert '"level":"error"' not in (tmp_path / "demo" / "serve.log").read_text(encoding="utf-8")


def test_a_store_without_tables_is_named_with_its_cure(tmp_path: Path) -> None:
    config = tmp_path / "lgsp.toml"
    config.write_text('[store]\nurl = "sqlite:///empty.db"\n', encoding="utf-8")

    done = lgsp("agency", "list", "--config", config)

    assert done.returncode == 1
    assert "lgsp db upgrade" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "intake", "relay", "courier", "check"])
def test_a_store_that_is_not_of_this_version_is_named_and_not_made_by_looking(tmp_path: Path, command: str) -> None:
    config = tmp_path / "lgsp.toml"
    config.write_text('[store]\nurl = "sqlite:///empty.db"\n[log]\nlevel = "error"\n', encoding="utf-8")

    done = lgsp(command, "--config", config)

    assert done.returncode == 1
    assert "lgsp db upgrade" in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "empty.db").exists()
    if command == "check":
        store = next(fact for fact in map(json.loads, done.stdout.splitlines()) if fact.get("part") == "store")
        assert store["works"] is False


def test_a_store_of_another_version_is_refused(tmp_path: Path) -> None:
    config = ready(tmp_path)
    engine = open_engine(f"sqlite:///{tmp_path / 'lgsp.db'}")
    commit(engine, lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()

    done = lgsp("relay", "--config", config)

    assert done.returncode == 1
    assert "0000" in done.stderr
    assert "started" not in done.stderr


def test_a_courier_for_an_unknown_agency_says_so(tmp_path: Path) -> None:
    done = lgsp("courier", "000.00.99.H03", "--config", ready(tmp_path))

    assert done.returncode == 1
    assert "000.00.99.H03" in done.stderr
    assert "started" not in done.stderr


@pytest.mark.parametrize("command", ["serve", "intake"])
def test_a_door_without_keys_does_not_say_that_it_started(tmp_path: Path, command: str) -> None:
    done = lgsp(command, "--config", ready(tmp_path))

    assert done.returncode == 1
    assert "authority.crt" in done.stderr
    assert '"started"' not in done.stderr


@pytest.mark.parametrize("command", ["serve", "intake"])
def test_a_door_whose_port_is_taken_does_not_say_that_it_started(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        done = lgsp(command, "--config", ready(tmp_path, f'[http]\nbind = "{bind}"\n', keys=True))

    assert done.returncode == 1
    assert bind in done.stderr
    assert '"started"' not in done.stderr
    assert "Traceback" not in done.stderr


def ready(folder: Path, more: str = "", *, keys: bool = False) -> Path:
    """Return a configuration beside a store with all tables and, if wanted, the bus's keys."""
    section = '[keys]\nseal_key = "bus.key"\nseal_certificate = "bus.crt"\n[trust]\nauthorities = ["authority.crt"]\n'
    config = folder / "lgsp.toml"
    config.write_text(f'[store]\nurl = "sqlite:///lgsp.db"\n{section}{more}', encoding="utf-8")
    engine = open_engine(f"sqlite:///{folder / 'lgsp.db'}")
    upgrade(engine)
    engine.dispose()
    if keys:
        authority = make_authority("CA")
        made = make_certificate(authority, "trục")
        write_private(folder / "bus.key", made.key)
        (folder / "bus.crt").write_bytes(made.certificate)
        (folder / "authority.crt").write_bytes(authority.certificate)
    return config


def keep_delivered(folder: Path, dispatches: Sequence[Dispatch], reference: str = "") -> None:
    engine = open_engine(f"sqlite:///{folder / 'lgsp.db'}")
    ledger = Ledger(engine)
    ledger.accept(dispatches)
    for status in (Status.QUEUED, Status.DELIVERED):
        handover = Handover(reference=reference) if status is Status.DELIVERED else None
        ledger.record([an_outcome((one, RECIPIENT), status, handover=handover) for one in dispatches])
    engine.dispose()


def test_inbox_saves_all_that_waits_not_a_first_page_alone(tmp_path: Path) -> None:
    config = ready(tmp_path, keys=True)
    keep_delivered(tmp_path, [a_dispatch() for _ in range(103)])
    assembly = Assembly(load(config))
    assembly.directory.add(Agency(code=RECIPIENT, name="Sở mẫu"))
    secret = tmp_path / "secret"
    secret.write_text(assembly.directory.give_secret(RECIPIENT)[1], encoding="utf-8")
    with served(assembly.soap) as url:
        call = ["inbox", RECIPIENT, "--secret", str(secret), "--url", url]
        listed = CliRunner().invoke(app, call)
        saved = CliRunner().invoke(app, [*call, "--save", str(tmp_path / "in")])
        after = CliRunner().invoke(app, call)
    assembly.close()

    assert len(listed.stdout.splitlines()) == len(saved.stdout.splitlines()) == 103
    assert len(list((tmp_path / "in").iterdir())) == 103
    assert after.stdout == ""


def test_trace_shows_people_where_each_delivery_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ready(tmp_path)
    dispatch = a_dispatch()
    keep_delivered(tmp_path, [dispatch], "HS-2026/77")
    monkeypatch.setattr("lgsp.cli.tracing.for_programs", lambda _: False)  # somebody is looking

    with console.capture() as shown:
        trace(dispatch.id, config)

    said = shown.get()
    row = next(line for line in said.splitlines() if "HS-2026/77" in line)
    assert RECIPIENT in row
    assert "delivered" in row
    assert "1" in row.replace(RECIPIENT, "").replace("HS-2026/77", "")


@pytest.mark.parametrize("url", ["127.0.0.1:18081", "ftp://x", "http://", "http://x:port", "http://[::1"])
def test_an_address_that_is_no_web_address_is_refused(tmp_path: Path, url: str) -> None:
    (tmp_path / "secret").write_text("s", encoding="utf-8")

    done = lgsp("inbox", "H03.12", "--secret", tmp_path / "secret", "--url", url)

    assert done.returncode == 1
    assert "http://host:port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bus_that_does_not_answer_is_not_called_a_queue(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s", encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    done = lgsp("inbox", "H03.12", "--secret", tmp_path / "secret", "--url", f"http://127.0.0.1:{port}")

    assert done.returncode == 1
    assert "LGSP-2000" in done.stderr
    assert "a bus that answers" in done.stderr


@pytest.mark.parametrize(
    ("certificate", "out", "code"),
    [("me", "/no/such/folder/x", "LGSP-3000"), ("other", "signed.edxml", "LGSP-1300")],
)
def test_sign_says_what_stood_in_its_way(tmp_path: Path, certificate: str, out: str, code: str) -> None:
    authority = make_authority("CA")
    for name in ("me", "other"):
        made = make_certificate(authority, name)
        write_private(tmp_path / f"{name}.key", made.key)
        (tmp_path / f"{name}.crt").write_bytes(made.certificate)
    plain = tmp_path / "plain.edxml"
    plain.write_bytes(a_document())

    done = lgsp(
        "sign", plain, "--key", tmp_path / "me.key", "--cert", tmp_path / f"{certificate}.crt", "--out", tmp_path / out
    )

    assert done.returncode == 1
    assert code in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "signed.edxml").exists()


def test_only_an_authority_issues_certificates(tmp_path: Path) -> None:
    make = ("keys", "new", "--folder", tmp_path)
    lgsp(*make, "authority")
    issued = lgsp(*make, "bus", "--issuer", tmp_path / "authority")
    refused = lgsp(*make, "under-bus", "--issuer", tmp_path / "bus")

    assert issued.returncode == 0, issued.stderr
    assert refused.returncode == 1
    assert "authority" in refused.stderr
    assert not (tmp_path / "under-bus.key").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "/x", "..", "."])
def test_a_key_has_a_name_and_not_a_path(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "keys"

    done = lgsp("keys", "new", name, "--folder", folder)

    assert done.returncode == 1
    assert "a name, not a path" in done.stderr
    assert sorted(tmp_path.iterdir()) == []
