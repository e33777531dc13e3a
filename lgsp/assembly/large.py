"""Where large documents lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from lgsp.blobs.folder import Folder

if TYPE_CHECKING:
    from lgsp.settings import Settings

_SQLITE: Final = "sqlite:///"


def blobs_of(settings: Settings) -> Folder | None:
    """Return the room for large documents; None: they stay in their rows."""
    section, url = settings.blobs, settings.store.url
    if section.folder is not None:
        return Folder(section.folder)
    return Folder(Path(f"{url.removeprefix(_SQLITE)}.blobs")) if url.startswith(_SQLITE) else None
