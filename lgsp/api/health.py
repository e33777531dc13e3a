"""Whether this process can do its work just now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.routing import Route

from lgsp.model.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from lgsp.model.age import Age
    from lgsp.model.delivery import Status


class Views(Protocol):
    """What the store can tell."""

    def counts(self) -> Mapping[Status, int]:
        """Return how many deliveries stand in each status."""


class Ages(Protocol):
    """What upkeep has found."""

    def told(self) -> Sequence[Age]:
        """Return what is too old."""


def health(views: Views, ages: Ages) -> Route:
    """Return the route `/health`: 200 with the count of deliveries by status and what is too old, or 503 and why."""

    async def answer(_: Request) -> Response:
        try:
            counts = await run_in_threadpool(views.counts)
            old = await run_in_threadpool(ages.told)
        except Unavailable as error:
            return JSONResponse({"ready": False, "code": error.code, "reason": error.say("en")}, 503)
        alarms = [
            {"what": age.what, "agency": age.agency or "", "since": age.since.isoformat(timespec="seconds")}
            for age in old
        ]
        return JSONResponse({"ready": True, "deliveries": dict(counts), "alarms": alarms})

    return Route("/health", answer, methods=["GET"])
