"""Registering agencies, their certificates and their systems' secrets."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select

from lgsp.model.agency import Binding
from lgsp.model.tenures import amended
from lgsp.model.text import Text
from lgsp.store import tables
from lgsp.store.directory.reading import hashed
from lgsp.store.directory.writing import Pen, Writing, refuse, require_national
from lgsp.store.engine import look

if TYPE_CHECKING:
    from collections.abc import Collection

    from cryptography import x509
    from sqlalchemy import Table

    from lgsp.model.agency import Agency, AgencyCode

#: What is dated of an agency.
DATED: Final = ("level", "bloc", "parent", "state", "successor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A certificate on record."""

    #: SHA-256 of its DER form, in hexadecimal.
    fingerprint: str
    #: RFC 4514.
    subject: str
    pem: str = field(repr=False)
    #: When it was bound last.
    bound: datetime
    binding: Binding


class Registering(Writing):
    """Agencies one by one, with what they prove themselves by."""

    def add(self, agency: Agency) -> None:
        """Register an agency, or change its entry. Raises Misconfigured for a code of neither national form."""
        self.register(agency)

    def register(
        self, agency: Agency, certificates: Collection[x509.Certificate] = (), *, with_secret: bool = False
    ) -> str | None:
        """Write an agency's entry, bind its certificates and make a secret for its system: all or nothing.

        What a known agency is from now on was otherwise before: that stays on record. Returns the secret when one is
        wanted; the system id is the agency's code. Raises Misconfigured for a code of neither national form or one
        that means something else, an unknown parent, and a certificate or a system id that is another's.
        """
        require_national(agency.code)
        secret = secrets.token_urlsafe(32) if with_secret else None

        def work(pen: Pen) -> None:
            enter(pen, agency, datetime.now(UTC))
            for certificate in certificates:
                _put_for(pen, tables.certificate, agency.code, _certificate_row(agency.code, certificate))
            if secret is not None:
                _put_for(pen, tables.credential, agency.code, _credential_row(agency.code, agency.code, secret))

        self._write(work)
        return secret

    def bind(
        self,
        code: AgencyCode,
        certificate: x509.Certificate,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        """Say that a certificate is this agency's, from `since` until before `until`; None: without end on that side.

        An agency may have several at once: the new one is bound before the old one ends. Binding again replaces the
        window. Raises Misconfigured when it is another's, when the window is empty, or the agency unknown.
        """
        if since is not None and until is not None and until <= since:
            refuse("--until", Text("a moment after --from", "thời điểm sau --from"), until.isoformat())

        def work(pen: Pen) -> None:
            owner = pen.filed(code, f"agency {code}")
            row = {**_certificate_row(owner, certificate), "since": since, "until": until}
            _put_for(pen, tables.certificate, owner, row)

        self._write(work)

    def unbind(self, fingerprint: str) -> None:
        """End a binding now. It stays on record, and a new one may follow. Raises Misconfigured when there is none."""
        binding, now = self.binding(fingerprint), datetime.now(UTC)
        if binding is None:
            refuse("FINGERPRINT", Text("a certificate that is bound", "chứng thư số đang được đăng ký"), fingerprint)
        if binding.until is not None and binding.until <= now:
            return  # it ended already, and stays ended when it did
        self._write(lambda pen: pen.change(tables.certificate, fingerprint, until=now))

    def certificates(self) -> list[Bound]:
        """Return every certificate that is or was bound, by agency. Asks the database each time."""
        query = select(tables.certificate).order_by(tables.certificate.c.agency, tables.certificate.c.bound)
        return [_bound(row) for row in look(self._engine, lambda connection: connection.execute(query).all())]

    def give_secret(self, code: AgencyCode, system_id: str | None = None) -> tuple[str, str]:
        """Make a new secret for one of an agency's systems and return (system_id, secret), this once only.

        The system id is the agency's code unless another is wanted; its former secret ends here. Raises
        Misconfigured when the system id is another agency's or the agency unknown.
        """
        name, secret = system_id or str(self.canonical(code) or code), secrets.token_urlsafe(32)

        def work(pen: Pen) -> None:
            owner = pen.filed(code, f"agency {code}")
            _put_for(pen, tables.credential, owner, _credential_row(owner, name, secret))

        self._write(work)
        return name, secret


def enter(pen: Pen, agency: Agency, now: datetime) -> None:
    """Write an agency's entry; what is dated of a known one changes from `now` on."""
    code = agency.code
    known = pen.known.filed(code, now)
    if known is None:
        pen.require_free(code, f"agency {code}")
    wanted: dict[str, Any] = {name: getattr(agency, name) for name in DATED}
    for name in ("parent", "successor"):
        if wanted[name] is not None:
            wanted[name] = pen.filed(wanted[name], f"agency {code}, {name}") if wanted[name] != code else code
    entry = {"name": agency.name, "adapter": agency.adapter, "options": dict(agency.options)}
    if known is None:
        pen.put(tables.agency, {"code": code, **entry, **wanted})
        if code in {wanted["parent"], wanted["successor"]}:
            refuse(f"agency {code}", Text("another registered agency", "một đơn vị khác đã đăng ký"), code)
        return
    pen.change(tables.agency, code, **entry)
    if any(getattr(known, name) != value for name, value in wanted.items()):
        pen.put_tenures(code, amended(pen.tenures(code), now, None, **wanted))
        pen.require_no_circle(code)


def _put_for(pen: Pen, table: Table, code: AgencyCode, row: dict[str, Any]) -> None:
    key = next(iter(table.primary_key))
    found = pen.connection.execute(select(table).where(key == row[key.name])).first()
    owner = found.agency if found else None
    ended = getattr(found, "until", None)
    if owner not in {None, code} and not (ended and ended <= datetime.now(UTC)):
        expected = Text(f"a {table.name} of nobody else", "chưa thuộc về đơn vị khác")
        refuse(f"{table.name} {row[key.name]}", expected, owner)
    if found is not None and "until" in table.c:
        row = {"since": None, "until": None, **row}
    pen.put(table, row)


def _bound(row: Any) -> Bound:
    binding = Binding(agency=row.agency, since=row.since, until=row.until)
    return Bound(fingerprint=row.fingerprint, subject=row.subject, pem=row.pem, bound=row.bound, binding=binding)


def _certificate_row(code: AgencyCode, certificate: x509.Certificate) -> dict[str, Any]:
    return {
        "fingerprint": certificate.fingerprint(SHA256()).hex(),
        "agency": code,
        "subject": certificate.subject.rfc4514_string(),
        "pem": certificate.public_bytes(Encoding.PEM).decode(),
        "bound": datetime.now(UTC),
    }


def _credential_row(code: AgencyCode, system_id: str, secret: str) -> dict[str, Any]:
    return {"system_id": system_id, "agency": code, "secret_hash": hashed(secret), "given": datetime.now(UTC)}
