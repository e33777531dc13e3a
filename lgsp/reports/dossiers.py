"""What messages say about dossiers: payloads of `urn:lgsp:dossier:1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.model.errors import LgspError
from lgsp.sdk.dossier import read_dossier, read_progress
from lgsp.stages.envelope import read
from lgsp.store.tallies import Step

if TYPE_CHECKING:
    from lgsp.model.envelope import Tree


def step_of(octets: bytes) -> Step | None:
    """Return what a message says about a dossier; None for another message, or for one that cannot be read."""
    try:
        tree = read(octets).tree
        return _taken_in(tree) or _moved(tree)
    except (LgspError, ValueError):
        return None


def _taken_in(tree: Tree) -> Step | None:
    dossier = read_dossier(tree)
    if dossier is None:
        return None
    return Step(dossier.number, dossier.channel, dossier.received, dossier.due, dossier.state, dossier.received)


def _moved(tree: Tree) -> Step | None:
    progress = read_progress(tree)
    if progress is None:
        return None
    return Step(progress.number, None, None, None, progress.state, progress.time)
