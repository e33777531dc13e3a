"""How others come in."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from lgsp import amqp
from lgsp.amqp import AmqpDoor
from lgsp.api import documents, evidence, health
from lgsp.assembly.refusing import misconfigured
from lgsp.assembly.walks import Walks
from lgsp.model.agency import DIRECT
from lgsp.model.lane import Lane
from lgsp.model.text import Text
from lgsp.soap import soap_app

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.applications import Starlette

    from lgsp.sdk import Agency


class Doors(Walks):
    """HTTP and AMQP."""

    @cached_property
    def soap(self) -> Starlette:
        """The doors that speak HTTP."""
        app = soap_app(
            reception=self.reception,
            directory=self.directory,
            views=self.views,
            ledger=self.ledger,
            size_limit_bytes=self.settings.http.size_limit_bytes,
            public_url=self.settings.http.public_url or None,
        )
        app.router.routes += [health(self.views, self.ages), *evidence(self.log, self.directory, self.views)]
        if self.blobs is not None and self.uploads is not None:
            limit = self.settings.intake.size_limit_bytes
            app.router.routes.append(documents(self.directory, self.blobs, self.uploads, limit))
        return app

    @cached_property
    def amqp_doors(self) -> Mapping[Lane, AmqpDoor]:
        """The doors on the exchanges `lgsp.intake` and `lgsp.intake.urgent`; only with RabbitMQ."""
        return {
            lane: AmqpDoor(
                url=self._broker,
                intake=self.intake,
                directory=self.directory,
                notices=self.notices,
                batch_limit=self.settings.intake.batch_limit,
                lane=lane,
            )
            for lane in Lane
        }

    def provide(self, agency: Agency) -> None:
        """Make an agency's queues on the broker, so that its system can connect before the first document.

        Raises Misconfigured for an agency that consumes its queue where there is no broker.
        """
        if agency.adapter == DIRECT and not self.on_broker:
            wanted = Text(f"RabbitMQ, for the adapter '{DIRECT}'", f"RabbitMQ, vì đơn vị dùng bộ nối '{DIRECT}'")
            raise misconfigured("[transport] url", self.settings.transport.url, wanted)
        if self.on_broker:
            amqp.provide(self._broker, [agency.code])
        if agency.adapter == DIRECT:
            self.transport.provide([agency.code])
