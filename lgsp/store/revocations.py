"""What authorities said about revocation, kept as it came: a cold start knows what was known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import or_, select, tuple_

from lgsp.store.engine import commit, look
from lgsp.store.rowset import insert
from lgsp.store.tables import certificate, issuer, revocation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection, Engine

CRL: Final = "crl"
OCSP: Final = "ocsp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one source said last. Whoever reads it checks its signature again: the issuer stands beside it."""

    #: `crl` or `ocsp`.
    source: str
    #: The list's address; for an answer the fingerprint of the certificate that it is about.
    about: str
    #: The certificate that an answer is about; None for a list.
    certificate: x509.Certificate | None = None
    issuer: x509.Certificate = field(repr=False)
    octets: bytes = field(repr=False)
    #: When the source knew it.
    as_of: datetime
    #: Until when the source stands by it; None when it does not say.
    until: datetime | None


class Revocations:
    """News of revocation and the issuers it is about. Safe for many threads and processes at once."""

    def __init__(self, engine: Engine) -> None:
        """Keep it in `engine`."""
        self._engine = engine

    def keep(self, word: Word) -> bool:
        """Keep what a source said, unless something newer of the same source is kept: then nothing changes."""
        return commit(self._engine, lambda connection: _keep(connection, word))

    def digests(self) -> dict[tuple[str, str], str]:
        """Return what is kept, (source, about) -> SHA-256 of the octets."""
        columns = (revocation.c.source, revocation.c.about, revocation.c.digest)
        found = look(self._engine, lambda connection: connection.execute(select(*columns)).all())
        return {(row.source, row.about): row.digest for row in found}

    def words(self, keys: Collection[tuple[str, str]]) -> list[Word]:
        """Return what these sources said."""
        if not keys:
            return []
        query = select(revocation).where(tuple_(revocation.c.source, revocation.c.about).in_(list(keys)))
        return [
            Word(
                source=row.source,
                about=row.about,
                certificate=x509.load_der_x509_certificate(row.certificate) if row.certificate else None,
                issuer=x509.load_der_x509_certificate(row.issuer),
                octets=row.octets,
                as_of=row.as_of,
                until=row.until,
            )
            for row in look(self._engine, lambda connection: connection.execute(query).all())
        ]

    def saw(self, issuers: Iterable[x509.Certificate]) -> None:
        """Remember authorities that signers' chains led over."""
        rows = [
            {
                "fingerprint": one.fingerprint(SHA256()).hex(),
                "certificate": one.public_bytes(Encoding.DER),
                "seen": datetime.now(UTC),
            }
            for one in issuers
        ]
        if rows:
            statement = insert(self._engine.dialect.name, issuer).on_conflict_do_nothing()
            commit(self._engine, lambda connection: connection.execute(statement, rows))

    def issuers(self) -> list[x509.Certificate]:
        """Return those authorities."""
        query = select(issuer.c.certificate)
        found = look(self._engine, lambda connection: connection.execute(query).scalars().all())
        return [x509.load_der_x509_certificate(one) for one in found]

    def bound(self) -> list[x509.Certificate]:
        """Return the certificates that speak for an agency now or will."""
        query = select(certificate.c.pem).where(
            or_(certificate.c.until.is_(None), certificate.c.until > datetime.now(UTC))
        )
        found = look(self._engine, lambda connection: connection.execute(query).scalars().all())
        return [x509.load_pem_x509_certificate(pem.encode()) for pem in found]


def _keep(connection: Connection, word: Word) -> bool:
    row = {
        "source": word.source,
        "about": word.about,
        "certificate": word.certificate.public_bytes(Encoding.DER) if word.certificate else b"",
        "issuer": word.issuer.public_bytes(Encoding.DER),
        "octets": word.octets,
        "digest": sha256(word.octets).hexdigest(),
        "as_of": word.as_of,
        "until": word.until,
        "fetched": datetime.now(UTC),
    }
    statement = insert(connection.dialect.name, revocation).values(**row)
    newer = statement.on_conflict_do_update(
        index_elements=["source", "about"],
        set_=row,
        # Whoever stands between us and the source must not take us back to an older word.
        where=revocation.c.as_of <= statement.excluded.as_of,
    )
    return connection.execute(newer).rowcount == 1
