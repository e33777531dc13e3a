"""Whom we believe: whether a certificate leads to an anchor that vouches for the speaker, unrevoked."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, Self

from cryptography.hazmat.primitives import hashes

from signing.anchors import Anchor, Freshness, believed_alone, read_certificates
from signing.chain import Fault, broken, unfit
from signing.revocation import NOTHING_KNOWN, State, issued, least
from signing.verdict import Belief, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from cryptography import x509

    from signing.revocation import Revocation, Snapshot

    Chain = tuple[x509.Certificate, ...]
    _Key = tuple[str, x509.Certificate, frozenset[x509.Certificate]]

_DEPTH = 5
_REMEMBERED = 8_192


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether a certificate is believed, and if not, why."""

    belief: Belief
    reason: Reason | None = None
    detail: str = ""
    #: Name of the anchor that the certificate leads to, or empty.
    anchor: str = ""
    #: What is known about revocation: of the whole chain the least. None without a chain.
    revocation: Revocation | None = None

    @property
    def trusted(self) -> bool:
        """Whether it is believed without a doubt left."""
        return self.belief is Belief.YES


class _Remembered(NamedTuple):
    since: datetime
    until: datetime
    judgement: Judgement


class _Known(NamedTuple):
    """A snapshot, and what was decided on it: replaced together, so that no decision outlives its ground."""

    snapshot: Snapshot
    decisions: dict[_Key, _Remembered]


class Authorities:
    """The anchors, and what is known about revocation.

    A certificate is believed when a chain of at most five leads from it to an anchor that vouches for the speaker,
    each certificate in its time, each issuer an authority by its own words, each signature made with a hash and key
    that hold, none revoked, and when it is meant for signing. Where the anchor wants fresh news and there is none, it
    is indeterminate. A certificate that is itself an anchor's needs no chain. Nothing is fetched. Thread-safe.
    """

    def __init__(self, certificates: Iterable[x509.Certificate] = (), anchors: Iterable[Anchor] = ()) -> None:
        """Believe these certificates for everybody and without news of revocation, and these anchors as they say."""
        self.anchors = (*anchors, *map(believed_alone, certificates))
        self._held = tuple((_print(one), one, anchor) for anchor in self.anchors for one in anchor.certificates)
        self._known = _Known(NOTHING_KNOWN, {})
        self._issuers: Mapping[bytes, x509.Certificate] = {}

    @classmethod
    def load(cls, paths: Iterable[Path | str]) -> Self:
        """Believe what stands in these PEM files; of a folder, every `.pem` and `.crt`.

        Raises CertificateUnreadable.
        """
        return cls(read_certificates(paths))

    def learn(self, snapshot: Snapshot) -> None:
        """Rest on `snapshot` from now on; what was decided before is forgotten."""
        self._known = _Known(snapshot, {})

    @property
    def snapshot(self) -> Snapshot:
        """What is known about revocation."""
        return self._known.snapshot

    def intermediates(self) -> list[x509.Certificate]:
        """Return the authorities between signers and anchors that chains led over."""
        return list(self._issuers.values())

    def judge(
        self,
        certificate: x509.Certificate,
        intermediates: Sequence[x509.Certificate],
        at: datetime,
        *,
        speaker: str = "",
        proven_at: datetime | None = None,
    ) -> Judgement:
        """Say whether `certificate` is believed to speak for `speaker`, with the help of untrusted `intermediates`.

        Judged at the time `at`; what a trusted time stamp proves to be signed by `proven_at` is judged as of then where
        that is earlier, and a revocation after `proven_at` does not count. A chain that was believed once is not
        computed again while its certificates are in their time and the news of revocation is fresh.
        """
        key: _Key = (speaker, certificate, frozenset(intermediates))  # certificates are equal when their octets are
        known = self._known
        remembered = known.decisions.get(key) if proven_at is None else None
        if remembered is not None and remembered.since <= at <= remembered.until:
            return remembered.judgement
        case = _Case(speaker=speaker, at=at, proven_at=proven_at, snapshot=known.snapshot)
        fault = unfit(certificate, case.moment)
        if fault is not None:
            return _disbelief(fault)
        best = _disbelief(Fault(Reason.AUTHORITY_UNKNOWN, f"issued by {certificate.issuer.rfc4514_string()}"[:200]))
        for chain, anchor in self._chains((certificate,), tuple(intermediates)):
            judgement = self._weighed(chain, anchor, case)
            if judgement.belief is not Belief.NO:
                self._issuers = {**self._issuers, **{_print(one): one for one in chain[1:-1]}}
            if judgement.trusted:
                if proven_at is None:
                    _remember(known, key, chain, anchor, judgement)
                return judgement
            if best.belief is Belief.NO:
                best = judgement
        return best

    def _chains(self, chain: Chain, pool: Chain) -> Iterator[tuple[Chain, Anchor]]:
        """Yield every chain to an anchor whose names and signatures fit."""
        last = chain[-1]
        itself = [anchor for name, _, anchor in self._held if name == _print(last)]
        if itself:
            yield from ((chain, anchor) for anchor in itself)
            return
        for _, held, anchor in self._held:
            if issued(last, held):
                yield (*chain, held), anchor
        if len(chain) < _DEPTH - 1:
            for candidate in pool:
                if candidate not in chain and issued(last, candidate):
                    yield from self._chains((*chain, candidate), pool)

    def _weighed(self, chain: Chain, anchor: Anchor, case: _Case) -> Judgement:
        """Judge one chain."""
        fault = broken(chain, case.moment)
        if fault is not None:
            return _disbelief(fault)
        if not anchor.vouches(case.speaker):
            detail = f"{anchor.name} vouches for {', '.join(anchor.vouches_for)}, not for {case.speaker}"[:200]
            return Judgement(
                belief=Belief.NO, reason=Reason.AUTHORITY_NOT_FOR_SPEAKER, detail=detail, anchor=anchor.name
            )
        above = [held for _, held, _ in self._held if issued(chain[-1], held)]
        # An anchor is believed because it is configured: only a word against it counts.
        pairs = [*pairwise(chain), *((chain[-1], issuer) for issuer in above)]
        found = [(one, case.snapshot.status(one, issuer)) for one, issuer in pairs]
        for one, said in found:
            if case.counts(said):
                detail = f"{one.subject.rfc4514_string()}: {said}"[:200]
                return Judgement(
                    belief=Belief.NO,
                    reason=Reason.CERTIFICATE_REVOKED,
                    detail=detail,
                    anchor=anchor.name,
                    revocation=said,
                )
        return _believed(anchor, [said for _, said in found[: len(chain) - 1]], case)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """What one question is about, besides certificates."""

    speaker: str
    at: datetime
    proven_at: datetime | None
    snapshot: Snapshot = field(repr=False)

    @property
    def moment(self) -> datetime:
        """The time whose rules count."""
        return self.at if self.proven_at is None else min(self.at, self.proven_at)

    def counts(self, said: Revocation) -> bool:
        """Tell whether a certificate counts as revoked: always, unless signing before it is proven by a time stamp."""
        if said.state is not State.REVOKED:
            return False
        return self.proven_at is None or said.revoked_at is None or said.revoked_at <= self.proven_at


