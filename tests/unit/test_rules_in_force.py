"""Rules on the way of a document: refused, remarked, overruled; and told wherever people look."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from lxml import etree
from typer.testing import CliRunner

from lgsp.cli import app
from lgsp.model.delivery import Receipt, Refusal
from lgsp.model.errors import Misconfigured, PolicyDenied
from lgsp.model.paper import PaperReason
from lgsp.model.remark import Mode
from lgsp.model.text import Text
from lgsp.policies import ruled
from lgsp.sdk.writing import File
from lgsp.settings.rules import RulesSection
from lgsp.soap import answers
from lgsp.stages.envelope import read
from lgsp.stages.policy import PaperHasReason, PaperRules, RefusalSaysWhy, Rule, permit
from lgsp.store.engine import look
from lgsp.store.tables import dispatch
from schemas import __file__ as schemas_file
from tests.builders import MINISTRY, SENT, a_document, a_status
from tests.province import an_agency, make_province
from tests.unit.test_policies_and_routing import believed
from tests.unit.test_walks import COMMITTEE, DEPARTMENT, an_arrival

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lgsp.assembly import Assembly
    from tests.province import Province

_R = "{urn:lgsp:receipt:1}"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Province]:
    def made(more: str = "") -> Province:
        return make_province(tmp_path, [an_agency(COMMITTEE), an_agency(DEPARTMENT), an_agency(MINISTRY)], more=more)

    return made


def on_paper(octets: bytes, paper: bytes = b"12") -> bytes:
    """Return a document written with `paper` as one whose paper has so many pages."""
    assert b"<edXML:Paper>1</edXML:Paper>" in octets
    return octets.replace(b"<edXML:Paper>1<", b"<edXML:Paper>" + paper + b"<")


def handed_in(bus: Assembly, province: Province, octets: bytes) -> Receipt | Refusal:
    (answer,) = bus.intake.accept([an_arrival(province.signed(octets, COMMITTEE))])
    return answer


def kept(bus: Assembly, dispatch_id: str) -> tuple[bool, str]:
    query = dispatch.select().where(dispatch.c.id == dispatch_id)
    row = look(bus.engine, lambda connection: connection.execute(query).one())
    return row.paper, row.paper_reason


def test_a_false_alarm_is_overruled_and_the_same_octets_pass_with_the_reason_in_receipt_trace_and_evidence(
    make: Callable[..., Province],
) -> None:
    province = make("[rules]\noverrules_refresh_seconds = 0.000001")
    octets = province.signed(a_document(subject='Giới thiệu phim tài liệu "Hồ sơ TỐI MẬT"'), COMMITTEE)
    with closing(province.assembly()) as bus:
        (refused,) = bus.intake.accept([an_arrival(octets)])
        assert isinstance(refused, Refusal)
        assert isinstance(refused.error, PolicyDenied)
        assert refused.error.rule == "state-secrets"
        assert refused.digest in refused.error.say("vi")

        command = ["rules", "overrule", refused.digest, "--rule", "state-secrets", "--why", "tên một bộ phim"]
        lgsp = [sys.executable, "-m", "lgsp", *command, "--config", str(province.config)]
        subprocess.run(lgsp, check=True, capture_output=True, timeout=100)

        (receipt,) = bus.intake.accept([an_arrival(octets)])
        assert isinstance(receipt, Receipt)
        root = etree.fromstring(receipt.octets)
        (remark,) = root.findall(f"{_R}Remarks/{_R}Remark")
        assert remark.get("rule") == "state-secrets"
        assert "tên một bộ phim" in (remark.findtext(f"{_R}Vi") or "")
        (trace,) = bus.views.trace(receipt.dispatch_id)
        assert [told.rule for told in trace.remarks] == ["state-secrets"]
        assert bus.views.trace(receipt.dispatch_id, DEPARTMENT)[0].remarks == ()
        assert "tên một bộ phim" in answers.receipt(receipt)
        other = handed_in(bus, province, a_document(subject="Tối mật", number="5124"))
        assert isinstance(other, Refusal)


def test_what_is_overruled_can_be_listed_and_taken_back(make: Callable[..., Province]) -> None:
    province = make()
    digest, config = "ab" * 32, ["--config", str(province.config)]
    first = ["rules", "overrule", digest, "--rule", "state-secrets", "--why", "tên riêng", *config]
    assert "bị từ chối" in CliRunner().invoke(app, first).output
    assert "từ trước" in CliRunner().invoke(app, first).output
    (listed,) = CliRunner().invoke(app, ["rules", "overruled", *config]).stdout.splitlines()
    assert json.loads(listed)["why"] == "tên riêng"
    back = ["rules", "take-back", digest, "--rule", "state-secrets", *config]
    assert CliRunner().invoke(app, back).exit_code == 0
    assert CliRunner().invoke(app, back).exit_code == 1
    assert CliRunner().invoke(app, ["rules", "overruled", *config]).stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["abc", "--rule", "state-secrets", "--why", "x"],
        ["ab" * 32, "--rule", "no-such-rule", "--why", "x"],
        ["ab" * 32, "--rule", "state-secrets", "--why", " "],
    ],
)
def test_overruling_nothing_in_particular_is_refused(make: Callable[..., Province], arguments: list[str]) -> None:
    result = CliRunner().invoke(app, ["rules", "overrule", *arguments, "--config", str(make().config)])
    assert result.exit_code == 1


def test_the_command_lists_every_rule_with_mode_sentence_and_article_in_both_languages(
    make: Callable[..., Province],
) -> None:
    config = make('[rules]\nmodes = { paper-reason = "refuse" }').config
    lines = CliRunner().invoke(app, ["rules", "--config", str(config)]).stdout.splitlines()
    rules = {rule["rule"]: rule for rule in map(json.loads, lines)}
    assert rules["paper-reason"]["mode"] == "refuse"
    assert "Điều 1" in rules["state-secrets"]["source_vi"]
    assert all(rule["sentence_vi"] != rule["sentence_en"] and rule["source_en"] for rule in rules.values())


def test_a_remark_stops_nothing_and_its_receipt_still_follows_the_schema(make: Callable[..., Province]) -> None:
    province = make()
    with closing(province.assembly()) as bus:
        receipt = handed_in(bus, province, a_document(paper=True))
        assert isinstance(receipt, Receipt)
        assert [remark.rule for remark in receipt.remarks] == ["paper-reason"]
        folder = schemas_file.rpartition("/")[0]
        etree.XMLSchema(file=f"{folder}/receipt-1.0/receipt.xsd").assertValid(etree.fromstring(receipt.octets))
        assert kept(bus, receipt.dispatch_id) == (True, "none")


def test_an_operator_who_refuses_paper_without_reason_gets_the_reason_or_no_paper(
    make: Callable[..., Province],
) -> None:
    province = make('[rules]\nmodes = { paper-reason = "refuse" }\npaper_types = ["Báo cáo*"]')
    with closing(province.assembly()) as bus:
        assert isinstance(handed_in(bus, province, a_document(paper=True)), Refusal)
        for number, (octets, reason) in enumerate(
            [
                (a_document(number="1", paper=True, reason="Đơn vị nhận đề nghị"), "on-request"),
                (a_document(number="2", paper=True, kind=(2, 3, "Báo cáo tháng")), "list"),
                (a_document(number="3", paper=True, recipients=[DEPARTMENT, MINISTRY]), "government"),
            ]
        ):
            receipt = handed_in(bus, province, octets)
            assert isinstance(receipt, Receipt), number
            assert kept(bus, receipt.dispatch_id) == (True, reason)
        plain = handed_in(bus, province, a_document(number="4"))
        assert isinstance(plain, Receipt)
        assert kept(bus, plain.dispatch_id) == (False, "")


def test_a_number_of_pages_is_paper_too() -> None:
    envelope = read(on_paper(a_document(paper=True)))
    assert PaperRules().reason(envelope) is PaperReason.NONE
    with pytest.raises(PolicyDenied):
        PaperHasReason().check(believed(on_paper(a_document(paper=True))), SENT)


def test_a_document_for_information_is_asked_by_the_rules_as_any_other_and_its_receipt_says_both(
    make: Callable[..., Province],
) -> None:
    rule = '[[trust.admission]]\nverdict = "absent"\noutcome = "for-information"'
    province = make(rule)
    with closing(province.assembly()) as bus:
        (receipt,) = bus.intake.accept([an_arrival(a_document(paper=True))])
        assert isinstance(receipt, Receipt)
        root = etree.fromstring(receipt.octets)
        assert root.findtext(f"{_R}Admission") == "for-information"
        assert root.find(f"{_R}Remarks") is not None
        folder = schemas_file.rpartition("/")[0]
        etree.XMLSchema(file=f"{folder}/receipt-1.0/receipt.xsd").assertValid(root)
        (refused,) = bus.intake.accept([an_arrival(a_document(subject="Tuyệt mật", number="9"))])
        assert isinstance(refused, Refusal)


@pytest.mark.parametrize(("reason", "passes"), [("Sai thẩm quyền", True), ("", False), ("...", False)])
def test_a_refusal_says_why(reason: str, passes: bool) -> None:  # noqa: FBT001
    status = believed(a_status(code="02", reason=reason))
    if passes:
        RefusalSaysWhy().check(status, SENT)
    else:
        with pytest.raises(PolicyDenied, match="Description"):
            RefusalSaysWhy().check(status, SENT)
    RefusalSaysWhy().check(believed(a_status(code="03")), SENT)


class _Objects:
    sentence = source = Text("never", "không bao giờ")
    mode = Mode.REFUSE

    def check(self, verified: object, at: object) -> None:
        from lgsp.model.errors import Problem  # noqa: PLC0415

        del verified, at
        raise PolicyDenied(Problem(expected=self.sentence))


def test_a_rule_that_is_off_is_not_asked_and_one_that_remarks_lets_the_next_be_asked() -> None:
    document = believed(a_document())
    rules = [Rule(name=f"{mode}", policy=_Objects(), mode=mode) for mode in (Mode.OFF, Mode.REMARK, Mode.REFUSE)]
    assert [remark.rule for remark in permit(document, rules[:2], SENT)] == ["remark"]
    with pytest.raises(PolicyDenied) as caught:
        permit(document, rules, SENT)
    assert caught.value.rule == "refuse"


@pytest.mark.parametrize(
    "section",
    [
        RulesSection(modes={"no-such-rule": "off"}),
        RulesSection(options={"no-such-rule": {}}),
        RulesSection(options={"file-size": {"no_such_option": 1}}),
        RulesSection(file_kinds=("word",)),
    ],
)
def test_a_rule_or_an_option_that_does_not_exist_is_named_before_the_bus_starts(section: RulesSection) -> None:
    with pytest.raises(Misconfigured, match=r"no-such-rule|no_such_option|word"):
        ruled(section)


def test_a_file_that_is_not_what_it_says_goes_its_way_with_a_remark_and_a_program_does_not(
    make: Callable[..., Province],
) -> None:
    province = make()
    with closing(province.assembly()) as bus:
        odd = a_document(attachments=[File(name="a.pdf", content=b"\x89PNG\r\n\x1a\n", content_id="1")])
        receipt = handed_in(bus, province, odd)
        assert isinstance(receipt, Receipt)
        assert "file-as-declared" in {remark.rule for remark in receipt.remarks}
        bad = a_document(number="2", attachments=[File(name="a.pdf", content=b"MZ\x90\0", content_id="1")])
        assert isinstance(handed_in(bus, province, bad), Refusal)
