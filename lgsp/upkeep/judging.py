"""Judges held documents again, when there is news: then they go their way, or end as refused with the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry
from lgsp.model.envelope import Admission
from lgsp.model.errors import Problem, SignatureRejected
from lgsp.model.text import Text
from lgsp.stages.envelope import read
from lgsp.stages.signature import authenticate
from lgsp.store.holding import Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lgsp.model.envelope import Verified
    from lgsp.stages.signature import Trust
    from lgsp.store.holding import Waiting

_PAGE: Final = 100
#: So long after its start no process ends a wait: sources that were not asked while it was down are asked first.
_GRACE: Final = timedelta(minutes=5)
_GOES: Final = {
    Admission.ACCEPT: Text(
        "The document that waited was judged, and goes to its recipients.",
        "Văn bản bị giữ lại đã được xác minh và được chuyển tới nơi nhận.",
    ),
    Admission.FOR_INFORMATION: Text(
        "The document that waited was judged, and goes to its recipients for information only.",
        "Văn bản bị giữ lại đã được xét và được chuyển tới nơi nhận, chỉ để biết.",
    ),
}


class Ledger(Protocol):
    """The memory that this broom asks and writes into."""

    def held(self, limit: int = 100, after: str = "") -> Sequence[Waiting]:
        """Return what waits to be judged again, oldest first."""

    def decide(self, decision: Decision) -> bool:
        """End a wait; False when it had ended already."""


class Judging:
    """The broom that ends the wait of held documents.

    A document is judged as of its arrival, with today's news. It is judged once by each process that starts, and then
    whenever the news of revocation changed: nothing else can end a doubt but the limit of waiting.
    """

    def __init__(
        self,
        ledger: Ledger,
        trust: Trust,
        *,
        limit: timedelta,
        proven_at: Callable[[Waiting], datetime | None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Judge nothing yet, and let nothing wait longer than `limit`.

        `proven_at` tells by which time a trusted stamp proves that a document existed.
        """
        self._ledger = ledger
        self._trust = trust
        self._limit = limit
        self._proven_at = proven_at
        self._clock = clock
        self._judged_on: object = None
        self._after = ""
        self._look_at = clock() + min(limit, _GRACE)

    def sweep(self) -> int:
        """Judge a page of what is held, or end what has waited too long; return how many waits ended."""
        self._trust.ready()
        news = self._trust.authorities.snapshot
        if news is self._judged_on:
            return self._end_overdue()
        page = self._ledger.held(_PAGE, self._after)
        ended = sum(self._judge(one) for one in page)
        self._after = page[-1].dispatch_id if page else ""
        if len(page) < _PAGE:
            self._judged_on, self._after = news, ""
        return ended or len(page) // _PAGE  # a full page without an end is no reason to pause

    def _end_overdue(self) -> int:
        now = self._clock()
        if now < self._look_at:
            return 0
        page = self._ledger.held(_PAGE)
        overdue = [one for one in page if one.arrival.arrived + self._limit <= now]
        for one in overdue:
            self._decide(one, _refused(one, SignatureRejected(self._too_long())))
        if len(overdue) < _PAGE:
            # Whatever is held from now on waits as long as the oldest that is left, or longer.
            oldest = page[len(overdue)].arrival.arrived if len(overdue) < len(page) else now
            self._look_at = oldest + self._limit
        return len(overdue)

    def _judge(self, waiting: Waiting) -> bool:
        if not waiting.arrival.octets:
            return (
                False  # they lie apart, and not as they were stored: until they are mended, or it has waited too long
            )
        try:
            verified = self._authenticated(waiting)
        except SignatureRejected as error:
            telemetry.engines_disagree(waiting.arrival, error)
            return self._decide(waiting, _refused(waiting, error))
        if verified.proof.admission is Admission.HOLD:
            return False
        return self._decide(waiting, _going(waiting.dispatch_id, verified))

    def _authenticated(self, waiting: Waiting) -> Verified:
        """Judge it as it came, and if that refuses it, as of when it certainly was here."""
        arrival, envelope = waiting.arrival, read(waiting.arrival.octets)
        try:
            return authenticate(envelope, arrival.caller, self._trust, arrival.arrived)
        except SignatureRejected:
            moment = self._proven_at(waiting)
            if moment is None:
                raise
        return authenticate(envelope, arrival.caller, self._trust, arrival.arrived, proven_at=moment)

    def _decide(self, waiting: Waiting, decision: Decision) -> bool:
        decided = self._ledger.decide(decision)
        if decided:
            telemetry.decided(waiting.dispatch_id, waiting.arrival, decision.admission)
        return decided

    def _too_long(self) -> Problem:
        days = f"{self._limit / timedelta(days=1):g}"
        return Problem(
            expected=Text(
                f"an authority that says within {days} days whether the certificate is revoked",
                f"tổ chức cấp chứng thư cho biết trong vòng {days} ngày chứng thư có bị thu hồi hay không",
            ),
            found="no news, or none that is recent",
            cure=Text(
                "ask the authority; once it answers again, sign and send the document anew",
                "liên hệ tổ chức cấp chứng thư; khi có lại thông tin, ký và gửi lại văn bản",
            ),
        )


def _refused(waiting: Waiting, error: SignatureRejected) -> Decision:
    said = Text(error.say("en"), error.say("vi"))
    return Decision(dispatch_id=waiting.dispatch_id, admission=Admission.REFUSE, code=error.code, said=said)


def _going(dispatch_id: str, verified: Verified) -> Decision:
    proof = verified.proof
    detail = ", ".join(filter(None, (proof.verdict, proof.doubt, proof.anchor, proof.revocation)))
    said = _GOES[proof.admission]
    return Decision(dispatch_id=dispatch_id, admission=proof.admission, said=said, detail=detail, verified=verified)
