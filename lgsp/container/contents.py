"""The files of a container: what each is called and what it holds."""

from __future__ import annotations

from typing import Final

from lgsp.model.envelope import Kind

#: Which format this is, and what it is about: see `manifest`.
MANIFEST: Final = "manifest.txt"
#: What the sender handed in, byte for byte; absent once the ledger has erased it. The seal is over a file so called.
BODIES: Final = ("document.edxml", "message.xml")
#: The bus's signed word to the sender.
RECEIPT: Final = "receipt.xml"
#: The ledger's rows about the document, one a line, as they were digested for the log.
ROWS: Final = "rows.jsonl"
#: One line a row: where its leaf stands in the log, and the way from there to the head.
PROOFS: Final = "proofs.txt"
#: From each older head, of the log or of a witness, the way to the newest: sizes and hashes, a line each.
CONSISTENCY: Final = "consistency.txt"
#: Heads: `newest`, which the proofs lead to, and `first`, the first with a time stamp that holds the acceptance. Each
#: is a text, the bus's signature over it (DER), the certificate (PEM), and the time stamp (DER) where there is one.
NEWEST: Final = "heads/newest"
FIRST: Final = "heads/first"
#: The bus's seal over the document, with what lets it last: certificates, and what was known about revocation.
SEAL: Final = "META-INF/signatures001.xml"
#: A folder for each status about the document, named with its dispatch id: its octets as its sender handed them in, the
#: bus's receipt for them (both named as above), and the bus's seal.
STATUS: Final = "status-"
STATUS_SEAL: Final = "seal.xml"
#: The bus's signature over every other file.
COVER: Final = "META-INF/signatures002.xml"


def body_of(kind: Kind) -> str:
    """Return what the document is called."""
    return BODIES[kind is Kind.MESSAGE]
