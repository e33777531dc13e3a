"""Every event the bus writes, in one place: a fixed name, stable fields, one correlation id from door to receipt.

Never in an event: the content of a document, a secret, a person's data.
"""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Literal

import orjson
import structlog

from lgsp.model.delivery import Receipt, Status
from lgsp.model.envelope import Admission
from lgsp.model.errors import KeyUnavailable
from lgsp.model.overdue import What

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from structlog.typing import EventDict, Processor

    from lgsp.model.age import Age
    from lgsp.model.attachment import Unexamined
    from lgsp.model.delivery import Outcome, Refusal
    from lgsp.model.envelope import Arrival
    from lgsp.model.errors import ContentUnavailable, LgspError, SignatureRejected
    from lgsp.model.overdue import Overdue
    from lgsp.transport import Parcel
    from signing import SigningKey

#: What happened -> the event's name. Operators build alarms on these: they never change their meaning.
EVENTS: Final = {
    "started": "a process is ready",
    "stopped": "a process has ended in good order",
    "process.ended": "one of several processes of a walk ended by itself, with status `code`; it is started again",
    "document.accepted": "a document is in the ledger and has its receipt",
    "document.repeated": "a document came again, and got the receipt of the first time",
    "call.refused": "a call was refused at its door, before any document was examined",
    "document.refused": "a document was refused; nothing of it went anywhere",
    "document.held": "a document is in the ledger and waits: whether its certificate is revoked is not known",
    "trust.engines-disagree": "a signature is right to one engine and wrong to the other: look at once",
    "document.decided": "a held document was judged again: it goes its way, or is refused, in `admission`",
    "revocation.missing": "a source of revocation news did not answer, or not truly; it is asked again",
    "revocation.doubted": "news of revocation in the store is not what an authority signed: an operator must look",
    "delivery.queued": "a delivery is in its recipient's queue",
    "delivery.delivered": "the recipient's system has it",
    "delivery.postponed": "the recipient's system did not take it; it is tried again",
    "delivery.refused": "the recipient's system will never take it",
    "delivery.expired": "given up, for it could not be handed over within its time to live: an operator must look",
    "age.exceeded": "the oldest of `what` has waited for longer than its limit: an operator must look; told once",
    "age.recovered": "that is over",
    "breaker.opened": "an agency's system does not answer: its documents wait in its queue, and it is asked seldom",
    "breaker.closed": "that system answers again, and what waited goes to it",
    "delivery.late-urgent": "an urgent delivery took longer than its target, or still waits: an operator must look",
    "request.unanswered": "a recall, an update or a replacement was not answered in its time, by `agency`",
    "status.unmatched": "statuses wait for documents that will not come: `old` of `waiting`; told once a day",
    "delivery.failed": "given up after the last attempt: an operator must look",
    "blob.missing": "a large document is not where it was stored; nothing is delivered: an operator must look",
    "blob.altered": "a large document is not what was stored; nothing is delivered: an operator must look",
    "octets.erased": "the octets of documents were erased by a rule of retention, `number` of them",
    "deadline.passed": "a document is late, untaken, unanswered or unheeded, in `what`; told once",
    "reminder.untold": "a mail or a webhook about passed deadlines did not get through; it is tried again",
    "evidence.signed": "a head of the evidence log was signed: whoever keeps it can hold the bus to it",
    "evidence.broken": "the evidence log is not as it was signed, and no head is signed: an operator must audit it",
    "key.expires": "a certificate that the bus rests on ends soon, or has ended: an operator must renew it",
    "key.changed": "from now on another key seals",
    "key.unusable": "a key in the folder of seal keys cannot be opened; the bus goes on with the others",
    "attachment.unsigned": "a document lacks signatures in its PDF that are demanded of it, in `missing`",
    "attachment.unread": "an attachment could not be examined, for the reason in `outcome`",
    "misconfigured": "an agency's entry does not work: it is not served until an operator mends it",
    "unavailable": "store, queues or a system do not answer; the step is tried again",
    "library": "a library we use has something to say, in `said`",
    "unforeseen": "a mistake in the bus or an adapter: its developers must look",
}

