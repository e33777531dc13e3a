"""What a province, a nation and more send: from the seed's nine months, with every assumption named."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Final

from lgsp.simulate.plan import DOCUMENTS
from tests.benchmarks.capacity.bus import Document

if TYPE_CHECKING:
    from collections.abc import Iterator

#: 1 January to 23 September 2020, without weekends and holidays.
WORKING_DAYS: Final = 182
#: How much more comes on the busiest day of a year than on most: before Tết, and at the ends of quarters.
PEAK_DAY: Final = 2.5
#: Of a day's documents, those of its busiest hour (lgsp.simulate.plan has the hours of a day).
PEAK_HOUR: Final = 0.158
#: How many agencies a document goes to, on average.
RECIPIENTS: Final = 2.0
#: The share of deliveries that go to a system of the recipient, not to a mailbox on the bus.
GOING: Final = 0.3
#: How many statuses each recipient sends back on average; each is an envelope for one.
STATUSES: Final = 2.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What comes in somewhere."""

    name: str
    #: Documents in the seed's nine months, statuses not counted.
    documents: float
    agencies: int

    @property
    def peak(self) -> float:
        """Documents a second in the busiest hour of the busiest day."""
        return self.documents / WORKING_DAYS * PEAK_DAY * PEAK_HOUR / 3600

    @property
    def envelopes(self) -> float:
        """All envelopes a second then: documents, and what is reported of them."""
        return self.peak * (1 + RECIPIENTS * STATUSES)

    @property
    def yearly(self) -> float:
        """Envelopes a year."""
        return self.documents * 12 / 9 * (1 + RECIPIENTS * STATUSES)


PROVINCE: Final = Demand(name="province", documents=DOCUMENTS, agencies=625)
#: 34 provinces, made of 63 as large as the seed's; as many agencies as are to be joined.
NATION: Final = Demand(name="nation", documents=63 * DOCUMENTS, agencies=125_000)
#: Ten times that: every step of every public service told as a document.
BEYOND: Final = Demand(name="beyond", documents=630 * DOCUMENTS, agencies=250_000)
SIZES: Final = (PROVINCE, NATION, BEYOND)


def arrivals(documents: float, envelopes: float, seconds: float, seed: int) -> Iterator[Document]:
    """Yield what comes within some seconds of one hour, one by one at random (Poisson), at these rates a second."""
    random = Random(seed)  # to be repeated, not to be secret
    moment = 0.0
    while (moment := moment + random.expovariate(envelopes)) < seconds:
        yield Document(moment, _recipients(random) if random.random() < documents / envelopes else 1)


def at_once(documents: int, recipients: int, each_seconds: float = 0.0) -> Iterator[Document]:
    """Yield a backlog: all of it is there, or comes as fast as one client sends."""
    for number in count():
        if number == documents:
            return
        yield Document(number * each_seconds, recipients)


def _recipients(random: Random) -> int:
    """Draw one or more, `RECIPIENTS` on average."""
    number = 1
    while random.random() > 1 / RECIPIENTS:
        number += 1
    return number
