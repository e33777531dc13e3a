"""Where large documents lie."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lgsp.assembly.refusing import misconfigured
from lgsp.blobs.folder import Folder
from lgsp.model.text import Text

if TYPE_CHECKING:
    from lgsp.blobs.bucket import Bucket
    from lgsp.settings import Settings

_SQLITE = "sqlite:///"


def blobs_of(settings: Settings) -> Folder | Bucket | None:
    """Return the room for large documents; None: they stay in their rows."""
    section, url = settings.blobs, settings.store.url
    if section.bucket:
        return _bucket(settings)
    if section.folder is not None:
        return Folder(section.folder)
    return Folder(Path(f"{url.removeprefix(_SQLITE)}.blobs")) if url.startswith(_SQLITE) else None


def _bucket(settings: Settings) -> Bucket:
    section = settings.blobs
    if section.folder is not None:
        wanted = Text("a folder or a bucket, not both", "thư mục hoặc bucket, không phải cả hai")
        raise misconfigured("[blobs] bucket", section.bucket, wanted)
    try:
        from lgsp.blobs.bucket import Bucket  # noqa: PLC0415  # boto3 comes with the extra `s3` alone
    except ModuleNotFoundError:
        wanted = Text("boto3; install lgsp[s3]", "thư viện boto3; hãy cài lgsp[s3]")
        raise misconfigured("[blobs] bucket", section.bucket, wanted) from None
    return Bucket(section.bucket, prefix=section.prefix, endpoint_url=section.endpoint_url)
