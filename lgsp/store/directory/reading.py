"""Asking the directory. Questions are answered from memory."""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from lgsp.model.agency import AgencyCode
from lgsp.model.errors import StoreUnavailable
from lgsp.store.directory.following import following
from lgsp.store.directory.snapshot import Group, Snapshot, Span
from lgsp.store.engine import snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Engine

    from lgsp.model.agency import Agency, Alias, Binding, Tenure

#: Compared with where the system id is unknown, so that the answer takes as long as for a known one.
_NOBODY = hashlib.sha256(b"").hexdigest()

#: What becomes of a document to a closed body: it goes to the successor, or back to the sender.
Closed = Literal["forward", "refuse"]


class _Listing(NamedTuple):
    """All agencies, as long as they are so."""

    number: int = -1
    #: The first moment at which something dated changes.
    until: datetime | None = None
    agencies: Sequence[Agency] = ()


class Reading:
    """The catalogue of agencies, as it is asked. Safe for many threads.

    Other processes' changes are seen within `refresh_seconds`; of them only what changed is read. While the database
    does not answer, the last known state counts.
    """

    def __init__(
        self,
        engine: Engine,
        refresh_seconds: float = 5,
        *,
        closed: Closed = "forward",
        closed_by_agency: Mapping[str, Closed] = MappingProxyType({}),
    ) -> None:
        """Read from `engine`, at first use. `closed_by_agency` goes before `closed`, for the codes in it."""
        self._engine = engine
        self._refresh_seconds = refresh_seconds
        self._closed = closed
        self._closed_by_agency = closed_by_agency
        self._snapshot = Snapshot()
        self._listing = _Listing()
        self._refreshing = threading.Lock()

    def find(self, code: AgencyCode, at: datetime | None = None) -> Agency | None:
        """Return the agency that answers to `code` at the time `at`, as it is then; None: now."""
        return self._fresh().find(code, at or datetime.now(UTC))

    def canonical(self, code: AgencyCode, at: datetime | None = None) -> AgencyCode | None:
        """Return the code that the agency is filed under which answers to `code` at the time `at`; None: now."""
        agency = self.find(code, at)
        return None if agency is None else agency.code

    def agencies(self, at: datetime | None = None) -> Sequence[Agency]:
        """Return all agencies as they are at the time `at`, by code; None: now.

        Asked for now again, it returns the very same sequence until something has changed.
        """
        known, moment = self._fresh(), at or datetime.now(UTC)
        if at is not None:
            return known.listed(moment)
        listing = self._listing
        if listing.number != known.number or (listing.until is not None and listing.until <= moment):
            listing = self._listing = _Listing(known.number, known.next_date(moment), known.listed(moment))
        return listing.agencies

    def tenures(self, code: AgencyCode) -> tuple[Tenure, ...]:
        """Return the time of an agency, by any code that it answers to now; empty when there is none."""
        filed = self.canonical(code)
        return () if filed is None else self._fresh().tenures(filed)

    def aliases(self, agency: AgencyCode | None = None) -> list[Alias]:
        """Return the other codes of an agency, of its whole time; None: of all."""
        found = (alias for aliases in self._fresh().aliases.values() for alias in aliases)
        return sorted((a for a in found if agency in {None, a.agency}), key=lambda a: (a.agency, a.code))

    def members(self, group: AgencyCode, at: datetime) -> Sequence[AgencyCode] | None:
        """Return who is in a group at the time `at`; None when there is no such group."""
        known = self._fresh().groups.get(group)
        return None if known is None else [code for code, span in known.members if span.holds(at)]

    def groups(self) -> list[Group]:
        """Return all groups, by code."""
        return list(self._fresh().groups.values())

    def speaks_for(self, speaker: AgencyCode, sender: AgencyCode, at: datetime) -> bool:
        """Tell whether the first may write in the name of the second at the time `at`. Codes they are filed under."""
        if speaker == sender:
            return True
        return any(span.holds(at) for span in self._fresh().speakers.get((speaker, sender), ()))

    def speakers(self) -> Mapping[tuple[str, str], tuple[Span, ...]]:
        """Return who may write in whose name: (speaker, agency) and when."""
        return self._fresh().speakers

    def forwards(self, closed: AgencyCode) -> bool:
        """Tell whether a document to this closed body goes to its successor, rather than back to the sender."""
        return self._closed_by_agency.get(closed, self._closed) == "forward"

    def binding(self, fingerprint: str) -> Binding | None:
        """Return to whom, and when, a certificate (SHA-256 of its DER form, hexadecimal) is or was bound."""
        return self._fresh().bindings.get(fingerprint)

    def owner(self, fingerprint: str) -> AgencyCode | None:
        """Return the agency that a certificate speaks for now."""
        binding = self.binding(fingerprint)
        return binding.agency if binding is not None and binding.holds(datetime.now(UTC)) else None

    def caller(self, system_id: str, secret: str) -> AgencyCode | None:
        """Return whose system this is, or None. Takes the same time for wrong secrets and unknown systems."""
        known, code = self._credential(system_id)
        right = hmac.compare_digest(known, hashed(secret))
        return code if right else None

    def system(self, system_id: str) -> AgencyCode | None:
        """Return whose system this is, for doors where another server has proven the system id (AMQP `user_id`)."""
        return self._credential(system_id)[1]

    def revision(self) -> int:
        """Return the number of the last change that this process knows of."""
        return self._fresh().number

    def _credential(self, system_id: str) -> tuple[str, AgencyCode | None]:
        """Return the hash of the secret and the agency; a system called by its agency's code answers to all of them."""
        known = self._fresh()
        found = known.credentials.get(system_id)
        if found is None and (agency := known.find(AgencyCode(system_id), datetime.now(UTC))):
            found = known.credentials.get(agency.code)
        return found or (_NOBODY, None)

    def _fresh(self) -> Snapshot:
        known = self._snapshot
        if time.monotonic() - known.read < self._refresh_seconds:
            return known
        # One thread asks; the others go on with what is known, unless nothing is known yet.
        if not self._refreshing.acquire(blocking=known.number < 0):
            return known
        try:
            self._follow()
        except StoreUnavailable:
            if self._snapshot.number < 0:
                raise
        finally:
            self._refreshing.release()
        return self._snapshot

    def _follow(self) -> None:
        with snapshot(self._engine) as connection:
            self._snapshot = following(connection, self._snapshot)


def hashed(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
