"""Asking time authorities (RFC 3161 over HTTP) for time stamps: several, in order, and believing none unchecked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Self

import httpx
from rfc3161_client import HashAlgorithm, PKIStatus, TimestampRequestBuilder, decode_timestamp_response

from signing.errors import TimeUnavailable
from signing.timestamp import TOKEN_LIMIT_BYTES, judge_stamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rfc3161_client import TimeStampRequest

    from signing.authorities import Authorities
    from signing.timestamp import TimeStamp

_QUERY = {"Content-Type": "application/timestamp-query"}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeSource:
    """One time authority, and what its stamps must look like."""

    url: str
    #: Roots that its certificate must lead to, with what lies between where the stamps do not carry that.
    authorities: Authorities
    #: The policy (an OID) that must stand in its stamps; empty for any.
    policy: str = ""
    timeout_seconds: float = 5


class _Refused(Exception):
    """What came back is no stamp that holds."""


class Stamper:
    """Gets time stamps, from the first source that gives one that holds. Thread-safe.

    It waits for others, so nothing on the way of a document may call it.
    """

    def __init__(
        self,
        sources: Sequence[TimeSource],
        *,
        tolerance_seconds: float = 300,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Ask `sources` in this order. A stamp whose time is further than the tolerance from our clock is no good."""
        self._sources = tuple(sources)
        self._tolerance = timedelta(seconds=tolerance_seconds)
        self._clock = clock
        self._client = httpx.Client(follow_redirects=False)

    def stamp(self, data: bytes) -> TimeStamp:
        """Return a stamp over `data`, checked. Raises TimeUnavailable when no source gives one that holds."""
        troubles = []
        for source in self._sources:
            try:
                return self._ask(source, data)
            except (httpx.HTTPError, httpx.InvalidURL, ValueError, _Refused) as error:
                troubles.append(f"{source.url}: {type(error).__name__.lstrip('_')} {error}"[:300])
        raise TimeUnavailable("; ".join(troubles) or "no time authority is configured")

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def __enter__(self) -> Self:
        """Close at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _ask(self, source: TimeSource, data: bytes) -> TimeStamp:
        request = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).build()
        asked = self._clock()
        response = decode_timestamp_response(self._fetched(source, request))
        if response.status not in {PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS}:
            raise _Refused(f"status {response.status}: {' '.join(response.status_string)}")
        if response.tst_info.nonce != request.nonce:
            raise _Refused("the nonce is not that of the question: an old stamp, or another's")
        if source.policy and response.tst_info.policy.dotted_string != source.policy:
            raise _Refused(f"made under the policy {response.tst_info.policy.dotted_string}, wanted: {source.policy}")
        verdict = judge_stamp(response.time_stamp_token(), data, source.authorities)
        if verdict.stamp is None:
            raise _Refused(f"{verdict.fault}: {verdict.detail}")
        if not asked - self._tolerance <= verdict.stamp.time <= self._clock() + self._tolerance:
            raise _Refused(
                f"it tells {verdict.stamp.time:%Y-%m-%dT%H:%M:%SZ}; this machine's clock {asked:%Y-%m-%dT%H:%M:%SZ}"
            )
        return verdict.stamp

    def _fetched(self, source: TimeSource, request: TimeStampRequest) -> bytes:
        """Return the body of the answer. What is longer than any stamp, or drips in too slowly, is cut off."""
        deadline, body = time.monotonic() + source.timeout_seconds, b""
        with self._client.stream(
            "POST", source.url, content=request.as_bytes(), headers=_QUERY, timeout=source.timeout_seconds
        ) as answer:
            if answer.status_code != httpx.codes.OK:
                raise _Refused(f"HTTP {answer.status_code}")
            for part in answer.iter_bytes():
                body += part
                if len(body) > TOKEN_LIMIT_BYTES or time.monotonic() > deadline:
                    raise _Refused("the answer is too long, or takes too long")
        return body
