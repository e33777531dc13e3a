"""What may be attached: rules that look at the files themselves, since neither name nor type can be believed."""

from __future__ import annotations

from lgsp.stages.policy.files.archives import ArchiveLimits, SafeArchives
from lgsp.stages.policy.files.content import AllowedKinds, AsDeclared, NoPrograms
from lgsp.stages.policy.files.sizes import WithinSize

__all__ = ["AllowedKinds", "ArchiveLimits", "AsDeclared", "NoPrograms", "SafeArchives", "WithinSize"]
