"""One container under judgement: its files, and what the one who judges brings along."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes

from lgsp.container.contents import BODIES, RECEIPT, SEAL, STATUS, STATUS_SEAL
from lgsp.container.receipt import read_receipt
from lgsp.container.words import Broken, Finding, Text, Weight
from signing import enclose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from cryptography import x509

    from lgsp.container.receipt import Said
    from lgsp.evidence import Head
    from signing import Authorities, Judgement, Verdict


@dataclass(frozen=True, kw_only=True)
class Case:
    """What every check looks at. Of the container nothing is believed."""

    files: Mapping[str, bytes] = field(repr=False)
    #: Whom the one who judges trusts; nobody unless named.
    authorities: Authorities
    #: Now, for the one who judges.
    at: datetime
    #: Heads that were kept as a witness.
    kept: tuple[Head, ...] = ()
    #: When the document, its seal and its receipt existed by, in the word of a time authority that is believed.
    proven_at: datetime | None = None

    def take(self, name: str) -> bytes:
        """Return a file. Raises Broken when it is not there."""
        if name not in self.files:
            raise Broken(_MISSING, file=name)
        return self.files[name]

    @cached_property
    def said(self) -> Said:
        """What the receipt says. Raises Broken."""
        return read_receipt(self.take(RECEIPT))

    @cached_property
    def body(self) -> str:
        """Name of the document's file; empty when the document is not in the container."""
        return next((name for name in BODIES if name in self.files), "")

    @cached_property
    def statuses(self) -> tuple[str, ...]:
        """Names of the folders of statuses."""
        folders = (name.rpartition("/")[0] for name in self.files)
        return tuple(dict.fromkeys(folder for folder in folders if folder.startswith(STATUS)))

    def of_status(self, folder: str) -> Case:
        """Return the case of a status: its own files, and the same log. Raises Broken for a file too many."""
        own = {name.rpartition("/")[2]: octets for name, octets in self.files.items() if name.startswith(f"{folder}/")}
        strange = own.keys() - {*BODIES, RECEIPT, STATUS_SEAL}
        if strange or len(own.keys() & {*BODIES}) > 1:
            raise Broken(_STRANGE, file=f"{folder}/{min(strange, default=BODIES[-1])}")
        sealed = {SEAL: enclose(own.pop(STATUS_SEAL))} if STATUS_SEAL in own else {}
        others = {name: octets for name, octets in self.files.items() if name not in {*BODIES, RECEIPT, SEAL}}
        return replace(self, files={**others, **own, **sealed})

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the document: of its file, or without it as the receipt says."""
        return sha256(self.files[self.body]).digest() if self.body else bytes.fromhex(self.said.digest)


def proven(file: str, en: str, vi: str) -> Finding:
    """Return a line of what is proven."""
    return Finding(weight=Weight.PROVEN, files=(file,), text=Text(en, vi))


def unproven(file: str, en: str, vi: str) -> Finding:
    """Return a line of what is not proven, and why."""
    return Finding(weight=Weight.UNPROVEN, files=(file,), text=Text(en, vi))


def contradicted(file: str, en: str, vi: str) -> Finding:
    """Return a line of what cannot be true."""
    return Finding(weight=Weight.CONTRADICTED, files=(file,), text=Text(en, vi))


def trusted(
    judged: Verdict | Judgement, certificate: x509.Certificate | None, file: str, who: Text, proven_at: datetime | None
) -> Iterator[Finding]:
    """Say of a right signature whether the holder of the certificate that made it is believed.

    `proven_at` is when it is proven to have existed by, if that is proven: the judgement is as of then.
    """
    if certificate is None:
        return
    holder = f"{certificate.subject.rfc4514_string()}, SHA-256 {certificate.fingerprint(hashes.SHA256()).hex()}"
    if not judged.trusted:
        reason = _REASONS.get(str(judged.reason), _OTHER_REASON)
        detail = f"{judged.reason}: {judged.detail}".removesuffix(": ")
        yield unproven(
            file,
            f"whose key it is: {who.en}'s certificate {reason.en} ({detail}). It is {holder}",
            f"khóa này là của ai: chứng thư số của {who.vi} {reason.vi} ({detail}). Chứng thư: {holder}",
        )
        return
    when = f"{proven_at:%Y-%m-%d %H:%M:%SZ}" if proven_at else ""
    yield proven(
        file,
        f"{who.en}'s certificate leads to an authority that you named, {judged.anchor}"
        f"{f', as of {when}' if when else ''}: {holder}",
        f"chứng thư số của {who.vi} thuộc tổ chức chứng thực bạn đã chỉ định, {judged.anchor}"
        f"{f', tính đến {when}' if when else ''}: {holder}",
    )
    known = judged.revocation.as_of if judged.revocation else None
    if known is None:
        yield unproven(
            file,
            f"that {who.en}'s certificate was not revoked: the container holds no word about it ({holder})",
            f"việc chứng thư số của {who.vi} không bị thu hồi: tệp không kèm thông tin thu hồi nào ({holder})",
        )
    else:
        yield proven(
            file,
            f"{who.en}'s certificate was not revoked, by what was known at {known:%Y-%m-%d %H:%M:%SZ}: {holder}",
            f"chứng thư số của {who.vi} không bị thu hồi, theo thông tin lúc {known:%Y-%m-%d %H:%M:%SZ}: {holder}",
        )


def spoken_for_the_bus(
    judged: Verdict | Judgement, certificate: x509.Certificate | None, file: str, case: Case, proven_at: datetime | None
) -> Iterator[Finding]:
    """Say the same of a signature that the bus should have made: that it is the bus, no certificate can tell."""
    yield from trusted(judged, certificate, file, _BUS, proven_at)
    named = [one for anchor in case.authorities.anchors for one in anchor.certificates]
    if certificate is not None and certificate not in named:
        holder = f"{certificate.subject.rfc4514_string()}, SHA-256 {certificate.fingerprint(hashes.SHA256()).hex()}"
        yield unproven(
            file,
            f"that the holder of this certificate is the bus: compare it with what the bus publishes, or name it as an"
            f" authority: {holder}",
            "việc chủ chứng thư này chính là trục: hãy đối chiếu với chứng thư trục công bố, hoặc chỉ định chứng thư"
            f" này: {holder}",
        )


_BUS = Text("the bus", "trục")
_MISSING = Text("this file is missing", "thiếu tệp này")
_STRANGE = Text("this file does not belong here", "tệp này không thuộc về đây")
_OTHER_REASON = Text("is not believed", "không được tin cậy")
_REASONS = {
    "authority-unknown": Text(
        "does not lead to an authority that you named", "không thuộc tổ chức chứng thực nào bạn đã chỉ định"
    ),
    "certificate-expired": Text(
        "has expired, and no time stamp proves that it was in force when it signed",
        "đã hết hạn, và không có dấu thời gian chứng minh nó còn hiệu lực lúc ký",
    ),
    "certificate-revoked": Text("was revoked", "đã bị thu hồi"),
}
