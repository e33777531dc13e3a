from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.dialect import words
from adapters.dialect.answer import Rule, Rules, pick
from adapters.dialect.dates import read_moment, write_moment
from adapters.dialect.template import Template
from adapters.dialect.trouble import shorten
from lgsp.sdk import Misconfigured, RecipientUnavailable, Rejected
from tests.builders import a_document, a_message, a_status, with_attachment
from tests.conformance.adapters import a_delivery

GRAMMAR = words.grammar({})


def filled(written: object, octets: bytes | None = None, *, raw: bool = False) -> Any:
    return Template(written, words.grammar({}, raw=raw), "body").fill(words.scope(a_delivery(octets or a_document())))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("plain", "plain"),
        ("{{đúng}}", "{đúng}"),
        (7, 7),
        (True, True),
        ("{code}", "5123/UBND-KGVX"),
        ("Số {number}, {notation}", "Số 5123, UBND-KGVX"),
        ("{promulgated|date:%d/%m/%Y %H:%M:%S}", "24/09/2020 00:00:00"),
        ("{accepted|date:%Y%m%d%H%M%S}", "20200924091531"),
        ("{accepted|date:iso}", "2020-09-24T09:15:31+07:00"),
        ("{accepted}", "2020-09-24T09:15:31+07:00"),
        ("{subject|limit:7}", "V/v gửi"),
        ("{priority|int}", 1),
        ("{priority}", "1"),
        ("{reason|default:không}", "không"),
        ("{sender|default:không}", "000.00.00.H03"),
        ("{xpath://e:From/e:OrganId}", "000.00.00.H03"),
        ("{xpath:string-length('abc')}", "3"),
        ("{xpath:count(//e:To)}", "1"),
        ("{xpath://e:None}", ""),
        ("{xpath://e:None|default:x}", "x"),
        ("{xpath:boolean(//e:To)}", "true"),
        ("{sender|base64}", "MDAwLjAwLjAwLkgwMw=="),
        (["{kind}", {"a": "{attempt}"}], ["document", {"a": 1}]),
    ],
)
def test_a_template_says(written: object, value: object) -> None:
    assert filled(written) == value


def test_each_repeats_over_attachments_and_over_elements() -> None:
    octets = with_attachment(3, recipients=["A01", "A02"])
    files = {"each": "attachments", "item": {"ten": "{name}", "noiDung": "{content|base64}", "vb": "{number}"}}
    assert filled(files, octets) == [{"ten": "cong_van.pdf", "noiDung": "JVBE", "vb": "5123"}]
    assert filled({"each": "xpath://e:To", "item": "{xpath:e:OrganId}"}, octets) == ["A01", "A02"]
    assert filled({"each": "xpath:count(//e:To)", "item": "x"}) == []


def test_octets_stand_as_they_are_where_soap_wants_them() -> None:
    octets = with_attachment(2)
    assert filled("{octets}", octets, raw=True) == octets
    assert filled({"each": "attachments", "item": "{content}"}, octets, raw=True) == [b"%P"]


def test_another_kind_of_envelope_leaves_words_empty() -> None:
    assert filled("{service}{conversation}{status}") == ""
    assert filled("{number}|{status}|{about_code}", a_status()) == "|03|5123/UBND-KGVX"
    assert filled("{service} {xpath://d:Number}", a_message()) == "one-stop.dossier 000.00.11.H03-200924-0001"


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ({"a": {"b": "{titel}"}}, r"body\.a\.b"),
        (["{titel}"], r"body\[0\]"),
        ("{subject|upper}", "upper"),
        ("{subject|limit}", "limit"),
        ("{subject|limit:viele}", "limit"),
        ("{subject|date}", "date"),
        ("{subject|base64:x}", "base64"),
        ("{xpath://[}", "XPath"),
        ("{xpath://x:y}", "body"),
        ("{octets}", "base64"),
        ("{octets|limit:3}", "base64"),
        ("{name}", "name"),
        ("{subject", "brace"),
        ("subject}", "brace"),
        ("{}", "xpath"),
        ({"each": "files", "item": "x"}, r"body\.each"),
        ({"each": "attachments", "item": {"x": "{content}"}}, r"body\.item\.x"),
    ],
)
def test_a_template_that_cannot_work_is_refused_before_anything_is_sent(written: object, named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        Template(written, GRAMMAR, "body")


def test_a_template_speaks_of_namespaces_that_are_declared() -> None:
    template = Template("{xpath://x:OrganId}", words.grammar({"x": "http://www.mic.gov.vn/TBT/QCVN_102_2016"}), "body")
    assert template.fill(words.scope(a_delivery(a_document()))) == "000.00.00.H03"


def test_a_number_that_is_none_is_the_senders_to_mend() -> None:
    with pytest.raises(Rejected, match="UBND-KGVX"):
        filled("{notation|int}")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_text_without_braces_stands_as_written(text: str) -> None:
    assert filled(text.replace("{", "{{").replace("}", "}}")) == text


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), st.text())
def test_looking_into_any_answer_never_fails(answer: Any, path: str) -> None:
    rule = Rule(field=path, values=["0"], texts=["đã tồn tại"])
    assert rule.holds(answer) in {True, False}
    json.dumps(pick(answer, path))


