"""The samples of every status and every business type, taken in whole by the bus, in order and shuffled."""

from __future__ import annotations

import random
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from lgsp.courier import Courier
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt
from lgsp.model.envelope import Arrival
from lgsp.stages.envelope import read
from tests.conformance.test_samples import FOLDER
from tests.province import Province, an_agency, make_province

if TYPE_CHECKING:
    from pathlib import Path

    from lgsp.assembly import Assembly

#: One file of every kind, in the order in which it happens. Of the files of one new document, one can be accepted.
ORDER: Final = (
    *("document_new", "status_01_arrived", "status_03_accepted", "document_reply", "status_02_refused"),
    *("document_update", "status_16_change_refused", "document_replace", "status_13_recall_request"),
    *("document_recall", "status_15_change_accepted"),
)
CODES: Final = ("000.00.00.H03", "000.00.11.H03", "000.20.31.H03", "000.00.00.G22", "000.00.00.H41")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def signed(keys: Path) -> dict[str, tuple[AgencyCode, bytes]]:
    """Who hands each sample in, and the sample with its sender's signature."""
    province = _province(keys / "first", keys)
    found = {}
    for name in ORDER:
        octets = (FOLDER / f"{name}.edxml").read_bytes()
        sender = read(octets).sender
        found[name] = (sender, province.signed(octets, sender))
    return found


def _province(folder: Path, keys: Path) -> Province:
    return make_province(folder, [an_agency(code) for code in CODES], keys=keys)


def _came(bus: Assembly, order: list[str], signed: dict[str, tuple[AgencyCode, bytes]], chance: random.Random) -> None:
    """Hand the samples in, several at a time, and let couriers run in between."""
    left = list(order)
    while left:
        size = chance.randint(1, 4)
        batch, left = left[:size], left[size:]
        arrivals = [
            Arrival(octets=signed[n][1], caller=signed[n][0], door="soap", correlation=n, arrived=datetime.now(UTC))
            for n in batch
        ]
        answers = bus.intake.accept(arrivals)
        assert [answer for answer in answers if not isinstance(answer, Receipt)] == []
        if chance.random() < 1 / 3:
            _settled(bus)


def _settled(bus: Assembly) -> None:
    """Let everything that waits be delivered."""
    adapters = {agency.code: bus.adapter(agency) for agency in bus.directory.agencies()}
    with closing(Courier(consumer=bus.transport.consume(list(adapters)), adapters=adapters, ledger=bus.ledger)) as walk:
        while bus.relay.forward() or walk.round(0):
            pass


def _end(bus: Assembly) -> dict[str, object]:
    """Return what the senders see in the end, by the names of the samples."""
    found: dict[str, object] = {}
    sent = [item for code in CODES for item in bus.views.sent(AgencyCode(code))]
    names = {item.dispatch_id: bus.views.trace(item.dispatch_id)[0].correlation for item in sent}
    for item in sent:
        found[names[item.dispatch_id]] = (
            sorted((stand.recipient, stand.status, stand.progress, stand.asked) for stand in item.deliveries),
            sorted((said.reporter, said.code) for said in item.business),
            sorted((names[asked.dispatch_id], asked.recipient, asked.kind, asked.state) for asked in item.requests),
        )
    return found


@pytest.mark.parametrize("seed", range(6))
def test_samples_of_all_kinds_end_in_the_same_state_in_whatever_order_they_come(
    tmp_path: Path, keys: Path, signed: dict[str, tuple[AgencyCode, bytes]], seed: int
) -> None:
    ends: list[dict[str, object]] = []
    for order in (list(ORDER), random.Random(seed).sample(ORDER, len(ORDER))):
        province = _province(tmp_path / str(len(ends)), keys)
        with closing(province.assembly()) as bus:
            _came(bus, order, signed, random.Random(seed))
            _settled(bus)
            ends.append(_end(bus))
    assert set(ends[0]) == set(ORDER)
    assert ends[0] == ends[1]
