"""Backups: store, blobs and evidence as they were at one moment, in a folder that says of itself what it is.

manifest.json       what it is, and the SHA-256 of every other file; written last: without it, unfinished
store/              PostgreSQL: what `pg_dump --format=directory` wrote. SQLite: `lgsp.db`
blobs/ab/abcd…      each document that lies apart and that the store refers to
configuration/      the configuration file and public certificates; private keys only where they were asked for
head.jsonl          the newest head of the evidence log then, as `lgsp evidence consistency` reads it
"""

from __future__ import annotations

from lgsp.backup.manifest import Manifest, missing, verify
from lgsp.backup.papers import papers_of
from lgsp.backup.restoring import Target, restore
from lgsp.backup.taking import HEAD, Progress, Source, take

__all__ = ["HEAD", "Manifest", "Progress", "Source", "Target", "missing", "papers_of", "restore", "take", "verify"]