@pytest.mark.parametrize(
    ("rule", "answer", "holds"),
    [
        ({"values": ["0"]}, {"a": 0}, True),
        ({"values": [100]}, {"a": "100"}, True),
        ({"values": ["true"]}, {"a": True}, True),
        ({"values": ["0"]}, {"a": ""}, False),
        ({"values": ["0"]}, {}, False),
        ({"values": ["0"]}, {"a": None}, False),
        ({"texts": ["đã tồn tại"]}, {"a": "Hồ sơ ĐÃ TỒN TẠI"}, True),
        ({"texts": ["đã tồn tại"]}, {"a": "Hồ sơ đa\u0303 tồn ta\u0323i"}, True),
        ({"texts": ["đã tồn tại"]}, {"a": "chưa tồn tại"}, False),
    ],
)
def test_a_rule_compares_as_people_do(rule: dict[str, Any], answer: Any, holds: object) -> None:
    assert Rule(field="a", **rule).holds(answer) is holds


def test_a_path_goes_through_tables_and_lists() -> None:
    answer = {"data": [{"id": 1}, {"id": 2}]}
    assert pick(answer, "data.1.id") == 2
    assert pick(answer, "data.2.id") is None
    assert pick(answer, "data.id") is None
    assert pick(answer, "") is answer


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"code": "20"}, RecipientUnavailable),
        ({"code": "22", "message": "sai định dạng"}, Rejected),
        ({"fault": {"code": "Server", "message": "x"}}, RecipientUnavailable),
        ({"fault": {"code": "", "message": "x"}}, RecipientUnavailable),
        ({"fault": {"code": "Sender", "message": "x"}}, Rejected),
        ("text", Rejected),
        (None, Rejected),
    ],
)
def test_an_answer_that_is_no_success_says_who_must_act(answer: Any, error: type[Exception]) -> None:
    rules = Rules(success=[Rule(field="code", values=["0"])], busy=[Rule(field="code", values=["20"])])
    with pytest.raises(error):
        rules.handover(answer)


def test_there_already_is_as_good_as_taken() -> None:
    rules = Rules(already=[Rule(field="code", values=["101"])], reference="id")
    handover = rules.handover({"code": 101, "id": 5})
    assert (handover.reference, handover.facts) == ("5", {"already": True})


@pytest.mark.parametrize(
    "written",
    [
        "2020/09/24 09:15:30",
        "20200924091530",
        "24/09/2020 09:15:30",
        "2020-09-24T09:15:30",
        "2020-09-24T02:15:30Z",
        "2020-09-24T09:15:30+07:00",
    ],
)
def test_the_forms_of_a_moment_that_systems_use_are_one_moment(written: str) -> None:
    assert read_moment(written) == datetime(2020, 9, 24, 2, 15, 30, tzinfo=UTC)


@given(st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)))  # noqa: DTZ001 - any day
def test_a_moment_survives_each_form(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    for form in ("%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%d/%m/%Y %H:%M:%S", "iso"):
        assert read_moment(write_moment(moment, form), "" if form == "iso" else form) == moment


@pytest.mark.parametrize("written", ["", "2014/02/30", "mai", "0", "24/09/20"])
def test_what_is_no_moment_is_none(written: str) -> None:
    assert read_moment(written) is None


def test_a_date_that_does_not_exist_is_handed_on_as_written() -> None:
    octets = a_document().replace(b"2020/09/24<", b"2014/02/30<")
    assert filled("{promulgated|date:%Y%m%d}", octets) == "2014/02/30"


def test_words_of_a_system_are_shortened_to_one_line() -> None:
    assert shorten(" a\n b ") == "a b"
    assert len(shorten("x" * 500)) == 200


def test_vietnams_time_is_seven_hours_ahead() -> None:
    moment = datetime(2020, 9, 24, 20, tzinfo=UTC)
    assert write_moment(moment, "%Y%m%d%H") == "2020092503"
    assert moment.astimezone(UTC).utcoffset() == timedelta(0)
