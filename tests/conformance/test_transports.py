"""Both transports keep the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lgsp.store import Ledger, Queue
from lgsp.transport.amqp import Amqp
from lgsp.transport.embedded import Embedded
from tests.conformance.transport_contract import TransportContract

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Engine

    from lgsp.model.delivery import Dispatch
    from lgsp.transport import Transport


class TestEmbedded(TransportContract):
    @pytest.fixture
    def opened(self, store: Engine) -> Callable[[], Transport]:
        return lambda: Embedded(Queue(store))

    @pytest.fixture
    def keep(self, store: Engine) -> Callable[[Sequence[Dispatch]], object]:
        return Ledger(store).accept


class TestAmqp(TransportContract):
    @pytest.fixture
    def opened(self, rabbitmq: str) -> Callable[[], Transport]:
        return lambda: Amqp(rabbitmq, settle_seconds=0)
