"""By when a document certainly was here: in the word of a time authority, not of the bus."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from lgsp.evidence import merkle
from lgsp.evidence.rows import Kind
from lgsp.evidence.tiles import Damaged
from signing import judge_stamp

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.evidence import Log, Proof
    from lgsp.evidence.heads import Head
    from lgsp.store.holding import Waiting
    from signing import Authorities


class Stamped:
    """Tells by which time a stamped head of the evidence log proves that a document was here."""

    def __init__(self, log: Log, authorities: Authorities) -> None:
        """Believe the stamps of these time authorities."""
        self._log = log
        self._authorities = authorities

    def __call__(self, waiting: Waiting) -> datetime | None:
        """Return the time of the first stamp over a head whose tree holds the document; None while there is none."""
        digest = sha256(waiting.arrival.octets).hexdigest()
        try:
            proofs = self._log.proof_of(waiting.dispatch_id)
            for proof in proofs:
                if proof.kind is Kind.DISPATCH and orjson.loads(proof.row)["digest"] == digest:
                    return self._first(proof)
        except (Damaged, ValueError):  # what the log cannot show, it does not prove; the audit names it
            return None
        return None

    def _first(self, proof: Proof) -> datetime | None:
        after = proof.index
        while after is not None and (page := self._log.heads(after)):
            for head in page:
                moment = self._proven(proof, head) if head.stamp else None
                if moment is not None:
                    return moment
            after = page[-1].size
        return None

    def _proven(self, proof: Proof, head: Head) -> datetime | None:
        verdict = judge_stamp(head.stamp, head.text, self._authorities)
        if verdict.stamp is None or proof.index is None:
            return None
        leaf = merkle.leaf_hash(sha256(proof.row).digest())
        path = self._log.inclusion(proof.index, head.size)
        holds = merkle.root_from_inclusion(leaf, proof.index, head.size, path) == head.root
        return verdict.stamp.time if holds else None
