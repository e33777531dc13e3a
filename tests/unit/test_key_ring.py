"""Keys that follow one another: nobody stops, and no signature is lost."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from lgsp.model.errors import Misconfigured
from signing import (
    HandedKey,
    KeyRing,
    KeyUnusable,
    PemKey,
    Result,
    Term,
    make_certificate,
    seal,
    verify_seal,
    write_private,
)
from tests.keyring import START, an_authority, certificates, trust
from tests.province import _authority, an_agency, make_province

if TYPE_CHECKING:
    from pathlib import Path

    from signing import Made, SigningKey

DAY = timedelta(days=1)
OCTETS = b"octets"


def pair(day: int, days: int = 100) -> Made:
    """Return a key whose certificate begins on that day."""
    return make_certificate(an_authority(), f"con dấu {day}", term=Term(start=START + day * DAY, days=days))


class Ring:
    """A ring with a clock that the test turns."""

    def __init__(self, folder: Path, **choices: Any) -> None:
        self.folder, self.now = folder, START + DAY
        (folder / "seal").mkdir()
        self.put(pair(0), folder / "bus")
        self.changed: list[SigningKey] = []
        self.unusable: list[Path] = []
        self.ring = KeyRing(
            PemKey(folder / "bus.key", folder / "bus.crt"),
            folder / "seal",
            look_every_seconds=0,
            clock=lambda: self.now,
            on_change=self.changed.append,
            on_unusable=lambda file, _: self.unusable.append(file),
            **choices,
        )

    def put(self, made: Made, file: Path) -> None:
        write_private(file.with_suffix(".key"), made.key)
        file.with_suffix(".crt").write_bytes(made.certificate)

    @property
    def name(self) -> str:
        return self.ring.current().certificate.subject.rfc4514_string().removeprefix("CN=con dấu ")


def test_the_newest_key_whose_time_has_come_signs(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    ring.put(pair(20), tmp_path / "seal" / "next")
    ring.put(pair(10), tmp_path / "seal" / "soon")
    seen = []
    for day in (1, 9, 10, 19, 20, 90):
        ring.now = START + day * DAY
        seen.append(ring.name)
    assert seen == ["0", "0", "10", "10", "20", "20"]
    assert len(ring.changed) == 2


def test_a_key_that_has_ended_leaves_its_place_to_one_that_has_not(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    ring.put(pair(10, days=5), tmp_path / "seal" / "short")
    ring.now = START + 12 * DAY
    assert ring.name == "10"
    ring.now = START + 16 * DAY
    assert ring.name == "0"
    ring.now = START + 500 * DAY  # every one has ended: the bus goes on, and the alarm has long been told
    assert ring.name == "10"


def test_a_key_counts_once_its_certificate_is_there(tmp_path: Path) -> None:
    ring, made = Ring(tmp_path), pair(1)
    write_private(tmp_path / "seal" / "next.key", made.key)
    assert ring.name == "0"
    (tmp_path / "seal" / "next.crt").write_bytes(made.certificate)
    assert ring.name == "1"


def test_a_key_that_cannot_be_opened_is_told_once_and_passed_over(tmp_path: Path) -> None:
    ring = Ring(tmp_path)
    broken = tmp_path / "seal" / "broken"
    broken.with_suffix(".key").write_bytes(b"no key")
    broken.with_suffix(".crt").write_bytes(pair(1).certificate)
    assert [ring.name for _ in range(3)] == ["0", "0", "0"]
    assert ring.unusable == [broken.with_suffix(".key")]


def test_a_ring_with_no_key_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="no key"):
        KeyRing(None, tmp_path)


def test_no_signature_is_lost_while_keys_follow_one_another(tmp_path: Path) -> None:
    ring, seals, going = Ring(tmp_path), list[bytes](), threading.Event()

    def work() -> None:
        while not going.is_set():
            seals.append(seal(OCTETS, ring.ring.current(), name="document.edxml", at=ring.now))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for day in range(1, 9):
        ring.put(pair(day), tmp_path / "seal" / f"{day}")
        ring.now = START + day * DAY + timedelta(hours=1)
        while ring.name != str(day):
            time.sleep(0.001)
        count = len(seals)
        while len(seals) < count + 30:
            time.sleep(0.001)
    going.set()
    for worker in workers:
        worker.join()
    verdicts = [verify_seal(one, OCTETS, trust(), ring.now) for one in seals]
    assert {(verdict.result, verdict.trusted) for verdict in verdicts} == {(Result.VALID, True)}
    assert {verdict.signer for verdict in verdicts} >= {f"CN=con dấu {day}" for day in range(1, 9)}


def test_rotating_gives_a_running_bus_its_next_key_and_old_seals_hold(tmp_path: Path) -> None:
    province = make_province(tmp_path, [an_agency("H03.1")])
    bus = province.assembly()
    try:
        before = bus.keys.current()
        sealed = seal(OCTETS, before, name="document.edxml", at=datetime.now(UTC))
        made = make_certificate(_authority(), "LGSP tỉnh, khóa sau")
        bus.keychain.put_next(HandedKey.made(made), bus.authorities, datetime.now(UTC))
        bus.keychain.seal.all_keys()  # look now instead of within five seconds
        after = bus.keys.current()
        assert after.certificate == certificates(made)[0] != before.certificate
        assert verify_seal(sealed, OCTETS, bus.authorities, datetime.now(UTC)).trusted
        names = [one.name for one in bus.keychain.in_force() if one.role == "seal"]
        assert names == ["former", "current"]
        stranger = make_certificate(an_authority("CA lạ"), "LGSP tỉnh")
        with pytest.raises(Misconfigured, match="authority-unknown"):
            bus.keychain.put_next(HandedKey.made(stranger), bus.authorities, datetime.now(UTC))
    finally:
        bus.close()
