"""Uploads are handed in by their digest, by their own agency alone; what nobody refers to is swept, nothing else."""

from __future__ import annotations

import os
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette

from lgsp.api import documents
from lgsp.blobs import PARTS
from lgsp.blobs.folder import Folder
from lgsp.model.agency import AgencyCode
from lgsp.model.delivery import Receipt, Refusal, Status
from lgsp.model.envelope import Arrival
from lgsp.store import Ledger, Views
from lgsp.store.octets import Apart
from lgsp.store.uploads import Uploads
from lgsp.upkeep.sweeping import Sweeping
from tests.builders import COMMITTEE, DEPARTMENT, with_attachment
from tests.dispatches import RECIPIENT, SENDER, a_dispatch, an_outcome
from tests.province import an_agency, make_province
from tests.soap import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from lgsp.assembly import Assembly
    from tests.province import Province

LARGE = "văn bản lớn".encode() * 9000
DIGEST = sha256(LARGE).hexdigest()
DAY = timedelta(days=1)


@pytest.fixture
def blobs(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "blobs")


@pytest.fixture
def large(store: Engine, blobs: Folder) -> Engine:
    return store.execution_options(lgsp_apart=Apart(blobs, 65536))


@pytest.fixture
def uploads(large: Engine, blobs: Folder) -> Uploads:
    return Uploads(large, blobs)


def _sweep(uploads: Uploads, later: timedelta = 2 * DAY) -> None:
    """Sweep every part, as if it were later."""
    broom = Sweeping(uploads, DAY, clock=lambda: datetime.now(UTC) + later)
    for _ in range(PARTS):
        broom.sweep()


def test_what_nobody_refers_to_is_swept_when_it_is_old(uploads: Uploads, blobs: Folder) -> None:
    blobs.keep({DIGEST: LARGE})
    _sweep(uploads, later=timedelta(0))
    assert blobs.read(DIGEST) == LARGE
    _sweep(uploads)
    assert blobs.missing([DIGEST]) == {DIGEST}


def test_what_a_document_refers_to_stays_however_old(large: Engine, uploads: Uploads, blobs: Folder) -> None:
    Ledger(large).accept([a_dispatch(LARGE)])
    _sweep(uploads)
    assert blobs.read(DIGEST) == LARGE


def test_an_upload_is_kept_for_its_time_and_then_swept(uploads: Uploads, blobs: Folder, tmp_path: Path) -> None:
    blobs.keep({DIGEST: LARGE})
    os.utime(tmp_path / "blobs" / DIGEST[:2] / DIGEST[2:4] / DIGEST, times=(0, 0))
    assert uploads.add(SENDER, DIGEST)
    _sweep(uploads, later=timedelta(0))
    assert uploads.read([(SENDER, DIGEST)]) == {(SENDER, DIGEST): LARGE}
    _sweep(uploads)
    assert uploads.read([(SENDER, DIGEST)]) == {}
    assert blobs.missing([DIGEST]) == {DIGEST}


