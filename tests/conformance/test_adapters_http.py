from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from adapters.ministry_rest import MinistryRest
from adapters.ministry_soap import MinistrySoap
from adapters.one_stop import OneStop
from adapters.simulators import ministry_rest, ministry_soap, one_stop
from adapters.simulators.running import Running
from adapters.simulators.simulator import Fault, Simulator
from lgsp.sdk.contract import AdapterContract
from tests.conformance.adapters import a_connection, an_envelope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lgsp.sdk import Adapter, Delivery, Envelope


class HttpContract(AdapterContract):
    """The contract over real HTTP, against a pretended system with its faults."""

    running: Running[Any]

    @classmethod
    def system(cls) -> Simulator:
        raise NotImplementedError

    def adapter(self, options: dict[str, Any]) -> Adapter:
        raise NotImplementedError

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _running(cls) -> Iterator[None]:
        with Running(cls.system()) as cls.running:
            yield

    @pytest.fixture(autouse=True)
    def _system(self, tmp_path: Path) -> None:
        self.running.system = self.system()
        self.running.start()
        self.folder = tmp_path
        self.secrets = (self.running.system.password,)

    def connect(self, **changes: Any) -> Adapter:
        return self.adapter(self.running.system.options(self.running.address, self.folder) | changes)

    def envelope(self) -> Envelope:
        return an_envelope()

    def copies(self, delivery: Delivery) -> int:
        return len(self.running.system.find(delivery.dispatch_id))

    def break_down(self) -> None:
        self.running.stop()

    def refuse(self) -> None:
        self.running.system.fault = Fault.REFUSE

    def lose_answers(self) -> None:
        self.running.system.fault = Fault.LOSE_ANSWER

    def overload(self) -> None:
        self.running.system.fault = Fault.BUSY

    def stall(self) -> None:
        self.running.system.fault = Fault.SLOW
        self.running.system.slow_seconds = 30

    def mend(self) -> None:
        self.running.system.fault = Fault.NONE
        self.running.start()


def _files(record: dict[str, Any], key: str, name: str, content: str) -> list[tuple[str, bytes]]:
    return [(file[name], b64decode(file[content])) for file in record[key]]


def _sent(delivery: Delivery) -> list[tuple[str, bytes]]:
    return [(file.name, file.content()) for file in delivery.envelope.attachments]


class TestMinistryRestWithASession(HttpContract):
    login = "session"

    @classmethod
    def system(cls) -> Simulator:
        return ministry_rest.MinistryRest(cls.login)

    def adapter(self, options: dict[str, Any]) -> Adapter:
        return MinistryRest(a_connection({"timeout_seconds": 0.5, **options}))

    def intact(self, delivery: Delivery) -> bool:
        (record,) = self.running.system.find(delivery.dispatch_id)
        return (
            ministry_rest.octets(record) == delivery.envelope.octets
            and record["trichYeu"] == delivery.envelope.subject
            and record["ngayBanHanh"] == "24/09/2020 00:00:00"
            and _files(record, "tepDinhKem", "tenTep", "duLieu") == _sent(delivery)
        )


class TestMinistryRestWithAToken(TestMinistryRestWithASession):
    login = "token"


class TestMinistrySoap(HttpContract):
    port = "Soap11"

    @classmethod
    def system(cls) -> Simulator:
        return ministry_soap.MinistrySoap()

    def adapter(self, options: dict[str, Any]) -> Adapter:
        return MinistrySoap(a_connection({"timeout_seconds": 0.5, "port": self.port, **options}))

    def intact(self, delivery: Delivery) -> bool:
        (record,) = self.running.system.find(delivery.dispatch_id)
        return (
            ministry_soap.octets(record) == delivery.envelope.octets
            and record["trichYeu"] == delivery.envelope.subject
            and record["ngayBanHanh"] == "2020-09-24T00:00:00"
            and _files(record, "tepDinhKem", "tenTep", "duLieu") == _sent(delivery)
        )


class TestMinistrySoap12(TestMinistrySoap):
    port = "Soap12"


class TestOneStop(HttpContract):
    @classmethod
    def system(cls) -> Simulator:
        return one_stop.OneStop()

    def adapter(self, options: dict[str, Any]) -> Adapter:
        return OneStop(a_connection({"timeout_seconds": 0.5, **options}))

    def intact(self, delivery: Delivery) -> bool:
        (record,) = self.running.system.find(delivery.dispatch_id)
        return (
            b64decode(record["GoiTinGoc"]) == delivery.envelope.octets
            and record["TrichYeu"] == delivery.envelope.subject
            and _files(record, "TepDinhKem", "TenTepDinhKem", "Base64") == _sent(delivery)
        )
