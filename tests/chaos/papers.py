"""What is sent: planned by a seed, signed when it is needed, forgotten when it is answered."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from lgsp.model.agency import AgencyCode
from tests.builders import a_document
from tests.chaos.reckoning import Paper

if TYPE_CHECKING:
    from random import Random

    from tests.province import Province

BY_SOAP: Final = ("000.00.01.H03", "000.00.02.H03")
BY_AMQP: Final = ("000.00.03.H03",)
MAILBOXES: Final = ("000.00.11.H03", "000.00.12.H03")
FOLDER: Final = "000.00.21.H03"
MINISTRY: Final = "000.00.00.G22"
#: A system that says no to every document, and one that nobody ever reaches.
REFUSING: Final = "000.00.00.G23"
AWAY: Final = "000.00.00.G24"
RECIPIENTS: Final = (*MAILBOXES, FOLDER, MINISTRY)
#: Of so many documents one is changed after it was signed, and of as many one is also for who refuses or is away.
_BAD_EVERY, _ODD_EVERY = 20, 8


def planned(count: int, random: Random) -> list[Paper]:
    """Return documents that are yet to be written."""
    return [_paper(n, random) for n in range(count)]


def write(paper: Paper, province: Province) -> None:
    """Write and sign a document, unless it is written already."""
    if paper.octets:
        return
    number = paper.name.split()[-1]
    unsigned = a_document(sender=paper.sender, recipients=paper.recipients, number=number, priority=int(number) % 3)
    octets = province.signed(unsigned, AgencyCode(paper.sender))
    if paper.bad:
        octets = octets.replace("V/v gửi".encode(), "V/v Gửi".encode(), 1)
    paper.octets, paper.digest = octets, hashlib.sha256(octets).hexdigest()


def _paper(n: int, random: Random) -> Paper:
    recipients = random.sample(RECIPIENTS, random.randint(1, 3))
    if n % _ODD_EVERY == _ODD_EVERY - 1:
        recipients.append(random.choice((REFUSING, AWAY)))
    return Paper(
        name=f"document {n}",
        octets=b"",
        digest="",
        sender=(*BY_SOAP, *BY_AMQP)[n % 3],
        recipients=tuple(recipients),
        bad=n % _BAD_EVERY == _BAD_EVERY - 1,
    )
