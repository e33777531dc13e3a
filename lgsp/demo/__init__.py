"""The whole way on one machine: real envelopes, real signatures, real HTTP, simulated ministries."""

from __future__ import annotations

from lgsp.demo.command import demo

__all__ = ["demo"]
