"""Who takes part, by which codes, from when to when; whose certificate is whose, and who may call.

snapshot      the directory in memory, and how it follows the database
reading       asking it
writing       one commit a change, numbered and told to the evidence log
registering   agencies, certificates, secrets
reorganising  dated changes: closing, merging, aliases, groups, who speaks for whom
applying      many entries at once, as a list or a table brought them
"""

from __future__ import annotations

from lgsp.store.directory.applying import Applying
from lgsp.store.directory.registering import Bound
from lgsp.store.directory.snapshot import Group, Span

__all__ = ["Bound", "Directory", "Group", "Span"]


class Directory(Applying):
    """The catalogue of agencies. Safe for many threads; other processes see a change within `refresh_seconds`."""
