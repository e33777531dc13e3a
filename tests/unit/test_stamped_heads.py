"""From the configuration to a head of the evidence log that a time authority has stamped."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import Arrival
from lgsp.model.errors import Misconfigured, Unavailable
from lgsp.settings import load
from lgsp.timing import stamper_of, time_authorities_of
from lgsp.upkeep.notary import Stamping
from signing import judge_stamp
from tests.builders import a_document
from tests.province import an_agency, make_province
from tests.services.time_authority import POLICY, TimeAuthority, a_root, by_certomancer

if TYPE_CHECKING:
    from pathlib import Path

CODE = AgencyCode("H03.11")
_TIME = """
[[time.authorities]]
url = "{url}"
certificates = ["tsa.crt"]
policy = "{policy}"
timeout_seconds = 1.0
"""


def test_upkeep_has_the_newest_head_stamped_as_soon_as_an_authority_answers(tmp_path: Path) -> None:
    (tmp_path / "tsa.crt").write_bytes(a_root().certificate)
    with TimeAuthority(by_certomancer()) as up:
        down = TimeAuthority(by_certomancer())
        down.stop()
        more = "".join(_TIME.format(url=url, policy=POLICY) for url in (down.url, up.url))
        province = make_province(tmp_path, [an_agency(CODE)], more=more)
        octets = province.signed(a_document(sender=CODE, recipients=[CODE]), CODE)
        arrival = Arrival(octets=octets, caller=CODE, door="soap", correlation="c", arrived=datetime.now(UTC))
        with closing(province.assembly()) as bus:
            bus.intake.accept([arrival])
            while bus.notary.sweep():
                pass
            stamping = next(duty.broom for duty in bus.upkeep if duty.name == "stamping")
            assert (stamping.sweep(), stamping.sweep()) == (1, 0)
            head = bus.leaves.newest_head()
            assert head is not None
            assert judge_stamp(head.stamp, head.text, bus.time_authorities).stamp


def test_while_no_authority_answers_the_head_waits_and_nothing_else_does(tmp_path: Path) -> None:
    (tmp_path / "tsa.crt").write_bytes(a_root().certificate)
    authority = TimeAuthority(by_certomancer())
    authority.stop()
    province = make_province(tmp_path, [an_agency(CODE)], more=_TIME.format(url=authority.url, policy=""))
    octets = province.signed(a_document(sender=CODE, recipients=[CODE]), CODE)
    arrival = Arrival(octets=octets, caller=CODE, door="soap", correlation="c", arrived=datetime.now(UTC))
    with closing(province.assembly()) as bus:
        bus.intake.accept([arrival])
        while bus.notary.sweep():
            pass
        stamper = bus.stamper
        assert stamper is not None
        with pytest.raises(Unavailable):
            Stamping(bus.leaves, stamper).sweep()
        head = bus.leaves.newest_head()
        assert head is not None
        assert not head.stamp


def test_without_a_time_authority_there_is_nobody_to_ask(tmp_path: Path) -> None:
    (tmp_path / "lgsp.toml").write_text("")
    section = load(tmp_path / "lgsp.toml").time
    assert stamper_of(section) is None
    assert time_authorities_of(section).anchors == ()


@pytest.mark.parametrize("key", ['url = "tsa"', "certificates = []", 'policy = "any"', "timeout_seconds = 0", "a = 1"])
def test_a_time_authority_that_cannot_be_asked_is_named(tmp_path: Path, key: str) -> None:
    right = ['url = "http://tsa.test"', 'certificates = ["tsa.crt"]']
    lines = [line for line in right if line.split()[0] != key.split(maxsplit=1)[0]] + [key]
    (tmp_path / "lgsp.toml").write_text("[[time.authorities]]\n" + "\n".join(lines))
    with pytest.raises(Misconfigured, match="time"):
        load(tmp_path / "lgsp.toml")
    (tmp_path / "lgsp.toml").write_text("[[time.authorities]]\n" + "\n".join(right))
    with pytest.raises(Misconfigured, match=r"tsa\.crt"):
        stamper_of(load(tmp_path / "lgsp.toml").time)
