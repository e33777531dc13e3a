"""Whether a certificate was taken back by its authority: lists, answers, and what is known of both at one moment.

Nothing here fetches. What was fetched is read once (`read_crl`, `read_answer`), which checks who says it; a `Snapshot`
of what was read answers from memory. Unknown is not revoked.
"""

from __future__ import annotations

from signing.revocation.crl import Crl, distribution_points, named_issuer, read_crl
from signing.revocation.issuing import issued, issuer_id
from signing.revocation.ocsp import Answer, question, read_answer, responders
from signing.revocation.snapshot import NOTHING_KNOWN, Snapshot
from signing.revocation.status import UNKNOWN, Revocation, State, least

__all__ = [
    "NOTHING_KNOWN",
    "UNKNOWN",
    "Answer",
    "Crl",
    "Revocation",
    "Snapshot",
    "State",
    "distribution_points",
    "issued",
    "issuer_id",
    "least",
    "named_issuer",
    "question",
    "read_answer",
    "read_crl",
    "responders",
]
