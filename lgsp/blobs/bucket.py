"""Blobs in a bucket of an S3-compatible store: an object each, named by its digest. Needs `lgsp[s3]`."""

from __future__ import annotations

import tempfile
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from lgsp.blobs.refusing import not_available
from lgsp.model.errors import ContentUnavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from datetime import datetime

#: A request waits for the store, and a store answers several at a time as fast as one.
_REQUESTS: Final = 8
#: What comes in pieces is held in memory up to so much, and then in a file without a name.
_SPOOLED_BYTES: Final = 1 << 20
_ABSENT: Final = frozenset({"404", "NoSuchKey", "NotFound"})
_CONFIG: Final = Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"mode": "standard", "max_attempts": 3},
    max_pool_connections=2 * _REQUESTS,
    # Stores other than Amazon's do not know every checksum; the digest is compared here anyway.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class Bucket:
    """Keeps `Blobs` and `Receiving`. An object appears whole or not at all: that is what the store promises."""

    def __init__(self, name: str, *, prefix: str = "", endpoint_url: str = "") -> None:
        """Keep blobs in the bucket of that name, which is there. Connects at first use."""
        self._name = name
        self._prefix = prefix
        with not_available(self._name, BotoCoreError):
            self._client: Any = boto3.client("s3", endpoint_url=endpoint_url or None, config=_CONFIG)

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Store octets under their digests."""
        missing = self.missing(contents.keys())
        self._each(self.put, [(digest, contents[digest]) for digest in missing])

    def read(self, digest: str) -> bytes:
        """Return octets, compared with their digest."""
        try:
            with not_available(self._name, BotoCoreError):
                octets: bytes = self._client.get_object(Bucket=self._name, Key=self._key(digest))["Body"].read()
        except ClientError as error:
            if _absent(error):
                raise ContentUnavailable(digest) from None
            with not_available(self._name, ClientError):
                raise
        if (found := sha256(octets).hexdigest()) != digest:
            raise ContentUnavailable(digest, found)
        return octets

    def missing(self, digests: Collection[str]) -> set[str]:
        """Return those that are not there."""
        there = self._each(self._is_there, [(digest,) for digest in digests])
        return {digest for digest, found in zip(digests, there, strict=True) if not found}

    def stale(self, part: int, before: datetime) -> Iterator[str]:
        """Yield the names of old objects; what was never finished is none."""
        pages = self._client.get_paginator("list_objects_v2")
        start = f"{self._prefix}{part:02x}"
        with not_available(self._name, BotoCoreError, ClientError):
            found = [
                each["Key"].removeprefix(self._prefix)
                for page in pages.paginate(Bucket=self._name, Prefix=start)
                for each in page.get("Contents", ())
                if each["LastModified"] < before
            ]
        yield from found

    def remove(self, names: Iterable[str]) -> None:
        """Remove objects."""
        self._each(self._remove, [(name,) for name in names])

    def begin(self) -> Spooled:
        """Begin an object."""
        return Spooled(self)

    def put(self, digest: str, octets: Any) -> None:
        """Store bytes, or a file from its beginning."""
        with not_available(self._name, BotoCoreError, ClientError):
            self._client.put_object(Bucket=self._name, Key=self._key(digest), Body=octets)

    def _is_there(self, digest: str) -> bool:
        try:
            with not_available(self._name, BotoCoreError):
                self._client.head_object(Bucket=self._name, Key=self._key(digest))
        except ClientError as error:
            if _absent(error):
                return False
            with not_available(self._name, ClientError):
                raise
        return True

    def _remove(self, name: str) -> None:
        with not_available(self._name, BotoCoreError, ClientError):
            self._client.delete_object(Bucket=self._name, Key=self._key(name))

    def _key(self, digest: str) -> str:
        return f"{self._prefix}{digest}"

    @staticmethod
    def _each(work: Any, given: list[tuple[Any, ...]]) -> list[Any]:
        """Do it for each, several at a time."""
        if len(given) < 2:  # noqa: PLR2004  # one needs no help
            return [work(*one) for one in given]
        with ThreadPoolExecutor(_REQUESTS) as requests:
            return list(requests.map(lambda one: work(*one), given))


class Spooled:
    """Keeps `Writing`. Nothing reaches the bucket before the digest is known to be right."""

    def __init__(self, bucket: Bucket) -> None:
        """Hold octets here, for `bucket`."""
        self._bucket = bucket
        self._digest = sha256()
        self._file = tempfile.SpooledTemporaryFile(_SPOOLED_BYTES)  # noqa: SIM115  # `drop` closes it

    def write(self, piece: bytes) -> None:
        """Take the next octets."""
        with not_available("temporary file"):
            self._digest.update(piece)
            self._file.write(piece)

    def finish(self, digest: str) -> bool:
        """Store them if this is their digest."""
        right = self._digest.hexdigest() == digest
        if right:
            self._file.seek(0)
            self._bucket.put(digest, self._file)
        self.drop()
        return right

    def drop(self) -> None:
        """Forget them."""
        self._file.close()


def _absent(error: ClientError) -> bool:
    return str(error.response.get("Error", {}).get("Code", "")) in _ABSENT
