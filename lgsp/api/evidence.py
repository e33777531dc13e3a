"""The evidence log over HTTP. Heads and growth are for everybody; proofs for those who took part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lgsp.api.callers import caller_of, who_asks
from lgsp.model.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from starlette.requests import Request

    from lgsp.api.callers import Directory
    from lgsp.evidence import Head, Proof
    from lgsp.model.agency import AgencyCode

_NUMBER_DIGITS: Final = 18


class Log(Protocol):
    """The evidence log."""

    def newest(self) -> Head | None:
        """Return the newest head."""

    def heads(self, after: int = 0) -> list[Head]:
        """Return heads of more than `after` leaves, the smallest first; a page of them."""

    def consistency(self, old: int, new: int) -> list[bytes]:
        """Return the proof that the log of `new` leaves grew out of `old`."""

    def proof_of(self, id: str) -> list[Proof]:  # noqa: A002  # the word of the CLI
        """Return a proof for every row about a dispatch or a refusal."""


class Views(Protocol):
    """What an agency may see."""

    def trace(self, id: str, agency: AgencyCode | None = None) -> Sequence[Any]:  # noqa: A002  # the word of the CLI
        """Return the way of a document that the agency sent or received."""


def evidence(log: Log, directory: Directory, views: Views) -> list[Route]:
    """Return the routes under `/evidence/`."""

    def head(_: Request) -> Response:
        newest = log.newest()
        if newest is None:
            return _nothing("no head is signed yet")
        # A line of its own: witnesses gather answers in one file.
        return Response(orjson.dumps(newest.facts()) + b"\n", media_type="application/json")

    def heads(request: Request) -> Response:
        return JSONResponse({"heads": [each.facts() for each in log.heads(_number(request, "after", 0))]})

    def consistency(request: Request) -> Response:
        newest = log.newest()
        size = newest.size if newest else 0
        old, new = _number(request, "from"), _number(request, "to", size)
        if new > size:
            message = f"the newest head is of {size} leaves"
            raise ValueError(message)
        return JSONResponse({"from": old, "to": new, "path": [step.hex() for step in log.consistency(old, new)]})

    def proof(request: Request) -> Response:
        agency = caller_of(request, directory)
        if agency is None:
            return who_asks()
        seen = _seen(log.proof_of(request.path_params["id"]), agency, views)
        return JSONResponse({"proofs": [each.facts() for each in seen]}) if seen else _nothing("nothing of yours")

    answers = {"head": head, "heads": heads, "consistency": consistency, "proof/{id:path}": proof}
    return [Route(f"/evidence/{path}", _guarded(answer), methods=["GET"]) for path, answer in answers.items()]


def _guarded(answer: Callable[[Request], Response]) -> Callable[[Request], Any]:
    async def guarded(request: Request) -> Response:
        try:
            return await run_in_threadpool(answer, request)
        except ValueError as error:
            return JSONResponse({"error": str(error)}, 400)
        except Unavailable as error:
            return JSONResponse({"error": error.say("en"), "code": error.code}, 503)

    return guarded


def _nothing(why: str) -> Response:
    return JSONResponse({"error": why}, 404)


def _number(request: Request, name: str, default: int | None = None) -> int:
    """Return a number of the query. Raises ValueError."""
    given = request.query_params.get(name)
    if given is None and default is not None:
        return default
    if given is None or not given.isascii() or not given.isdigit() or len(given) > _NUMBER_DIGITS:
        message = f"{name}: wanted: how many leaves"
        raise ValueError(message)
    return int(given)


def _seen(proofs: Sequence[Proof], agency: AgencyCode, views: Views) -> list[Proof]:
    """Leave out what another agency did with the same document: only its sender sees that."""
    rows = [(proof, orjson.loads(proof.row)) for proof in proofs]
    sent = {row["id"] for _, row in rows if row["row"] == "dispatch" and row["sender"] == agency}
    party = {row["id"] for _, row in rows if row["row"] == "dispatch" and views.trace(row["id"], agency)}
    return [proof for proof, row in rows if _may_see(row, agency, sent, party)]


def _may_see(row: Mapping[str, Any], agency: AgencyCode, sent: set[str], party: set[str]) -> bool:
    match row["row"]:
        case "dispatch":
            return row["id"] in party
        case "history" | "business":
            return row["dispatch_id"] in sent or (row["dispatch_id"] in party and row["recipient"] in {None, agency})
        case "report":
            return row["reporter"] == agency or row["about"] in sent
        case "refusal":
            return bool(row["caller"] == agency)
        case "hold" | "attachment_examined" | "attachment_signature" | "erasure":  # about the document as a whole
            return row["dispatch_id"] in party
    # Who inspects what, and why, is told to nobody.
    return row["row"] != "legal_hold" and row.get("dispatch_id") in sent