def _disbelief(fault: Fault) -> Judgement:
    return Judgement(belief=Belief.NO, reason=fault.reason, detail=fault.detail)


def _believed(anchor: Anchor, found: Sequence[Revocation], case: _Case) -> Judgement:
    """Judge a sound chain by how much is known about its revocation; a chain of one needs no news."""
    said = least(found) if found else None
    if anchor.freshness is Freshness.SOFT or not found:
        return Judgement(belief=Belief.YES, anchor=anchor.name, revocation=said)
    ends = [one.fresh_until(anchor.max_age) for one in found]
    if any(one.state is State.UNKNOWN for one in found):
        reason: Reason | None = Reason.REVOCATION_UNKNOWN
    else:
        reason = None if all(end is not None and case.at <= end for end in ends) else Reason.REVOCATION_STALE
    belief = Belief.YES if reason is None else Belief.INDETERMINATE
    detail = f"{anchor.name}: {said}"[:200] if reason else ""
    return Judgement(belief=belief, reason=reason, detail=detail, anchor=anchor.name, revocation=said)


def _remember(known: _Known, key: _Key, chain: Chain, anchor: Anchor, judgement: Judgement) -> None:
    """Keep a decision for as long as its certificates are in their time and its news is fresh."""
    since = max(certificate.not_valid_before_utc for certificate in chain)
    until = min(certificate.not_valid_after_utc for certificate in chain)
    if anchor.freshness is Freshness.HARD:
        news = [known.snapshot.status(one, issuer).fresh_until(anchor.max_age) for one, issuer in pairwise(chain)]
        until = min([until, *filter(None, news)])
    if len(known.decisions) >= _REMEMBERED:
        known.decisions.clear()
    known.decisions[key] = _Remembered(since, until, judgement)


def _print(certificate: x509.Certificate) -> bytes:
    return certificate.fingerprint(hashes.SHA256())
