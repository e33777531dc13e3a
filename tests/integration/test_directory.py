"""What the directory promises, on both engines."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import event, select

from lgsp.model.agency import Agency, AgencyCode, Bloc, Level
from lgsp.model.errors import Misconfigured
from lgsp.store import Directory, tables
from lgsp.store.engine import look

if TYPE_CHECKING:
    from sqlalchemy import Engine

MINE, THEIRS = AgencyCode("H03.11"), AgencyCode("000.00.00.G22")


@pytest.fixture
def directory(store: Engine) -> Directory:
    directory = Directory(store, refresh_seconds=60)
    directory.add(Agency(code=MINE, name="Sở Nội vụ", level=Level.PROVINCE))
    directory.add(Agency(code=THEIRS, name="Bộ Tư pháp", level=Level.CENTRAL))
    return directory


def _certificate(name: str) -> x509.Certificate:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    return x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )


def test_an_agency_comes_back_as_it_was_added(directory: Directory) -> None:
    wanted = Agency(
        code=AgencyCode("H03.12"),
        name="Sở Tư pháp",
        level=Level.DISTRICT,
        bloc=Bloc.PARTY,
        parent=MINE,
        adapter="ministry_rest",
        options={"url": "http://127.0.0.1/", "fields": {"số": ["a", 1, None]}},
    )
    directory.add(wanted)
    assert directory.find(AgencyCode("h03.12 ")) == wanted
    assert [agency.code for agency in directory.agencies()] == [THEIRS, MINE, "H03.12"]


def test_adding_again_changes_the_entry(directory: Directory) -> None:
    directory.add(Agency(code=MINE, name="Tên mới"))
    found = directory.find(MINE)
    assert found is not None
    assert found.name == "Tên mới"
    assert len(directory.agencies()) == 2


@pytest.mark.parametrize("code", ["", "ubnd", "000.00.00", "H03..11", "Z99.1", "H03." + "1" * 40])
def test_a_code_of_neither_national_form_is_not_registered(directory: Directory, code: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        directory.add(Agency(code=AgencyCode(code), name="x"))
    for form in ("QĐ 20/2020", "QCVN 102:2016"):
        assert form in refused.value.say("vi")


def test_a_certificate_has_one_owner(directory: Directory) -> None:
    certificate = _certificate("Sở Nội vụ")
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    assert directory.owner(fingerprint) is None
    directory.bind(MINE, certificate)
    directory.bind(MINE, certificate)
    with pytest.raises(Misconfigured):
        directory.bind(THEIRS, certificate)
    with pytest.raises(Misconfigured):
        directory.bind(AgencyCode("H99"), _certificate("không ai"))
    assert directory.owner(fingerprint) == MINE


def test_two_certificates_speak_for_an_agency_while_one_follows_the_other(directory: Directory) -> None:
    old, new, now = _certificate("cũ"), _certificate("mới"), datetime.now(UTC)
    directory.bind(MINE, old, until=now + timedelta(days=7))
    directory.bind(MINE, new, since=now - timedelta(days=1))
    bound = {one.fingerprint: one for one in directory.certificates()}
    for certificate in (old, new):
        fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
        assert directory.owner(fingerprint) == MINE
        assert bound[fingerprint].binding == directory.binding(fingerprint)


def test_a_binding_that_is_over_or_yet_to_come_owns_nothing_now(directory: Directory) -> None:
    past, future, now = _certificate("qua"), _certificate("tới"), datetime.now(UTC)
    directory.bind(MINE, past, until=now - timedelta(seconds=1))
    directory.bind(MINE, future, since=now + timedelta(days=1))
    for certificate in (past, future):
        assert directory.owner(certificate.fingerprint(hashes.SHA256()).hex()) is None


def test_an_unbound_certificate_stays_on_record_and_may_become_another_s(directory: Directory) -> None:
    certificate = _certificate("Sở Nội vụ")
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    directory.bind(MINE, certificate)
    directory.unbind(fingerprint)
    assert directory.owner(fingerprint) is None
    binding = directory.binding(fingerprint)
    assert binding is not None
    assert binding.agency == MINE
    directory.unbind(fingerprint)
    assert directory.binding(fingerprint) == binding
    directory.bind(THEIRS, certificate)
    assert directory.owner(fingerprint) == THEIRS


def test_what_is_not_bound_cannot_be_unbound_and_an_empty_window_is_refused(directory: Directory) -> None:
    with pytest.raises(Misconfigured):
        directory.unbind("00")
    now = datetime.now(UTC)
    with pytest.raises(Misconfigured, match="--until"):
        directory.bind(MINE, _certificate("x"), since=now, until=now)


def test_a_caller_is_known_by_system_id_and_secret(directory: Directory) -> None:
    system_id, secret = directory.give_secret(MINE)
    assert system_id == MINE
    assert directory.caller(system_id, secret) == MINE
    assert directory.caller(system_id, secret + "x") is None
    assert directory.caller("nobody", secret) is None
    assert directory.caller("nobody", "") is None


def test_systems_of_one_agency_have_secrets_of_their_own(directory: Directory) -> None:
    first, second = directory.give_secret(MINE, "văn thư"), directory.give_secret(MINE, "một cửa")
    assert directory.caller(*first) == directory.caller(*second) == MINE
    assert directory.caller(first[0], second[1]) is None


def test_a_new_secret_ends_the_old_one(directory: Directory) -> None:
    old, new = directory.give_secret(MINE), directory.give_secret(MINE)
    assert directory.caller(*old) is None
    assert directory.caller(*new) == MINE


def test_a_system_id_is_not_taken_over_by_another_agency(directory: Directory) -> None:
    directory.give_secret(MINE, "s1")
    with pytest.raises(Misconfigured):
        directory.give_secret(THEIRS, "s1")
    with pytest.raises(Misconfigured):
        directory.give_secret(AgencyCode("H99"))


def test_no_secret_is_kept(directory: Directory, store: Engine) -> None:
    _, secret = directory.give_secret(MINE)
    rows = look(store, lambda connection: connection.execute(select(tables.credential)).all())
    assert secret not in repr(rows)


def test_questions_are_answered_from_memory(directory: Directory, store: Engine) -> None:
    directory.find(MINE)
    said: list[str] = []
    event.listen(store, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    for _ in range(100):
        directory.find(MINE)
        directory.caller("x", "y")
        directory.owner("00")
    assert said == []


def test_other_processes_see_a_change_within_the_time_of_refreshing(store: Engine, directory: Directory) -> None:
    other = Directory(store, refresh_seconds=0.2)
    assert other.find(MINE) is not None
    directory.add(Agency(code=AgencyCode("H03.99"), name="Mới"))
    time.sleep(0.25)
    assert other.find(AgencyCode("H03.99")) is not None


def test_a_refresh_without_a_change_is_one_small_query(store: Engine, directory: Directory) -> None:
    other = Directory(store, refresh_seconds=0)
    assert other.agencies() == directory.agencies()
    said: list[str] = []
    event.listen(store, "before_cursor_execute", lambda *arguments: said.append(arguments[2]))
    other.agencies()
    assert len([statement for statement in said if statement != "BEGIN"]) == 1