def test_a_blob_is_not_swept_between_being_found_and_being_referred_to(
    large: Engine, uploads: Uploads, blobs: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs.keep({DIGEST: LARGE})  # long ago, by an intake that crashed
    keep = blobs.keep

    def swept_at_once(contents: dict[str, bytes]) -> None:
        keep(contents)
        monkeypatch.setattr(blobs, "keep", keep)
        _sweep(uploads)

    monkeypatch.setattr(blobs, "keep", swept_at_once)
    Ledger(large).accept([one := a_dispatch(LARGE)])
    held = Views(large).document(one.id)
    assert held is not None
    assert held.octets == LARGE


def test_an_upload_that_was_swept_at_once_is_not_acknowledged(uploads: Uploads) -> None:
    assert not uploads.add(SENDER, DIGEST)


def test_what_two_documents_refer_to_goes_with_the_second_erasure(
    large: Engine, uploads: Uploads, blobs: Folder
) -> None:
    ledger = Ledger(large)
    pair = [a_dispatch(LARGE), a_dispatch(LARGE, sender="H03.99")]
    ledger.accept(pair)
    ledger.record([an_outcome((one, RECIPIENT), Status.DELIVERED) for one in pair])
    assert ledger.erase(pair[0].id, "hết thời hạn lưu")
    assert uploads.remove_unused([DIGEST]) == 0
    assert blobs.read(DIGEST) == LARGE
    assert ledger.erase(pair[1].id, "hết thời hạn lưu")
    assert uploads.remove_unused([DIGEST]) == 1
    held = Views(large).document(pair[1].id)
    assert held is not None
    assert held.octets == b""


@pytest.fixture
def province(tmp_path: Path) -> Province:
    return make_province(tmp_path, [an_agency(COMMITTEE), an_agency(DEPARTMENT)])


@pytest.fixture
def bus(province: Province) -> Iterator[Assembly]:
    with closing(province.assembly()) as assembly:
        yield assembly


@pytest.fixture
def door(bus: Assembly) -> Iterator[httpx.Client]:
    assert bus.blobs is not None
    assert bus.uploads is not None
    route = documents(bus.directory, bus.blobs, bus.uploads, 1 << 20)
    with served(Starlette(routes=[route])) as url, httpx.Client(base_url=url) as client:
        yield client


def _claimed(bus: Assembly, digest: str, caller: str = COMMITTEE) -> Receipt | Refusal:
    arrival = Arrival(
        octets=b"", claim=digest, caller=AgencyCode(caller), door="amqp", correlation="c1", arrived=datetime.now(UTC)
    )
    (answer,) = bus.intake.accept([arrival])
    return answer


def test_a_document_is_uploaded_and_handed_in_by_its_digest(
    bus: Assembly, province: Province, door: httpx.Client
) -> None:
    octets = province.signed(with_attachment(200_000), AgencyCode(COMMITTEE))
    digest = sha256(octets).hexdigest()
    assert isinstance(_claimed(bus, digest), Refusal)
    put = door.put(f"/documents/{digest}", content=octets, auth=province.secrets[AgencyCode(COMMITTEE)])
    assert (put.status_code, put.json()) == (201, {"digest": digest, "size": len(octets)})

    refused = _claimed(bus, digest, caller=DEPARTMENT)
    assert isinstance(refused, Refusal)
    assert (refused.error.code, refused.digest) == ("LGSP-1700", digest)

    receipt = _claimed(bus, digest)
    assert isinstance(receipt, Receipt)
    held = bus.views.document(receipt.dispatch_id)
    assert held is not None
    assert held.octets == octets
    assert _claimed(bus, digest) == receipt  # sending again is harmless
    direct = Arrival(
        octets=octets, caller=AgencyCode(COMMITTEE), door="soap", correlation="c2", arrived=datetime.now(UTC)
    )
    assert bus.intake.accept([direct]) == [receipt]


def test_an_upload_that_is_something_else_too_large_or_nobodys_is_refused(
    bus: Assembly, province: Province, door: httpx.Client
) -> None:
    who = province.secrets[AgencyCode(COMMITTEE)]
    assert door.put(f"/documents/{'0' * 64}", content=b"other", auth=who).status_code == 422
    assert door.put("/documents/0", content=b"other", auth=who).status_code == 400
    assert door.put(f"/documents/{'0' * 64}", content=bytes((1 << 20) + 1), auth=who).status_code == 413
    assert door.put(f"/documents/{'0' * 64}", content=b"other").status_code == 401
    assert bus.blobs is not None
    later = datetime.now(UTC) + DAY
    assert not [name for part in range(PARTS) for name in bus.blobs.stale(part, later)]


def test_a_document_below_the_threshold_may_be_claimed_too(
    bus: Assembly, province: Province, door: httpx.Client
) -> None:
    octets = province.signed(with_attachment(10), AgencyCode(COMMITTEE))
    digest = sha256(octets).hexdigest()
    door.put(f"/documents/{digest}", content=octets, auth=province.secrets[AgencyCode(COMMITTEE)])
    assert isinstance(_claimed(bus, digest), Receipt)
