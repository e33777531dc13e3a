"""What the bus rests on, how long it still holds, and who is told."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import structlog

from lgsp.assembly import Assembly
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt
from lgsp.model.envelope import Arrival
from lgsp.model.errors import KeyUnavailable, Misconfigured
from lgsp.settings import load
from lgsp.upkeep.expiry import Expiry, InForce
from signing import KeyAway, Term, make_certificate
from tests.builders import a_document
from tests.keyring import an_authority, certificates
from tests.province import an_agency, make_province

if TYPE_CHECKING:
    from pathlib import Path

    from signing import KeyProvider, SigningKey
    from tests.province import Province

NOW = datetime.now(UTC)
CODE = "H03.11"


def ending(in_days: float, role: str = "seal", name: str = "current") -> InForce:
    term = Term(start=NOW - timedelta(days=100 - in_days), days=100)
    made = make_certificate(an_authority(), "LGSP tỉnh", term=term)
    return InForce(role=role, name=name, certificate=certificates(made)[0])


def told(broom: Expiry) -> list[tuple[str, int, str]]:
    with structlog.testing.capture_logs() as events:
        assert broom.sweep() == 0
    assert {event["event"] for event in events} <= {"key.expires"}
    return [(event["name"], event["days_left"], event["log_level"]) for event in events]


def test_whoever_ends_soon_is_told_once_a_day() -> None:
    clock = [NOW.replace(hour=12)]
    held = [ending(29.5, name="a"), ending(31.5, name="b"), ending(-1.5, name="c"), ending(-1.5, name="former")]
    broom = Expiry(lambda: held, warn_days=30, clock=lambda: clock[0])
    first = told(broom)
    assert [(name, level) for name, _, level in first] == [("a", "warning"), ("c", "error")]
    assert told(broom) == []
    clock[0] += timedelta(days=2)
    assert [name for name, _, _ in told(broom)] == ["a", "b", "c"]


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return make_province(tmp_path, [an_agency(CODE)])


class Away:
    """A key whose token is not there, and comes back."""

    def __init__(self, key: KeyProvider) -> None:
        self.key, self.here = key, False

    def current(self) -> SigningKey:
        if not self.here:
            raise KeyAway("the token lgsp is away")
        return self.key.current()


def test_a_key_that_is_away_refuses_nobody_and_the_document_comes_again(province: Province) -> None:
    bus = province.assembly()
    with closing(bus):
        away = Away(bus.keys)
        intake = replace(bus.intake, keys=away)
        octets = province.signed(a_document(sender=CODE, recipients=[CODE]), AgencyCode(CODE))
        arrival = Arrival(
            octets=octets, caller=AgencyCode(CODE), door="soap", correlation="c", arrived=datetime.now(UTC)
        )
        with pytest.raises(KeyUnavailable) as caught:
            intake.accept([arrival])
        assert "token" not in caught.value.say("en")  # what the bus's key lives in is nobody's business
        away.here = True
        assert isinstance(intake.accept([arrival])[0], Receipt)


def test_what_is_wrong_with_a_key_is_told_before_the_process_starts(province: Province) -> None:
    for place in ("pkcs11:token=a", "bus.p12"):
        text = re.sub(r'seal_key = ".*"', f'seal_key = "{place}"', province.config.read_text(encoding="utf-8"))
        (province.folder / "other.toml").write_text(text, encoding="utf-8")
        with closing(Assembly(load(province.folder / "other.toml"))) as bus, pytest.raises(Misconfigured) as caught:
            bus.keys.current()
        assert "[keys] seal_key" in str(caught.value)
