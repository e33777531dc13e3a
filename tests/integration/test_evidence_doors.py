"""The evidence log as agencies and operators ask it: by HTTP and by command."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from sqlalchemy import delete, update
from starlette.applications import Starlette
from typer.testing import CliRunner, Result

from lgsp import telemetry
from lgsp.api import evidence
from lgsp.cli import app
from lgsp.cli.witness import Bus
from lgsp.evidence import Head
from lgsp.evidence.log import Proof
from lgsp.evidence.rows import Kind
from lgsp.model.delivery import Status
from lgsp.model.errors import Unavailable
from lgsp.store import tables
from lgsp.store.engine import commit
from tests.dispatches import OTHER, RECIPIENT, SENDER, a_dispatch, a_refusal, an_outcome
from tests.province import an_agency, make_province
from tests.soap import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lgsp.assembly import Assembly
    from lgsp.model.delivery import Dispatch
    from tests.province import Province

STRANGER = "H99.01"


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return make_province(tmp_path, [an_agency(code) for code in (SENDER, RECIPIENT, OTHER, STRANGER)])


@pytest.fixture
def bus(province: Province) -> Iterator[Assembly]:
    with closing(province.assembly()) as assembly:
        yield assembly


@pytest.fixture
def dispatch(bus: Assembly) -> Dispatch:
    """A document to two agencies, delivered to both, under a head."""
    sent = a_dispatch(recipients=[RECIPIENT, OTHER])
    bus.ledger.accept([sent], [a_refusal()])
    bus.ledger.record([an_outcome((sent, code), Status.DELIVERED) for code in sent.recipients])
    bus.notary.sweep()
    return sent


@pytest.fixture
def door(bus: Assembly) -> Iterator[httpx.Client]:
    with (
        served(Starlette(routes=evidence(bus.log, bus.directory, bus.views))) as url,
        httpx.Client(base_url=url) as client,
    ):
        yield client


def _run(province: Province, *words: str) -> tuple[int, list[dict[str, Any]]]:
    with pytest.MonkeyPatch.context() as patch:  # the log that this command sets up ends with it
        patch.setattr(telemetry, "_log", structlog.get_logger())
        result = _invoke(province, *words)
    structlog.reset_defaults()
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def _invoke(province: Province, *words: str) -> Result:
    return CliRunner().invoke(app, ["evidence", *words, "--config", str(province.config)])


def _proofs(door: httpx.Client, province: Province, code: str, identifier: str) -> list[dict[str, Any]]:
    name, secret = province.secrets[next(a.code for a in province.agencies if a.code == code)]
    answer = door.get(f"/evidence/proof/{identifier}", auth=(name, secret))
    found: list[dict[str, Any]] = answer.json().get("proofs", [])
    return found


def _holds(facts: dict[str, Any]) -> bool:
    return Proof(
        kind=Kind(facts["kind"]),
        row=facts["row"].encode(),
        index=facts["index"],
        path=tuple(bytes.fromhex(step) for step in facts["path"]),
        head=Head.read(facts["head"]),
    ).holds()


@pytest.mark.usefixtures("dispatch")
def test_everybody_gets_the_newest_head(door: httpx.Client) -> None:
    head = Head.read(door.get("/evidence/head").json())
    assert head.signed()
    assert door.get("/evidence/heads").json()["heads"] == [head.facts()]
    assert door.get("/evidence/heads", params={"after": head.size}).json() == {"heads": []}


def test_before_the_first_head_there_is_none(door: httpx.Client) -> None:
    assert door.get("/evidence/head").status_code == 404


def test_the_sender_sees_every_row_and_a_recipient_its_own(
    door: httpx.Client, province: Province, dispatch: Dispatch
) -> None:
    sender = _proofs(door, province, SENDER, dispatch.id)
    recipient = _proofs(door, province, OTHER, dispatch.id)
    assert [len(sender), len(recipient)] == [4, 3]
    assert all(_holds(facts) for facts in sender)
    assert {json.loads(facts["row"]).get("recipient") for facts in recipient} == {None, OTHER}


def test_a_stranger_learns_nothing(door: httpx.Client, province: Province, dispatch: Dispatch) -> None:
    assert _proofs(door, province, STRANGER, dispatch.id) == []
    for headers in ({}, {"Authorization": "Basic !"}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer x"}):
        answer = door.get(f"/evidence/proof/{dispatch.id}", headers=headers)
        assert answer.status_code == 401
        assert dispatch.id not in answer.text


@pytest.mark.usefixtures("dispatch")
def test_who_was_refused_gets_the_proof_of_it_and_nobody_else(door: httpx.Client, province: Province) -> None:
    (proof,) = _proofs(door, province, SENDER, "cr")
    assert _holds(proof)
    assert _proofs(door, province, OTHER, "cr") == []


@pytest.mark.usefixtures("dispatch")
@pytest.mark.parametrize(
    "query", [{}, {"from": "x"}, {"from": "-1"}, {"from": "3", "to": "2"}, {"from": "0", "to": "99"}, {"from": "²"}]
)
def test_a_question_that_makes_no_sense_is_answered_with_400(door: httpx.Client, query: dict[str, str]) -> None:
    assert door.get("/evidence/consistency", params=query).status_code == 400


def _head_later(bus: Assembly) -> None:
    """Let something happen, and have a head signed as if its time had come."""
    bus.ledger.accept([a_dispatch()])
    bus.leaves.append(1000)
    size = bus.leaves.size()
    newest = bus.log.newest()
    assert newest is not None
    bus.leaves.add_head(Head.made(size, bus.log.root(size), bus.keys.current(), newest.at))


@pytest.mark.usefixtures("dispatch")
def test_a_witness_proves_by_command_that_the_log_only_grew(province: Province, bus: Assembly, tmp_path: Path) -> None:
    code, kept = _run(province, "head")
    assert code == 0
    file = tmp_path / "kept.jsonl"
    file.write_text(json.dumps(kept[0]))
    _head_later(bus)
    code, found = _run(province, "consistency", str(file))
    assert (code, [growth["grew"] for growth in found]) == (0, [True])
    assert len(_run(province, "heads")[1]) == 2


@pytest.mark.usefixtures("dispatch")
def test_a_witness_finds_a_log_that_was_rewritten(province: Province, bus: Assembly, tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_text(json.dumps(_run(province, "head")[1][0]))
    commit(bus.engine, lambda c: [c.execute(delete(t)) for t in (tables.leaf, tables.tile, tables.head)])
    for _ in range(4):  # another log, longer than the one that was
        bus.ledger.accept([a_dispatch(), a_dispatch()])
    bus.notary.sweep()
    code, found = _run(province, "consistency", str(file))
    assert (code, [growth["grew"] for growth in found]) == (1, [False])


@pytest.mark.usefixtures("dispatch")
def test_a_witness_asks_by_http_as_well(door: httpx.Client, bus: Assembly, province: Province) -> None:
    newest = bus.log.newest()
    assert newest is not None
    with Bus(str(door.base_url)) as remote:
        assert remote.newest() == newest
        _head_later(bus)
        assert [head.size for head in remote.heads(newest.size)] == [newest.size + 2]
        assert remote.consistency(newest.size, newest.size + 2) == bus.log.consistency(newest.size, newest.size + 2)
    with pytest.raises(Unavailable), Bus("http://127.0.0.1:9") as remote:
        remote.newest()
    code, _ = _run(province, "head", "--bus", "http://127.0.0.1:9")
    assert code == 1


def test_prove_gives_what_anybody_can_check(province: Province, dispatch: Dispatch) -> None:
    code, proofs = _run(province, "prove", dispatch.id)
    assert (code, len(proofs)) == (0, 4)
    assert all(_holds(facts) for facts in proofs)
    assert _run(province, "prove", "unknown")[0] == 1


@pytest.mark.usefixtures("dispatch")
def test_head_writes_the_files_that_openssl_reads(province: Province, tmp_path: Path) -> None:
    assert _run(province, "head", "--out", str(tmp_path / "out"))[0] == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"head.txt", "head.sig", "head.pem"}


def test_audit_ends_with_1_and_names_the_row_when_something_was_changed(
    province: Province, bus: Assembly, dispatch: Dispatch
) -> None:
    # The document, three lines of history, a refusal; four agencies, each with a certificate and a credential.
    assert _run(province, "audit") == (0, [{"rows": 17, "faults": 0}])
    commit(bus.engine, lambda c: c.execute(update(tables.dispatch).values(subject="khác")))
    code, (fault, summary) = _run(province, "audit")
    assert (code, summary["faults"]) == (1, 1)
    assert (fault["fault"], fault["table"], fault["row"]) == ("changed", "dispatch", dispatch.id)
    assert len(fault["leaves"]) == 1
    assert fault["sentence_vi"]


@pytest.mark.usefixtures("dispatch")
def test_audit_says_so_when_a_head_was_signed_by_a_key_that_is_not_the_bus_s(province: Province) -> None:
    for name in ("key", "crt"):
        (province.keys / f"bus.{name}").rename(province.keys / f"former.{name}")
    make_province(province.folder, [], keys=province.keys)
    code, found = _run(province, "audit")
    assert (code, found[0]["fault"], found[0]["table"]) == (1, "unsigned", "head")
    assert _run(province, "audit", "--certificate", str(province.keys / "former.crt"))[0] == 0