#: Tracebacks without the values of variables, which hold documents and secrets.
_FRAMES_ALONE: Final = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)

_AS_JSON: Final[list[Processor]] = [
    structlog.processors.ExceptionRenderer(_FRAMES_ALONE),
    structlog.processors.JSONRenderer(serializer=orjson.dumps),
]

_log = structlog.get_logger()


def configure(level: str = "info", form: Literal["json", "console"] = "json") -> None:
    """Set up the log of this process: JSON lines on standard error, or coloured text."""
    stamp: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    json = form == "json"
    structlog.configure(
        processors=[*stamp, *(_AS_JSON if json else _for_people())],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=(
            structlog.BytesLoggerFactory(sys.stderr.buffer) if json else structlog.PrintLoggerFactory(sys.stderr)
        ),
        cache_logger_on_first_use=True,
    )
    _hear_libraries([*stamp, _call_it_library], [_AS_JSON[0], _json_text] if json else _for_people())


def _hear_libraries(stamp: list[Processor], rendering: list[Processor]) -> None:
    """Let what libraries log through `logging` come out in the same form, from warnings up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=stamp,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # What pika complains of reaches its caller as an error, and is told once, as `unavailable`.
    logging.getLogger("pika").setLevel(logging.CRITICAL)


def _for_people() -> list[Processor]:
    renderer = structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
    )
    return [renderer]


def _call_it_library(_: object, __: str, fields: EventDict) -> EventDict:
    return {**fields, "event": "library", "said": fields["event"]}


def _json_text(_: object, __: str, fields: EventDict) -> str:
    return orjson.dumps(fields, default=str).decode()


def started(process: str, **facts: object) -> None:
    """Tell that a process is ready."""
    _log.info("started", process=process, **facts)


def stopped(process: str) -> None:
    """Tell that a process has ended in good order."""
    _log.info("stopped", process=process)


def process_ended(process: str, number: int, code: int) -> None:
    """Tell that a process ended that was not told to; minus the signal's number where one killed it."""
    _log.error("process.ended", process=process, number=number, code=code)


def answered(arrivals: Sequence[Arrival], answers: Sequence[Receipt | Refusal], repeated: Sequence[bool]) -> None:
    """Tell what became of each arrival, and whether it was accepted before."""
    for arrival, answer, again in zip(arrivals, answers, repeated, strict=True):
        about = {"correlation": arrival.correlation, "agency": arrival.caller, "door": arrival.door}
        if isinstance(answer, Receipt) and again:
            _log.info("document.repeated", dispatch=answer.dispatch_id, **about)
        elif isinstance(answer, Receipt) and answer.admission is Admission.HOLD:
            _log.warning("document.held", dispatch=answer.dispatch_id, **about)
        elif isinstance(answer, Receipt):
            _log.info("document.accepted", dispatch=answer.dispatch_id, **about)
        else:
            element = answer.error.problems[0].element if answer.error.problems else ""
            _log.info("document.refused", code=answer.error.code, element=element, **about)


def decided(dispatch_id: str, arrival: Arrival, admission: Admission) -> None:
    """Tell that a held document waits no more."""
    about = {"correlation": arrival.correlation, "agency": arrival.caller, "door": arrival.door}
    _log.info("document.decided", dispatch=dispatch_id, admission=admission, **about)


def engines_disagree(arrival: Arrival, error: SignatureRejected) -> None:
    """Raise the alarm that two engines did not agree on a signature, when that is why it was rejected."""
    if error.disputed:
        about = {"correlation": arrival.correlation, "agency": arrival.caller, "door": arrival.door}
        _log.error("trust.engines-disagree", digest=sha256(arrival.octets).hexdigest(), said=error.disputed, **about)


