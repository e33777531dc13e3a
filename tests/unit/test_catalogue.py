"""A catalogue from outside is held against the directory, and what is doubtful in it is told and left alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lgsp.catalogue import Catalogue, Difference, What, Wish, compared, missing, read_table, read_units
from lgsp.model.agency import Agency, AgencyCode, Bloc, Level, State, Tenure
from lgsp.model.errors import Misconfigured
from lgsp.stages.policy import VIETNAM

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NOW = datetime(2025, 6, 1, tzinfo=UTC)
DAY = datetime(2025, 7, 1, tzinfo=VIETNAM)
PROVINCE, DISTRICT = AgencyCode("H03"), AgencyCode("H03.31")


def known(contacts: Mapping[str, tuple[str, str]] | None = None) -> Catalogue:
    agencies = {
        PROVINCE: Agency(code=PROVINCE, name="UBND tỉnh"),
        DISTRICT: Agency(code=DISTRICT, name="UBND huyện", level=Level.DISTRICT, parent=PROVINCE),
    }
    return Catalogue(
        agencies=agencies,
        aliases={AgencyCode("000.00.00.H03"): PROVINCE},
        groups=frozenset({AgencyCode("H03.TATCA")}),
        tenures_of=lambda code: [_ever(agencies[code])] if code in agencies else [],
        contacts={AgencyCode(code): contact for code, contact in (contacts or {}).items()},
    )


def _ever(agency: Agency) -> Tenure:
    return Tenure(level=agency.level, bloc=agency.bloc, parent=agency.parent)


def wish(code: str, name: str = "Đơn vị", **said: Any) -> Wish:
    codes: dict[str, Any] = {key: AgencyCode(said.pop(key)) for key in ("parent", "successor") if key in said}
    aliases = tuple(map(AgencyCode, said.pop("aliases", ())))
    return Wish(place="line 2", code=AgencyCode(code), name=name, aliases=aliases, **codes, **said)


def differences(*wishes: Wish, **said: Any) -> list[Difference]:
    return compared(known(said.pop("contacts", None)), wishes, NOW, **said)


def kinds(found: Sequence[Difference]) -> list[What]:
    return [each.what for each in found]


def test_what_a_catalogue_does_not_say_stays_as_it_is() -> None:
    (same,) = differences(wish("H03.31", "UBND huyện"))
    assert (same.what, same.entry) == (What.UNCHANGED, None)


def test_a_changed_name_is_shown_as_it_was_and_as_it_becomes() -> None:
    (found,) = differences(wish("H03.31", "UBND huyện Mẫu"))
    assert found.what is What.CHANGED
    assert found.changes == {"name": ("UBND huyện", "UBND huyện Mẫu")}
    assert found.entry is not None
    assert found.entry.tenures == ()  # what is dated stays


def test_a_known_agency_is_known_by_its_other_code_and_gains_the_new_one() -> None:
    (found,) = differences(wish("000.00.00.H03", "UBND tỉnh", aliases=["000.01.00.H03"]))
    assert found.changes == {"aliases": ("", "000.01.00.H03")}
    assert found.entry is not None
    assert found.entry.agency.code == PROVINCE


def test_a_body_is_closed_from_its_day_with_its_successor() -> None:
    (found,) = differences(wish("H03.31", state=State.CLOSED, successor="000.00.00.H03", since=DAY))
    assert found.what is What.CLOSED
    assert found.entry is not None
    assert [(t.since, t.state, t.successor) for t in found.entry.tenures] == [
        (None, State.ACTIVE, None),
        (DAY, State.CLOSED, PROVINCE),
    ]


def test_what_is_new_from_a_day_on_is_not_there_before() -> None:
    (found,) = differences(wish("H55.242", since=DAY, level=Level.COMMUNE))
    assert found.what is What.ADDED
    assert found.entry is not None
    assert [(t.since, t.state) for t in found.entry.tenures] == [(None, State.CLOSED), (DAY, State.ACTIVE)]


def test_new_agencies_get_the_state_that_the_operator_wants() -> None:
    (found,) = differences(wish("H55.242"), new=State.LOCKED)
    assert found.entry is not None
    assert found.entry.tenures[-1].state is State.LOCKED


def test_those_that_name_each_other_may_come_in_any_order() -> None:
    found = differences(wish("H55.1", parent="H55"), wish("H55"))
    assert kinds(found) == [What.ADDED, What.ADDED]


@pytest.mark.parametrize(
    "wishes",
    [
        [wish("000.1137.H53")],
        [wish("H55.1", aliases=["000.A53.000"])],
        [wish("H55.1"), wish("H55.1", "Đơn vị khác")],
        [wish("H55.1"), wish("H55.2", aliases=["H55.1"])],
        [wish("H03", "UBND tỉnh"), wish("000.00.00.H03", "UBND tỉnh")],
        [wish("H55.1", aliases=["H03", "H03.31"])],
        [wish("H03.TATCA")],
        [wish("H55.1", parent="H99")],
        [wish("H55.1", "")],
        [wish("H55.1", parent="H55.1")],
        [wish("H55.1", parent="H55.2"), wish("H55.2", parent="H55.1")],
        [wish("H03.31", state=State.CLOSED, successor="H03"), wish("H03", state=State.CLOSED, successor="H03.31")],
        [wish("H55.1", unread={"level": "tỉnh"})],
    ],
    ids=[
        *("malformed", "alias-malformed", "double", "double-alias", "one-agency-twice", "codes-of-two", "group"),
        *("unknown-parent", "no-name", "own-parent", "parents-circle", "successors-circle", "unread"),
    ],
)
def test_what_is_doubtful_is_told_in_both_languages_and_left_alone(wishes: list[Wish]) -> None:
    for found in differences(*wishes):
        assert found.what is What.DOUBTFUL
        assert found.entry is None
        assert found.reason is not None
        assert found.reason.vi != found.reason.en


def test_who_names_what_is_doubtful_is_doubtful_too_and_nobody_else() -> None:
    found = differences(wish("000.1137.H53"), wish("H55.1", parent="000.1137.H53"), wish("H55.2"))
    assert kinds(found) == [What.DOUBTFUL, What.DOUBTFUL, What.ADDED]


def test_a_table_is_read_with_days_of_vietnam(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("\ufeffcode,name,state,successor,since,aliases\nh03.31,Huyện,closed,H03,2025-07-01,x y\n", "utf-8")
    (read,) = read_table(table, VIETNAM)
    assert (read.code, read.state, read.successor, read.since) == ("H03.31", State.CLOSED, "H03", DAY)
    assert read.aliases == ("X", "Y")
    table.write_text("code,name,level,since\nH03,x,tỉnh,mai\n", "utf-8")
    (read,) = read_table(table, VIETNAM)
    assert read.unread == {"level": "tỉnh", "since": "mai"}


@pytest.mark.parametrize("content", [b"code\nH03\n", b"code,name,kode\n", b"\xff\xfe"])
def test_what_is_no_such_table_is_refused(tmp_path: Path, content: bytes) -> None:
    table = tmp_path / "a.csv"
    table.write_bytes(content)
    with pytest.raises(Misconfigured):
        read_table(table, VIETNAM)


def _units(folder: Path, *units: dict[str, Any], wrapped: bool = False) -> Path:
    file = folder / "units.json"
    file.write_text(json.dumps({"data": units} if wrapped else list(units)), encoding="utf-8")
    return file


def test_the_national_list_tells_parents_by_id_and_both_codes(tmp_path: Path) -> None:
    file = _units(
        tmp_path,
        {"id": 1, "pid": None, "code": "H55", "code102": "000.00.00.H55", "name": "UBND tỉnh", "version": 7},
        {"id": 2, "pid": 1, "code": "W", "name": "Các xã", "isAgency": False, "version": "9"},
        {"id": 3, "pid": 2, "code": "H55.242", "name": "UBND xã Mẫu", "mail": "a@b.vn", "isAgency": "1"},
        {
            "id": 4,
            "pid": 77,
            "code": "H55.243",
            "name": "UBND phường",
            "deleted": 1,
            "modifyDate": "2025-07-01 00:00:00",
        },
        wrapped=True,
    )
    wishes, version = read_units(file, VIETNAM, {"77": AgencyCode("H55")})
    assert version == 9
    province, commune, closed = wishes
    assert (province.code, province.aliases, province.likely) == ("H55", ("000.00.00.H55",), Level.PROVINCE)
    assert (commune.parent, commune.mail, commune.likely) == ("H55", "a@b.vn", Level.COMMUNE)
    assert (closed.parent, closed.state, closed.since) == ("H55", State.CLOSED, DAY)


@pytest.mark.parametrize("content", ["{", '{"data": 1}', '[{"name": "x"}]'])
def test_what_is_no_such_list_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "units.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(Misconfigured):
        read_units(file, VIETNAM, {})


def test_what_a_whole_list_leaves_out_is_doubtful_unless_it_is_to_be_closed() -> None:
    there = known({"H03": ("1", ""), "H03.31": ("2", "a@b.vn")})
    listed = [wish("H03", "UBND tỉnh", national_id="1")]
    (doubtful,) = missing(there, listed, NOW, close=False)
    assert (doubtful.what, doubtful.code, doubtful.entry) == (What.DOUBTFUL, DISTRICT, None)
    (closed,) = missing(there, listed, NOW, close=True)
    assert closed.entry is not None
    assert closed.what is What.CLOSED
    assert closed.entry.tenures[-1].state is State.CLOSED
    assert (closed.entry.national_id, closed.entry.mail) == ("2", "a@b.vn")


def test_a_time_already_dated_is_kept_where_the_catalogue_begins_later() -> None:
    later = NOW + timedelta(days=900)
    (found,) = differences(wish("H03.31", "UBND huyện", bloc=Bloc.PARTY, since=later))
    assert found.entry is not None
    assert [t.bloc for t in found.entry.tenures] == [Bloc.GOVERNMENT, Bloc.PARTY]
