"""The AMQP door: documents come by the exchange `lgsp.intake`, answers go to `agency.<code>.receipts`."""

from __future__ import annotations

from lgsp.amqp.door import AmqpDoor, provide

__all__ = ["AmqpDoor", "provide"]
