"""Judges held documents again, when there is news: then they go their way, or end as refused with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lgsp import telemetry
from lgsp.model.envelope import Admission
from lgsp.model.errors import SignatureRejected
from lgsp.stages.envelope import read
from lgsp.stages.signature import authenticate
from lgsp.store.holding import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from lgsp.model.envelope import Verified
    from lgsp.stages.signature import Trust
    from lgsp.store.holding import Waiting

_PAGE = 100


class Ledger(Protocol):
    """The memory that this broom asks and writes into."""

    def held(self, limit: int = 100, after: str = "") -> Sequence[Waiting]:
        """Return what waits to be judged again, oldest first."""

    def decide(self, decision: Decision) -> bool:
        """End a wait; False when it had ended already."""


class Judging:
    """The broom that ends the wait of held documents.

    A document is judged as of its arrival, with today's news. It is judged once by each process that starts, and then
    whenever the news of revocation changed: nothing else can end a doubt.
    """

    def __init__(
        self,
        ledger: Ledger,
        trust: Trust,
        *,
        proven_at: Callable[[str], datetime | None] = lambda _: None,
    ) -> None:
        """Judge nothing yet. `proven_at` tells by which time a trusted stamp proves that a dispatch existed."""
        self._ledger = ledger
        self._trust = trust
        self._proven_at = proven_at
        self._judged_on: object = None
        self._after = ""

    def sweep(self) -> int:
        """Judge a page of what is held, unless all of it was judged on the same news; return how many waits ended."""
        self._trust.ready()
        news = self._trust.authorities.snapshot
        if news is self._judged_on:
            return 0
        page = self._ledger.held(_PAGE, self._after)
        ended = sum(self._judge(one) for one in page)
        self._after = page[-1].dispatch_id if page else ""
        if len(page) < _PAGE:
            self._judged_on, self._after = news, ""
        return ended or len(page) // _PAGE  # a full page without an end is no reason to pause

    def _judge(self, waiting: Waiting) -> bool:
        arrival = waiting.arrival
        try:
            verified = authenticate(
                read(arrival.octets),
                arrival.caller,
                self._trust,
                arrival.arrived,
                proven_at=self._proven_at(waiting.dispatch_id),
            )
        except SignatureRejected as error:
            said = f"{error.say('vi')}\n{error.say('en')}"
            decision = Decision(dispatch_id=waiting.dispatch_id, admission=Admission.REFUSE, detail=said)
        else:
            if verified.proof.admission is Admission.HOLD:
                return False
            decision = _going(waiting.dispatch_id, verified)
        decided = self._ledger.decide(decision)
        if decided:
            telemetry.decided(waiting.dispatch_id, arrival, decision.admission)
        return decided


def _going(dispatch_id: str, verified: Verified) -> Decision:
    proof = verified.proof
    detail = ", ".join(filter(None, (proof.verdict, proof.doubt, proof.anchor, proof.revocation)))
    return Decision(dispatch_id=dispatch_id, admission=proof.admission, detail=detail, verified=verified)
