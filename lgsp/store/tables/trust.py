"""What is known beside the anchors of those who vouch for signers."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, Table

from lgsp.store.tables.types import Instant, Word, metadata

#: What authorities said about revocation: the newest word of each source, as it came, with the issuer that signed it.
revocation = Table(
    "revocation",
    metadata,
    #: `crl` or `ocsp`.
    Column("source", Word, primary_key=True),
    #: The list's address; for an answer the fingerprint of the certificate it is about.
    Column("about", Word, primary_key=True),
    #: The certificate that an answer is about, DER; empty for a list.
    Column("certificate", LargeBinary, nullable=False),
    Column("issuer", LargeBinary, nullable=False),
    Column("octets", LargeBinary, nullable=False),
    Column("digest", Word, nullable=False),
    Column("as_of", Instant, nullable=False),
    #: Until when the source stands by it; empty when it does not say.
    Column("until", Instant),
    Column("fetched", Instant, nullable=False),
)

#: Authorities between signers and anchors, met in signatures: news about them is fetched too.
issuer = Table(
    "issuer",
    metadata,
    #: SHA-256 of the DER form, in hexadecimal.
    Column("fingerprint", Word, primary_key=True),
    Column("certificate", LargeBinary, nullable=False),
    Column("seen", Instant, nullable=False),
)
