"""A province that never was, at any scale: its bodies, what they send each other in 2020, and the bus that carries it.

For trying reports, for showing them, and for loads. Codes and names are made up; nothing is a real body's.
"""

from __future__ import annotations

from lgsp.simulate.command import simulate

__all__ = ["simulate"]