def revocation_missing(source: str, url: str, why: str) -> None:
    """Tell that nothing usable came from a source of revocation news."""
    _log.warning("revocation.missing", source=source, url=url, why=why)


def revocation_doubted(about: str, why: str) -> None:
    """Tell that what is kept of a source cannot be believed."""
    _log.error("revocation.doubted", about=about, why=why)


def call_refused(door: str, correlation: str, error: LgspError, *, agency: str = "", system: str = "") -> None:
    """Tell that a door refused a call. Nothing that the caller wrote freely: `system` is one of the directory's."""
    _log.info("call.refused", correlation=correlation, code=error.code, agency=agency, door=door, system=system)


def forwarded(parcels: Sequence[Parcel], outcomes: Sequence[Outcome]) -> None:
    """Tell that these are in their queues, or where their recipients have them."""
    for parcel, outcome in zip(parcels, outcomes, strict=True):
        if outcome.status is Status.QUEUED:
            _log.info("delivery.queued", **_about(parcel))
        else:
            attempted(parcel, outcome)


_ATTEMPTED: Final = {
    Status.DELIVERED: "delivery.delivered",
    Status.ACCEPTED: "delivery.postponed",
    Status.REFUSED: "delivery.refused",
    Status.FAILED: "delivery.failed",
}


def attempted(parcel: Parcel, outcome: Outcome) -> None:
    """Tell what became of one attempt to deliver."""
    event = _ATTEMPTED[outcome.status]
    write = _log.info if outcome.status is Status.DELIVERED else _log.warning
    write(event, **_about(parcel), attempt=parcel.attempt, **({"due": outcome.due.isoformat()} if outcome.due else {}))


def spared(agency: str, why: str, *, is_open: bool) -> None:
    """Tell that a system is asked seldom from now on, and why; or as usual again."""
    if is_open:
        _log.error("breaker.opened", agency=agency, why=why.rpartition("\n")[2])
    else:
        _log.info("breaker.closed", agency=agency)


def not_as_stored(parcel: Parcel, error: ContentUnavailable) -> None:
    """Tell that a large document cannot be delivered as it was stored."""
    _damaged(error, **_about(parcel))


def not_given(door: str, correlation: str, error: ContentUnavailable, *, agency: str) -> None:
    """Tell that a large document could not be given to an agency that asked for it."""
    _damaged(error, correlation=correlation, agency=agency, door=door)


def _damaged(error: ContentUnavailable, **about: Any) -> None:
    if error.found:
        _log.error("blob.altered", **about, digest=error.digest)
    else:
        _log.error("blob.missing", **about, digest=error.digest)


def expired(agency: str, dispatch_id: str, correlation: str, since: datetime) -> None:
    """Tell of a delivery that was given up for its age."""
    _log.error(
        "delivery.expired", correlation=correlation, dispatch=dispatch_id, agency=agency, since=since.isoformat()
    )


def age_exceeded(age: Age, now: datetime, limit: float) -> None:
    """Tell that something stands still."""
    seconds = round((now - age.since).total_seconds(), 1)
    _log.error("age.exceeded", what=age.what.value, agency=age.agency or "", seconds=seconds, limit=limit)


def age_recovered(age: Age) -> None:
    """Tell that it does so no longer."""
    _log.info("age.recovered", what=age.what.value, agency=age.agency or "")


def erased(number: int) -> None:
    """Tell that the octets of so many documents were erased."""
    _log.info("octets.erased", number=number)


def measured(parcels: Sequence[Parcel], outcomes: Sequence[Outcome], targets: Mapping[int, float]) -> None:
    """Tell of each urgent parcel that is delivered, and was not in time; `targets` are seconds by priority."""
    now = datetime.now(UTC)
    for parcel, outcome in zip(parcels, outcomes, strict=True):
        target = targets.get(parcel.priority)
        if target is None or outcome.status is not Status.DELIVERED:
            continue
        seconds = (now - parcel.accepted).total_seconds()
        if seconds > target:
            about = _about(parcel)
            _log.warning(
                "delivery.late-urgent", **about, priority=parcel.priority, seconds=round(seconds, 1), target=target
            )


