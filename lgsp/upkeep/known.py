"""Keeps what this process knows of revocation equal to what the store knows. Every process that judges keeps it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from lgsp import telemetry
from signing import RevocationUnusable
from signing.revocation import Answer, Crl, Snapshot, read_answer, read_crl

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from cryptography import x509

    from lgsp.store.revocations import Word
    from signing import Authorities


class Store(Protocol):
    """The memory that this broom reads."""

    def digests(self) -> Mapping[tuple[str, str], str]:
        """Return what is kept, by source and what it is about."""

    def words(self, keys: Collection[tuple[str, str]]) -> Sequence[Word]:
        """Return what these sources said."""

    def saw(self, issuers: Iterable[x509.Certificate]) -> None:
        """Remember authorities that signers' chains led over."""


class Known:
    """The broom that hands news of revocation to the judges of this process. Thread-safe."""

    def __init__(self, store: Store, authorities: Authorities) -> None:
        """Nothing is read yet."""
        self._store = store
        self._authorities = authorities
        self._digests: Mapping[tuple[str, str], str] | None = None
        self._read: dict[tuple[str, str], Crl | Answer] = {}
        self._told: set[x509.Certificate] = set()
        self._one_at_a_time = threading.Lock()

    def ready(self) -> None:
        """Read what is kept before the first judgement. Raises StoreUnavailable."""
        if self._digests is None:
            with self._one_at_a_time:
                if self._digests is None:
                    self._sweep()

    def sweep(self) -> int:
        """Read what changed, tell the store which authorities were met, and return how much that was."""
        with self._one_at_a_time:
            return self._sweep()

    def _sweep(self) -> int:
        met = set(self._authorities.intermediates()) - self._told
        if met:
            self._store.saw(met)
            self._told |= met
        digests = self._store.digests()
        before = self._digests or {}
        changed = {key for key, digest in digests.items() if before.get(key) != digest}
        if self._digests is not None and not changed and digests.keys() == before.keys():
            return len(met)
        known = {key: one for key, one in self._read.items() if key in digests and key not in changed}
        for word in self._store.words(changed):
            said = _believed(word)
            if said is not None:
                known[word.source, word.about] = said
        self._read, self._digests = known, digests
        crls = (one for one in known.values() if isinstance(one, Crl))
        self._authorities.learn(Snapshot(crls, (one for one in known.values() if isinstance(one, Answer))))
        return len(met) + len(changed)


def _believed(word: Word) -> Crl | Answer | None:
    """Return what a source said, its signature checked anew: whoever can write to the store cannot speak for it."""
    now = datetime.now(UTC)
    try:
        if word.certificate is None:
            return read_crl(word.octets, word.issuer, now)
        return read_answer(word.octets, word.certificate, word.issuer, now)
    except RevocationUnusable as error:
        telemetry.revocation_doubted(word.about, str(error))
        return None
