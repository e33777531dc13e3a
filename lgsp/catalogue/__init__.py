"""Catalogues of agencies from outside: read, held against the directory, shown as a difference, then applied.

wish        what a catalogue says of one agency
table       a table (CSV), as an operator keeps it
national    the national list, as `getSynchronizeUnit` gives it
difference  what would be added, changed, closed, and what is doubtful and left alone
"""

from __future__ import annotations

from lgsp.catalogue.difference import Catalogue, Difference, What, compared, missing
from lgsp.catalogue.national import read_units
from lgsp.catalogue.table import read_table
from lgsp.catalogue.wish import Wish

__all__ = ["Catalogue", "Difference", "What", "Wish", "compared", "missing", "read_table", "read_units"]
