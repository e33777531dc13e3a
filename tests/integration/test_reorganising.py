"""What the directory promises when the state is reorganised, on both engines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, select, text

from lgsp.evidence.audit import Fault
from lgsp.model.agency import Agency, AgencyCode, Bloc, CodeForm, Level, State, Tenure
from lgsp.model.entry import Entry
from lgsp.model.errors import Misconfigured
from lgsp.store import Directory, tables
from lgsp.store.engine import commit, look
from tests.evidence import audited

if TYPE_CHECKING:
    from sqlalchemy import Engine

DISTRICT, COMMUNE, PROVINCE = AgencyCode("000.00.31.H03"), AgencyCode("H55.242"), AgencyCode("H55")
MERGER = datetime(2025, 6, 30, 17, tzinfo=UTC)  # midnight of 1/7/2025 in Hà Nội
BEFORE, AFTER = MERGER - timedelta(seconds=1), MERGER + timedelta(days=1)


@pytest.fixture
def directory(store: Engine) -> Directory:
    directory = Directory(store, refresh_seconds=60)
    directory.add(Agency(code=PROVINCE, name="UBND tỉnh Thái Nguyên"))
    directory.add(Agency(code=DISTRICT, name="UBND huyện Mẫu", level=Level.DISTRICT, parent=PROVINCE))
    directory.add(Agency(code=COMMUNE, name="UBND xã Mẫu", level=Level.COMMUNE, parent=PROVINCE))
    return directory


def _found(directory: Directory, code: str, at: datetime) -> Agency:
    agency = directory.find(AgencyCode(code), at)
    assert agency is not None
    return agency


def test_a_body_is_at_each_moment_what_it_was_then(directory: Directory, store: Engine) -> None:
    directory.close(DISTRICT, successor=COMMUNE, since=MERGER)
    for seen in (directory, Directory(store)):
        assert _found(seen, DISTRICT, BEFORE).state is State.ACTIVE
        after = _found(seen, DISTRICT, MERGER)
        assert (after.state, after.successor, after.level) == (State.CLOSED, COMMUNE, Level.DISTRICT)
        assert [tenure.since for tenure in seen.tenures(DISTRICT)] == [None, MERGER]


def test_a_change_by_the_entry_counts_from_now_and_what_was_before_stays_on_record(directory: Directory) -> None:
    directory.add(Agency(code=DISTRICT, name="UBND huyện Mẫu", level=Level.COMMUNE, parent=PROVINCE, bloc=Bloc.PARTY))
    assert _found(directory, DISTRICT, BEFORE).level is Level.DISTRICT
    assert _found(directory, DISTRICT, datetime.now(UTC)).level is Level.COMMUNE


def test_what_was_dated_and_taken_back_leaves_the_time_as_it_was(directory: Directory, store: Engine) -> None:
    other = Directory(store, refresh_seconds=0)
    directory.amend(DISTRICT, since=MERGER, state=State.LOCKED)
    assert _found(other, DISTRICT, AFTER).state is State.LOCKED
    directory.amend(DISTRICT, since=MERGER, state=State.ACTIVE)
    for seen in (directory, other):
        assert _found(seen, DISTRICT, AFTER).state is State.ACTIVE
        assert len(seen.tenures(DISTRICT)) == 1
    assert audited(store) == []


def test_bodies_merge_in_one_commit_or_not_at_all(directory: Directory) -> None:
    with pytest.raises(Misconfigured):
        directory.merge([DISTRICT, AgencyCode("H99")], COMMUNE, since=MERGER)
    assert _found(directory, DISTRICT, AFTER).state is State.ACTIVE
    directory.merge([DISTRICT, COMMUNE], PROVINCE, since=MERGER)
    assert _found(directory, COMMUNE, AFTER).successor == PROVINCE


def test_no_body_succeeds_itself_by_whichever_way(directory: Directory) -> None:
    directory.close(DISTRICT, successor=COMMUNE, since=MERGER)
    with pytest.raises(Misconfigured, match=r"000\.00\.31\.H03 → H55\.242 → 000\.00\.31\.H03|successor"):
        directory.close(COMMUNE, successor=DISTRICT, since=AFTER)
    with pytest.raises(Misconfigured):
        directory.close(PROVINCE, successor=PROVINCE)
    directory.add_alias(AgencyCode("000.00.00.H55"), PROVINCE)
    with pytest.raises(Misconfigured):
        directory.close(PROVINCE, successor=AgencyCode("000.00.00.H55"))


def test_no_body_is_above_itself(directory: Directory) -> None:
    with pytest.raises(Misconfigured, match="parent"):
        directory.add(Agency(code=PROVINCE, name="UBND tỉnh", parent=COMMUNE))


def test_an_agency_answers_to_its_other_codes_while_they_count(directory: Directory, store: Engine) -> None:
    old = AgencyCode("000.00.00.H55")
    directory.add_alias(old, PROVINCE, until=MERGER)
    for seen in (directory, Directory(store)):
        assert _found(seen, old, BEFORE).code == PROVINCE
        assert seen.find(old, MERGER) is None
        assert [(alias.scheme, alias.until) for alias in seen.aliases(PROVINCE)] == [(CodeForm.QCVN_102, MERGER)]
    directory.add_alias(old, COMMUNE, since=MERGER)
    assert _found(directory, old, MERGER).code == COMMUNE


def test_a_code_means_one_thing_at_a_time(directory: Directory) -> None:
    old = AgencyCode("000.00.00.H55")
    directory.add_alias(old, PROVINCE)
    with pytest.raises(Misconfigured):
        directory.add_alias(old, COMMUNE, since=MERGER)
    with pytest.raises(Misconfigured):
        directory.add_alias(DISTRICT, COMMUNE)
    with pytest.raises(Misconfigured):
        directory.add(Agency(code=old, name="x"))
    with pytest.raises(Misconfigured):
        directory.add_group(old, "x")
    directory.end_alias(old, until=MERGER)
    directory.add_alias(old, COMMUNE, since=MERGER)


def test_a_code_of_neither_form_is_an_alias_only_on_demand(directory: Directory) -> None:
    hack = AgencyCode("vxp.saas.03")
    with pytest.raises(Misconfigured, match="--malformed"):
        directory.add_alias(hack, PROVINCE)
    directory.add_alias(hack, PROVINCE, malformed=True)
    assert _found(directory, "VXP.SAAS.03", AFTER).code == PROVINCE


def test_certificates_secrets_and_systems_are_an_agency_s_by_any_of_its_codes(directory: Directory) -> None:
    old = AgencyCode("000.00.00.H55")
    directory.add_alias(old, PROVINCE)
    system_id, secret = directory.give_secret(old)
    assert system_id == PROVINCE
    assert directory.caller(old, secret) == directory.caller(PROVINCE, secret) == directory.system(old) == PROVINCE
    assert directory.caller(old, secret + "x") is None


def test_groups_have_members_for_a_time(directory: Directory, store: Engine) -> None:
    group = AgencyCode("H55.TATCA")
    directory.add_group(group, "Các xã")
    directory.add_members(group, [COMMUNE, DISTRICT])
    directory.end_member(group, DISTRICT, until=MERGER)
    for seen in (directory, Directory(store)):
        assert seen.members(group, BEFORE) == [DISTRICT, COMMUNE]
        assert seen.members(group, AFTER) == [COMMUNE]
        assert seen.members(PROVINCE, AFTER) is None
    with pytest.raises(Misconfigured):
        directory.add_members(AgencyCode("H55.X"), [COMMUNE])


def test_one_speaks_for_another_for_a_time(directory: Directory, store: Engine) -> None:
    directory.let_speak(PROVINCE, COMMUNE, since=MERGER)
    directory.end_speaking(PROVINCE, COMMUNE, until=AFTER)
    for seen in (directory, Directory(store)):
        assert [seen.speaks_for(PROVINCE, COMMUNE, at) for at in (BEFORE, MERGER, AFTER)] == [False, True, False]
        assert not seen.speaks_for(COMMUNE, PROVINCE, MERGER)
        assert seen.speaks_for(COMMUNE, COMMUNE, BEFORE)
    with pytest.raises(Misconfigured):
        directory.end_speaking(COMMUNE, PROVINCE)


def test_another_process_reads_only_what_changed(directory: Directory, store: Engine) -> None:
    for n in range(30):
        directory.add(Agency(code=AgencyCode(f"H55.{300 + n}"), name=f"UBND xã {n}"))
    other = Directory(store, refresh_seconds=0)
    assert len(other.agencies()) == 33
    directory.close(DISTRICT, successor=COMMUNE, since=MERGER)
    read = 0

    def count(*_: object) -> None:
        nonlocal read
        read += 1

    seen = other._snapshot.agencies
    event.listen(store, "before_cursor_execute", count)
    after = _found(other, DISTRICT, AFTER)
    event.remove(store, "before_cursor_execute", count)
    assert after.state is State.CLOSED
    assert other._snapshot.agencies is seen  # no entry was read again, a date alone
    assert read < 15


def test_a_catalogue_is_written_as_it_was_seen_or_not_at_all(directory: Directory, store: Engine) -> None:
    new = Agency(code=AgencyCode("H55.300"), name="UBND xã Mới", level=Level.COMMUNE, parent=PROVINCE)
    ever = Tenure(level=Level.COMMUNE, bloc=Bloc.GOVERNMENT, parent=PROVINCE)
    entry = Entry(agency=new, tenures=[ever], aliases=(AgencyCode("000.30.00.H55"),), national_id="77", mail="a@b.vn")
    seen = directory.revision()
    directory.add_group(AgencyCode("H55.TATCA"), "Các xã")
    with pytest.raises(Misconfigured, match="changes since"):
        directory.apply([entry], seen=seen)
    directory.apply([entry], seen=directory.revision())
    assert directory.find(AgencyCode("000.30.00.H55")) == new
    assert directory.contacts() == {new.code: ("77", "a@b.vn")}
    with pytest.raises(Misconfigured):
        directory.apply([entry], seen=directory.revision())  # its alias is taken, by itself
    assert audited(store) == []


def test_every_change_of_the_directory_is_witnessed(directory: Directory, store: Engine) -> None:
    directory.close(DISTRICT, successor=COMMUNE, since=MERGER)
    directory.add_alias(AgencyCode("000.00.00.H55"), PROVINCE)
    assert audited(store) == []
    commit(store, lambda c: c.execute(text("UPDATE tenure SET successor = 'H55'")))
    assert {(finding.table, finding.fault) for finding in audited(store)} == {("tenure", Fault.CHANGED)}


def test_no_code_is_ever_removed(directory: Directory, store: Engine) -> None:
    directory.close(DISTRICT, since=MERGER)
    directory.add_alias(AgencyCode("000.00.00.H55"), PROVINCE)
    directory.end_alias(AgencyCode("000.00.00.H55"))
    codes = look(store, lambda c: c.execute(select(tables.agency.c.code)).scalars().all())
    assert set(codes) == {DISTRICT, COMMUNE, PROVINCE}
    assert len(directory.aliases(PROVINCE)) == 1
