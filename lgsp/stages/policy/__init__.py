"""Permission: the rules of the exchange, a file a rule, each with its sentence and its source.

Registered under the entry point group `lgsp.policies`, as rules from other packages are. How a rule is written:
docs/how-to/write-a-rule.md; which rules there are: docs/reference/rules.md.
"""

from __future__ import annotations

from lgsp.stages.policy.expiry import Unexpired
from lgsp.stages.policy.files import AllowedKinds, ArchiveLimits, AsDeclared, NoPrograms, SafeArchives, WithinSize
from lgsp.stages.policy.numbers import NumberOncePerYear
from lgsp.stages.policy.paper import PaperHasReason, PaperRules
from lgsp.stages.policy.promulgation import VIETNAM, NotFromTheFuture
from lgsp.stages.policy.reason import RefusalSaysWhy
from lgsp.stages.policy.ruling import Mode, Policy, Rule, nobody, permit
from lgsp.stages.policy.state_secrets import NoStateSecrets

__all__ = [
    "VIETNAM",
    "AllowedKinds",
    "ArchiveLimits",
    "AsDeclared",
    "Mode",
    "NoPrograms",
    "NoStateSecrets",
    "NotFromTheFuture",
    "NumberOncePerYear",
    "PaperHasReason",
    "PaperRules",
    "Policy",
    "RefusalSaysWhy",
    "Rule",
    "SafeArchives",
    "Unexpired",
    "WithinSize",
    "nobody",
    "permit",
]
