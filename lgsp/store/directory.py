"""Who takes part, whose certificate is whose, and who may call. Read from memory on the hot path."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Connection, Engine, and_, select, update

from lgsp.model.agency import Agency, AgencyCode, Binding, Bloc, CodeForm, Level
from lgsp.model.errors import Misconfigured, Problem, StoreUnavailable
from lgsp.model.text import Text
from lgsp.store import tables
from lgsp.store.engine import commit, look
from lgsp.store.rowset import insert
from lgsp.store.witness import witness

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from cryptography import x509
    from sqlalchemy import Table

#: Compared with where the system id is unknown, so that the answer takes as long as for a known one.
_NOBODY = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True, slots=True)
class _Snapshot:
    number: int = -1
    read: float = float("-inf")
    agencies: Mapping[str, Agency] = field(default_factory=dict)
    bindings: Mapping[str, Binding] = field(default_factory=dict)
    credentials: Mapping[str, tuple[str, AgencyCode]] = field(default_factory=dict)


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


class Directory:
    """The catalogue of agencies. Safe for many threads; other processes see a change within `refresh_seconds`.

    Questions are answered from memory. While the database does not answer, the last known state counts.
    """

    def __init__(self, engine: Engine, refresh_seconds: float = 5) -> None:
        """Read from `engine`, at first use."""
        self._engine = engine
        self._refresh_seconds = refresh_seconds
        self._snapshot = _Snapshot()
        self._refreshing = threading.Lock()

    def find(self, code: AgencyCode, at: datetime | None = None) -> Agency | None:
        """Return the agency that answers to `code` at the time `at`, as it is then; None: now."""
        del at
        return self._fresh().agencies.get(code)

    def canonical(self, code: AgencyCode, at: datetime) -> AgencyCode | None:
        """Return the code that the agency is filed under which answers to `code` at the time `at`."""
        agency = self.find(code, at)
        return None if agency is None else agency.code

    def members(self, group: AgencyCode, at: datetime) -> Sequence[AgencyCode] | None:  # noqa: ARG002
        """Return who is in a group at the time `at`; None when there is no such group."""
        return None

    def forwards(self, closed: AgencyCode) -> bool:  # noqa: ARG002
        """Tell whether a document to this closed body goes to its successor."""
        return True

    def speaks_for(self, speaker: AgencyCode, sender: AgencyCode, at: datetime) -> bool:  # noqa: ARG002
        """Tell whether the first may write in the name of the second at the time `at`."""
        return speaker == sender

    def agencies(self) -> list[Agency]:
        """Return all agencies, by code."""
        return list(self._fresh().agencies.values())

    def binding(self, fingerprint: str) -> Binding | None:
        """Return to whom, and when, a certificate (SHA-256 of its DER form, hexadecimal) is or was bound."""
        return self._fresh().bindings.get(fingerprint)

    def owner(self, fingerprint: str) -> AgencyCode | None:
        """Return the agency that a certificate speaks for now."""
        binding = self.binding(fingerprint)
        return binding.agency if binding is not None and binding.holds(datetime.now(UTC)) else None

    def caller(self, system_id: str, secret: str) -> AgencyCode | None:
        """Return whose system this is, or None. Takes the same time for wrong secrets and unknown systems."""
        known, code = self._fresh().credentials.get(system_id, (_NOBODY, None))
        right = hmac.compare_digest(known, _hash(secret))
        return code if right else None

    def system(self, system_id: str) -> AgencyCode | None:
        """Return whose system this is, for doors where another server has proven the system id (AMQP `user_id`)."""
        _, code = self._fresh().credentials.get(system_id, (_NOBODY, None))
        return code

    def add(self, agency: Agency) -> None:
        """Register an agency, or change its entry. Raises Misconfigured for a code of neither national form."""
        self.register(agency)

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
            _refuse("--until", Text("a moment after --from", "thời điểm sau --from"), until.isoformat())
        row = {**_certificate_row(code, certificate), "since": since, "until": until}
        self._write(lambda connection: self._put_for(connection, tables.certificate, code, row))

    def unbind(self, fingerprint: str) -> None:
        """End a binding now. It stays on record, and a new one may follow. Raises Misconfigured when there is none."""
        binding, now = self.binding(fingerprint), datetime.now(UTC)
        if binding is None:
            _refuse("FINGERPRINT", Text("a certificate that is bound", "chứng thư số đang được đăng ký"), fingerprint)
        if binding.until is not None and binding.until <= now:
            return  # it ended already, and stays ended when it did
        mine = tables.certificate.c.fingerprint == fingerprint

        def work(connection: Connection) -> None:
            connection.execute(update(tables.certificate).where(mine).values(until=now))
            witness(connection, tables.certificate, mine)

        self._write(work)

    def certificates(self) -> list[Bound]:
        """Return every certificate that is or was bound, by agency. Asks the database each time."""
        query = select(tables.certificate).order_by(tables.certificate.c.agency, tables.certificate.c.bound)
        return [_bound(row) for row in look(self._engine, lambda connection: connection.execute(query).all())]

    def give_secret(self, code: AgencyCode, system_id: str | None = None) -> tuple[str, str]:
        """Make a new secret for one of an agency's systems and return (system_id, secret), this once only.

        The system id is the agency's code unless another is wanted; its former secret ends here. Raises
        Misconfigured when the system id is another agency's or the agency unknown.
        """
        name, secret = system_id or str(code), secrets.token_urlsafe(32)
        row = _credential_row(code, name, secret)
        self._write(lambda connection: self._put_for(connection, tables.credential, code, row))
        return name, secret

    def register(
        self, agency: Agency, certificates: Collection[x509.Certificate] = (), *, with_secret: bool = False
    ) -> str | None:
        """Write an agency's entry, bind its certificates and make a secret for its system: all or nothing.

        Returns the secret when one is wanted; the system id is the agency's code. Raises Misconfigured for a code of
        neither national form, an unknown parent, and a certificate or a system id that is another's.
        """
        if agency.code.form is CodeForm.OTHER:
            _refuse_code(agency.code)
        secret = secrets.token_urlsafe(32) if with_secret else None

        def work(connection: Connection) -> None:
            _require_parent(connection, agency)
            self._put(connection, tables.agency, _agency_row(agency))
            for certificate in certificates:
                row = _certificate_row(agency.code, certificate)
                self._put_for(connection, tables.certificate, agency.code, row)
            if secret is not None:
                row = _credential_row(agency.code, agency.code, secret)
                self._put_for(connection, tables.credential, agency.code, row)

        self._write(work)
        return secret

    def _fresh(self) -> _Snapshot:
        snapshot = self._snapshot
        if time.monotonic() - snapshot.read < self._refresh_seconds:
            return snapshot
        # One thread asks; the others go on with what is known, unless nothing is known yet.
        if not self._refreshing.acquire(blocking=snapshot.number < 0):
            return snapshot
        try:
            self._snapshot = look(self._engine, lambda connection: _read(connection, self._snapshot))
        except StoreUnavailable:
            if self._snapshot.number < 0:
                raise
        finally:
            self._refreshing.release()
        return self._snapshot

    def _write(self, work: Any) -> None:
        counted = update(tables.directory_revision).values(number=tables.directory_revision.c.number + 1)

        def counted_work(connection: Connection) -> None:
            connection.execute(counted)
            work(connection)

        commit(self._engine, counted_work)
        self._snapshot = look(self._engine, lambda connection: _read(connection, self._snapshot))

    def _put_for(self, connection: Connection, table: Table, code: AgencyCode, row: dict[str, Any]) -> None:
        key = next(iter(table.primary_key)).name
        known = connection.execute(select(tables.agency.c.code).where(tables.agency.c.code == code)).first()
        if known is None:
            _refuse(f"agency {code}", Text("a registered agency", "đơn vị đã đăng ký"), code)
        found = connection.execute(select(table).where(table.c[key] == row[key])).first()
        owner = found.agency if found else None
        ended = getattr(found, "until", None)
        if owner not in {None, code} and not (ended and ended <= datetime.now(UTC)):
            expected = Text(f"a {table.name} of nobody else", "chưa thuộc về đơn vị khác")
            _refuse(f"{table.name} {row[key]}", expected, owner)
        self._put(connection, table, row)

    @staticmethod
    def _put(connection: Connection, table: Table, row: dict[str, Any]) -> None:
        keys = list(table.primary_key)
        statement = insert(connection.dialect.name, table).values(**row)
        connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=row))
        witness(connection, table, and_(*(key == row[key.name] for key in keys)))


def _read(connection: Connection, last: _Snapshot) -> _Snapshot:
    number = connection.execute(select(tables.directory_revision.c.number)).scalar_one()
    now = time.monotonic()
    if number == last.number:
        return _Snapshot(number, now, last.agencies, last.bindings, last.credentials)
    agencies = connection.execute(select(tables.agency).order_by(tables.agency.c.code))
    bindings = connection.execute(select(tables.certificate))
    credentials = connection.execute(select(tables.credential))
    return _Snapshot(
        number,
        now,
        {row.code: _agency(row) for row in agencies},
        {row.fingerprint: _binding(row) for row in bindings},
        {row.system_id: (row.secret_hash, row.agency) for row in credentials},
    )


def _agency(row: Any) -> Agency:
    return Agency(
        code=row.code,
        name=row.name,
        level=Level(row.level),
        bloc=Bloc(row.bloc),
        parent=row.parent,
        adapter=row.adapter,
        options=row.options,
    )


def _binding(row: Any) -> Binding:
    return Binding(agency=row.agency, since=row.since, until=row.until)


def _bound(row: Any) -> Bound:
    return Bound(fingerprint=row.fingerprint, subject=row.subject, pem=row.pem, bound=row.bound, binding=_binding(row))


def _agency_row(agency: Agency) -> dict[str, Any]:
    return {
        "code": agency.code,
        "name": agency.name,
        "level": agency.level,
        "bloc": agency.bloc,
        "parent": agency.parent,
        "adapter": agency.adapter,
        "options": dict(agency.options),
    }


def _certificate_row(code: AgencyCode, certificate: x509.Certificate) -> dict[str, Any]:
    return {
        "fingerprint": certificate.fingerprint(SHA256()).hex(),
        "agency": code,
        "subject": certificate.subject.rfc4514_string(),
        "pem": certificate.public_bytes(Encoding.PEM).decode(),
        "bound": datetime.now(UTC),
    }


def _credential_row(code: AgencyCode, system_id: str, secret: str) -> dict[str, Any]:
    return {"system_id": system_id, "agency": code, "secret_hash": _hash(secret), "given": datetime.now(UTC)}


def _require_parent(connection: Connection, agency: Agency) -> None:
    if agency.parent is None:
        return
    asked = select(tables.agency.c.code).where(tables.agency.c.code == agency.parent)
    if agency.parent == agency.code or connection.execute(asked).first() is None:
        expected = Text("another registered agency", "một đơn vị khác đã đăng ký")
        _refuse(f"agency {agency.code}, parent", expected, agency.parent)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _refuse_code(code: AgencyCode) -> NoReturn:
    _refuse(
        f"agency {code}",
        Text(
            "a code like H03.11 (QĐ 20/2020/QĐ-TTg) or 000.00.11.H03 (QCVN 102:2016/BTTTT)",
            "mã dạng H03.11 (QĐ 20/2020/QĐ-TTg) hoặc 000.00.11.H03 (QCVN 102:2016/BTTTT)",
        ),
        code,
    )


def _refuse(element: str, expected: Text, found: str) -> NoReturn:
    raise Misconfigured(Problem(element=element, expected=expected, found=found))
