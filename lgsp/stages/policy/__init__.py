"""Permission: the rules of the exchange, a file a rule, each with its sentence and its source."""

from __future__ import annotations

from lgsp.stages.policy.expiry import Unexpired
from lgsp.stages.policy.paper import PaperHasReason, PaperRules
from lgsp.stages.policy.promulgation import VIETNAM, NotFromTheFuture
from lgsp.stages.policy.ruling import Mode, Policy, Rule, nobody, permit
from lgsp.stages.policy.state_secrets import NoStateSecrets

__all__ = [
    "VIETNAM",
    "Mode",
    "NoStateSecrets",
    "NotFromTheFuture",
    "PaperHasReason",
    "PaperRules",
    "Policy",
    "Rule",
    "Unexpired",
    "nobody",
    "permit",
]
