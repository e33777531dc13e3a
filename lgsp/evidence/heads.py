"""Heads: the bus's signed word on how the log stood. Whoever keeps one can hold the bus to it.

The text is what is signed, to the last byte, so that a person can read it and `openssl dgst -verify` check it:

    lgsp evidence head 2
    bus: CN=Trục liên thông
    size: 1234
    root: 5df6e0e2…
    previous: 0c1fa6b3…
    time: 2026-11-22T01:02:03.456789Z

`previous` is the SHA-256 of the text of the head before, so that none can be taken out of the middle; of the first it
is `none`. Version 1 had no such line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Self

import orjson
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing.detached import sign_detached, verify_detached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from signing import SigningKey

_TEXT: Final = "lgsp evidence head 2\nbus: {bus}\nsize: {size}\nroot: {root}\nprevious: {previous}\ntime: {time}\n"
_FORM: Final = re.compile(
    r"lgsp evidence head (?:1|(?P<chained>2))\nbus: (?P<bus>[^\n]*)\nsize: (?P<size>0|[1-9][0-9]{0,17})\n"
    r"root: (?P<root>[0-9a-f]{64})\n(?(chained)previous: (?P<previous>none|[0-9a-f]{64})\n)"
    r"time: (?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z)\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The log's size and root at a time, signed."""

    #: What is signed and stamped: UTF-8.
    text: bytes
    #: DER (ECDSA) or PKCS #1 v1.5 (RSA) over `text`.
    signature: bytes = field(repr=False)
    #: The bus's certificate, PEM.
    certificate: bytes = field(repr=False)
    #: TimeStampToken (RFC 3161, DER) over `text`; empty without a time stamp.
    stamp: bytes = field(default=b"", repr=False)
    size: int = field(init=False)
    root: bytes = field(init=False, repr=False)
    #: SHA-256 of the text of the head before; empty for the first; None when the head says nothing of it.
    previous: bytes | None = field(init=False, repr=False)
    at: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Read the text. Raises ValueError when it is no head's."""
        found = _FORM.fullmatch(self.text.decode())
        if found is None:
            message = "not the text of a head"
            raise ValueError(message)
        object.__setattr__(self, "size", int(found["size"]))
        object.__setattr__(self, "root", bytes.fromhex(found["root"]))
        before = found["previous"]
        object.__setattr__(self, "previous", bytes.fromhex(before.replace("none", "")) if before else None)
        object.__setattr__(self, "at", datetime.fromisoformat(found["time"]))

    @classmethod
    def made(cls, size: int, root: bytes, key: SigningKey, at: datetime, previous: Head | None = None) -> Self:
        """Sign how the log stands; `previous` is the head before, None for the first."""
        bus = " ".join(key.certificate.subject.rfc4514_string().split())
        time = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
        before = sha256(previous.text).hexdigest() if previous else "none"
        text = _TEXT.format(bus=bus, size=size, root=root.hex(), previous=before, time=time).encode()
        return cls(
            text=text,
            signature=sign_detached(text, key),
            certificate=key.certificate.public_bytes(Encoding.PEM),
        )

    def signed(self) -> x509.Certificate | None:
        """Return the certificate whose key signed the text; None when none did. Whether it is the bus's is not told."""
        try:
            certificate = x509.load_pem_x509_certificate(self.certificate)
        except ValueError:
            return None
        return certificate if verify_detached(self.signature, self.text, certificate) else None

    def facts(self) -> dict[str, Any]:
        """Return the head as JSON values: what `lgsp evidence heads --json` prints and witnesses keep."""
        return {
            "size": self.size,
            "root": self.root.hex(),
            "time": self.at.isoformat(),
            "text": self.text.decode(),
            "signature": self.signature.hex(),
            "certificate": self.certificate.decode(),
            "stamp": self.stamp.hex(),
        }

    @classmethod
    def read(cls, facts: Mapping[str, Any]) -> Self:
        """Return the head that `facts` are of. Only what is signed counts. Raises ValueError."""
        try:
            return cls(
                text=facts["text"].encode(),
                signature=bytes.fromhex(facts["signature"]),
                certificate=facts["certificate"].encode(),
                stamp=bytes.fromhex(facts.get("stamp") or ""),
            )
        except (AttributeError, KeyError, TypeError) as error:
            message = f"no head: {error!r}"
            raise ValueError(message) from error


def read_lines(octets: bytes) -> list[Head]:
    """Return the heads in a file of JSON lines. Raises ValueError."""
    heads = [Head.read(orjson.loads(line)) for line in octets.splitlines() if line.strip()]
    if not heads:
        message = "the file holds no head"
        raise ValueError(message)
    return heads
