"""Fetches what authorities say about revocation, before the last word runs out, and keeps it in the store."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol

from lgsp import telemetry
from lgsp.store.revocations import Word
from lgsp.upkeep.fetching import NotFetched
from lgsp.upkeep.sources import Source, sources
from signing import RevocationUnusable
from signing.revocation import named_issuer, question, read_answer, read_crl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509

    from lgsp.upkeep.fetching import Fetcher
    from signing import Anchor

_AT_ONCE: Final = 8
#: The longest time between two looks, whatever the source promises: authorities publish early when a key is stolen.
_LONGEST_SECONDS: Final = 6 * 3600.0


class Store(Protocol):
    """The memory that this broom writes into."""

    def keep(self, word: Word) -> bool:
        """Keep what a source said, unless something newer is kept."""

    def issuers(self) -> list[x509.Certificate]:
        """Return the authorities that signers' chains led over."""

    def bound(self) -> list[x509.Certificate]:
        """Return the certificates that speak for agencies."""


@dataclass(slots=True)
class _Turn:
    """When a source is asked next, by the steady clock, and how often in a row it failed."""

    at: float = 0
    failures: int = 0


class RevocationNews:
    """The broom that keeps the news of revocation fresh. A source that fails or is slow holds up no other."""

    def __init__(
        self,
        store: Store,
        anchors: Sequence[Anchor],
        fetcher: Fetcher,
        *,
        first_pause_seconds: float = 5,
        longest_pause_seconds: float = 300,
    ) -> None:
        """Ask nobody yet. After a failure a source rests for the first pause, doubled each time up to the longest."""
        self._store = store
        self._anchors = tuple(anchors)
        self._fetcher = fetcher
        self._first_pause, self._longest_pause = first_pause_seconds, longest_pause_seconds
        self._turns: dict[Source, _Turn] = {}

    def sweep(self) -> int:
        """Ask every source whose turn it is, and return how many said something that was kept."""
        known = sources(self._store.bound(), self._store.issuers(), self._anchors)
        self._turns = {source: self._turns.get(source, _Turn()) for source in known}
        due = [source for source in known if self._turns[source].at <= time.monotonic()]
        if not due:
            return 0
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="revocation") as pool:
            return sum(pool.map(self._ask, due))

    def _ask(self, source: Source) -> bool:
        turn = self._turns[source]
        try:
            word = self._answer(source)
            kept = self._store.keep(word)
            turn.at, turn.failures = time.monotonic() + _rest_seconds(word, source), 0
        except (RevocationUnusable, NotFetched) as error:
            telemetry.revocation_missing(source.kind, source.url, str(error))
            pause = min(self._first_pause * 2.0 ** min(turn.failures, 32), self._longest_pause)
            turn.at, turn.failures = time.monotonic() + pause, turn.failures + 1
            return False
        return kept

    def _answer(self, source: Source) -> Word:
        """Return what a source says, checked. Raises NotFetched or RevocationUnusable."""
        if source.certificate is None:
            return _list(source, self._fetcher.get(source.url))
        nonce = secrets.token_bytes(16)
        issuer = source.issuers[0]
        asked = question(source.certificate, issuer, nonce)
        octets = self._fetcher.post(source.url, asked, "application/ocsp-request")
        said = read_answer(octets, source.certificate, issuer, datetime.now(UTC), nonce).said
        return Word(
            source=source.kind,
            about=source.about,
            certificate=source.certificate,
            issuer=issuer,
            octets=octets,
            as_of=said.as_of or datetime.now(UTC),
            until=said.until,
        )


def _list(source: Source, octets: bytes) -> Word:
    name = named_issuer(octets)
    trouble = RevocationUnusable(f"issued by {name.rfc4514_string()}, whom no anchor vouches for"[:200])
    for issuer in source.issuers:
        if issuer.subject == name:
            try:
                crl = read_crl(octets, issuer, datetime.now(UTC))
            except RevocationUnusable as error:
                trouble = error
                continue
            return Word(
                source=source.kind, about=source.about, issuer=issuer, octets=octets, as_of=crl.as_of, until=crl.until
            )
    raise trouble


def _rest_seconds(word: Word, source: Source) -> float:
    """Return when to ask again: half way to the end of what was said. Raises RevocationUnusable when that is past."""
    now = datetime.now(UTC)
    ends = [word.as_of + source.max_age, *([word.until] if word.until else [])]
    left = (min(ends) - now).total_seconds()
    if left <= 0:
        raise RevocationUnusable(f"what it says ran out at {min(ends):%Y-%m-%dT%H:%M:%SZ}")
    return min(left / 2, _LONGEST_SECONDS)
