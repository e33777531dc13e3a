"""Every room for large documents keeps the contract, and what a folder promises beyond it."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from lgsp.blobs import PARTS
from lgsp.blobs.bucket import Bucket
from lgsp.blobs.folder import Folder
from lgsp.model.errors import StoreUnavailable
from tests.conformance.blobs_contract import DIGEST, OTHERS, SOME, BlobsContract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class _Files:
    def __init__(self, root: Path) -> None:
        self._root = root

    def change(self, digest: str, octets: bytes) -> None:
        (self._root / digest[:2] / digest[2:4] / digest).write_bytes(octets)

    def stored(self) -> int:
        return sum(path.is_file() for path in self._root.rglob("*"))


class TestFolder(BlobsContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Callable[[], Folder]:
        return lambda: Folder(tmp_path / "deep" / "blobs")

    @pytest.fixture
    def room(self, tmp_path: Path) -> _Files:
        return _Files(tmp_path / "deep" / "blobs")


class _Objects:
    def __init__(self, client: Any) -> None:
        self._client = client

    def change(self, digest: str, octets: bytes) -> None:
        self._client.put_object(Bucket="lgsp", Key=f"tinh/{digest}", Body=octets)

    def stored(self) -> int:
        return int(self._client.list_objects_v2(Bucket="lgsp")["KeyCount"])


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """An S3-compatible store over HTTP on loopback."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class TestBucket(BlobsContract):
    @pytest.fixture
    def client(self, s3: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.setenv(name, "us-east-1")
        client: Any = boto3.client("s3", endpoint_url=s3)
        client.create_bucket(Bucket="lgsp")
        yield client
        for each in client.list_objects_v2(Bucket="lgsp").get("Contents", ()):
            client.delete_object(Bucket="lgsp", Key=each["Key"])
        client.delete_bucket(Bucket="lgsp")

    @pytest.fixture
    def opened(self, s3: str, client: Any) -> Callable[[], Bucket]:
        del client
        return lambda: Bucket("lgsp", prefix="tinh/", endpoint_url=s3)

    @pytest.fixture
    def room(self, client: Any) -> _Objects:
        return _Objects(client)

    def test_a_bucket_that_is_not_there_is_no_word_about_what_was_in_it(self, s3: str, client: Any) -> None:
        del client
        elsewhere = Bucket("elsewhere", endpoint_url=s3)
        with pytest.raises(StoreUnavailable):
            elsewhere.read(DIGEST)
        with pytest.raises(StoreUnavailable):
            elsewhere.keep({DIGEST: SOME})

    def test_a_store_that_does_not_answer_is_unavailable(self, client: Any) -> None:
        del client
        with pytest.raises(StoreUnavailable):
            Bucket("lgsp", endpoint_url="http://127.0.0.1:9").read(DIGEST)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


def test_what_a_crash_left_unfinished_is_no_blob_and_stale_one_day(root: Path) -> None:
    writing = Folder(root).begin()
    writing.write(SOME)  # and never finished
    later, blobs = datetime.now(UTC) + timedelta(hours=1), Folder(root)
    assert blobs.missing([DIGEST]) == {DIGEST}
    names = [name for part in range(PARTS) for name in blobs.stale(part, later)]
    assert len(names) == 1
    blobs.remove(names)
    assert not list((root / "incoming").iterdir())


def test_a_full_disk_is_said_and_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int, _octets: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    blobs = Folder(root)
    with monkeypatch.context() as patch:
        patch.setattr("lgsp.blobs.folder.os.write", full)
        with pytest.raises(StoreUnavailable, match="No space"):
            blobs.keep(OTHERS)
    assert _Files(root).stored() == 0
    blobs.keep(OTHERS)
    assert not blobs.missing(OTHERS)


def test_a_blob_has_its_name_only_after_it_was_synced_and_its_folder_after_that(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, type(root).replace

    def synced(handle: int) -> None:
        steps.append("sync " + Path(f"/proc/self/fd/{handle}").readlink().name.rpartition(".")[2])
        sync(handle)

    def named(path: Path, to: Path) -> object:
        steps.append("name")
        return replace(path, to)

    monkeypatch.setattr("lgsp.blobs.folder.os.fsync", synced)
    monkeypatch.setattr(type(root), "replace", named)
    Folder(root).keep({DIGEST: SOME})
    assert steps[0] == "sync part"
    assert steps[-2:] == ["name", f"sync {DIGEST[2:4]}"]
    # The folders above are new, and outlive a crash too.
    assert steps[1:-2] == [f"sync {DIGEST[:2]}", "sync blobs", f"sync {root.parent.name}"]


def test_a_cut_off_file_is_written_anew(root: Path) -> None:
    Folder(root).keep({DIGEST: SOME})
    _Files(root).change(DIGEST, SOME[:100])
    Folder(root).keep({DIGEST: SOME})
    assert Folder(root).read(DIGEST) == SOME


def test_a_folder_that_is_not_there_is_no_word_about_what_was_in_it(root: Path) -> None:
    with pytest.raises(StoreUnavailable):
        Folder(root).read(DIGEST)
