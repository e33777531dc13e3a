"""What can be proven later, to a stranger, offline.

Every row that matters becomes canonical bytes (`rows`), and their SHA-256 a leaf of a Merkle tree (`merkle`, RFC
9162), which is kept in tiles (`tiles`). Now and then the bus signs the tree's root: a head (`heads`). With a head, a
row's bytes and a short path of hashes anybody computes whether the bus had said so by then (`log`); with two heads,
whether the later log only grew out of the earlier. `audit` recomputes all from the rows and names what does not fit.

The bodies of documents are nowhere in it: rows hold their digests, so the proof outlives the body.
"""

from __future__ import annotations

from lgsp.evidence.heads import Head
from lgsp.evidence.log import Log, Proof

__all__ = ["Head", "Log", "Proof"]