def overdue(found: Overdue) -> None:
    """Tell of a deadline that passed."""
    about = {"correlation": found.correlation, "dispatch": found.dispatch_id, "due": found.due.isoformat()}
    if found.what is What.URGENT:
        _log.warning("delivery.late-urgent", agency=found.recipient, **about)
    else:
        about |= {"agency": found.agency, "recipient": found.recipient}
        _log.warning("deadline.passed", what=found.what.value, **about)


def untold(channel: str, why: str, reminders: int, agency: str = "") -> None:
    """Tell that telling failed."""
    _log.warning("reminder.untold", channel=channel, agency=agency, why=why, reminders=reminders)


def head_signed(size: int, root: str) -> None:
    """Tell how the evidence log stands: a log that is kept elsewhere is one more witness."""
    _log.info("evidence.signed", size=size, root=root)


def log_broken(why: str) -> None:
    """Tell that somebody was at the evidence log."""
    _log.error("evidence.broken", why=why)


def unanswered(request: Mapping[str, Any]) -> None:
    """Tell that a recipient did not answer."""
    _log.warning(
        "request.unanswered",
        kind=request["kind"],
        agency=request["recipient"],
        dispatch=request["dispatch_id"],
        about=request["about"],
    )


def unmatched(waiting: int, old: int) -> None:
    """Tell how many statuses wait for documents that the bus does not know."""
    _log.warning("status.unmatched", waiting=waiting, old=old)


def key_expires(role: str, name: str, *, subject: str, days_left: int) -> None:
    """Tell that a certificate soon ends, or has ended."""
    if days_left < 0:
        _log.error("key.expires", role=role, name=name, subject=subject, days_left=days_left)
    else:
        _log.warning("key.expires", role=role, name=name, subject=subject, days_left=days_left)


def key_changed(key: SigningKey) -> None:
    """Tell which key seals from now on."""
    _log.info(
        "key.changed", subject=key.certificate.subject.rfc4514_string(), serial=f"{key.certificate.serial_number:x}"
    )


def key_unusable(file: Path, error: Exception) -> None:
    """Tell that a key that was put there cannot be used."""
    _log.error("key.unusable", file=str(file), why=str(error))


def attachment_unsigned(document: Unexamined, missing: Sequence[str]) -> None:
    """Tell that the PDF files of a document lack signatures of these roles."""
    _log.warning("attachment.unsigned", **_examined(document), missing=",".join(missing))


def attachment_unread(document: Unexamined, position: int, outcome: str) -> None:
    """Tell that an attachment, counted from 0, could not be examined."""
    _log.warning("attachment.unread", **_examined(document), position=position, outcome=outcome)


def unavailable(part: str, error: LgspError) -> None:
    """Tell that a step could not be done just now."""
    why = {"why": str(error.__cause__)[:300]} if isinstance(error, KeyUnavailable) else {}
    _log.warning("unavailable", part=part, code=error.code, **why)


def misconfigured(agency: str, error: LgspError) -> None:
    """Tell that an agency cannot be served as its entry stands."""
    _log.error("misconfigured", agency=agency, code=error.code, reason=error.say("en"))


def unforeseen(part: str, correlation: str = "") -> None:
    """Tell, with its traceback, of the exception being handled."""
    _log.exception("unforeseen", part=part, correlation=correlation)


def _examined(document: Unexamined) -> dict[str, str]:
    return {"correlation": document.correlation, "dispatch": document.dispatch_id, "agency": document.sender}


def _about(parcel: Parcel) -> dict[str, str]:
    return {"correlation": parcel.correlation, "dispatch": parcel.dispatch_id, "agency": parcel.recipient}
