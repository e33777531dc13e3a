"""Seal: give a proven document its identity, the bus's signature beside it, and a signed receipt."""

from __future__ import annotations

import re
import secrets
import threading
from dataclasses import replace
from datetime import UTC
from typing import TYPE_CHECKING, Final

from lgsp.model.delivery import Dispatch, Receipt
from lgsp.model.envelope import Admission
from lgsp.model.errors import KeyUnavailable, Problem
from lgsp.model.text import Text
from signing import KeyUnusable, sign_canonical
from signing import seal as seal_octets

if TYPE_CHECKING:
    from datetime import datetime

    from lgsp.model.delivery import Route
    from lgsp.model.envelope import Arrival, Verified
    from lgsp.model.paper import PaperReason
    from lgsp.model.remark import Remark
    from signing import KeyProvider

#: What the sealed octets are called inside the seal, and wherever they are exported beside it.
_NAMES: Final = {"message": "message.xml"}
_NAME: Final = "document.edxml"
_KEY: Final = Text("a signing key that answers", "khóa ký số hoạt động")

_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_IN_ATTRIBUTES: Final = str.maketrans({'"': "&quot;", "\t": "&#x9;", "\n": "&#xA;"})

# Exclusive canonical form: no declaration, no white space between elements, one namespace declaration.
_RECEIPT: Final = (
    '<Receipt xmlns="urn:lgsp:receipt:1"><DispatchId>{dispatch}</DispatchId><DocumentId>{document}</DocumentId>'
    "<Kind>{kind}</Kind><Digest>{digest}</Digest><Sender>{sender}</Sender><Recipients>{recipients}</Recipients>"
    "<Accepted>{accepted}</Accepted><Standing>{standing}</Standing><Verdict>{verdict}</Verdict>"
    "<Signer>{signer}</Signer><Certificate>{certificate}</Certificate>{admission}"
    "{remarks}</Receipt>"
)


def seal(
    verified: Verified,
    route: Route,
    *,
    keys: KeyProvider,
    arrival: Arrival,
    at: datetime,
    remarks: tuple[Remark, ...] = (),
    paper: PaperReason | None = None,
    schema: str = "",
) -> Dispatch:
    """Return the dispatch of a proven document by its `route`, accepted at the time `at`.

    The seal is a detached XAdES-BES signature over the octets as received; the receipt is signed with the same key.
    Raises KeyUnavailable while the key does not answer.
    """
    try:
        dispatch = _sealed(verified, route, keys, arrival, at, (*remarks, *route.remarks))
    except KeyUnusable as error:
        raise KeyUnavailable(Problem(expected=_KEY)) from error  # its reason is the operator's, not the sender's
    return replace(dispatch, paper=paper, schema=schema)


def _sealed(
    verified: Verified,
    route: Route,
    keys: KeyProvider,
    arrival: Arrival,
    at: datetime,
    remarks: tuple[Remark, ...],
) -> Dispatch:
    envelope, key, identifier = verified.envelope, keys.current(), identifiers.take(at)
    receipt = sign_canonical(_receipt(verified, route, identifier, at, remarks), key)
    return Dispatch(
        id=identifier,
        verified=verified,
        route=route,
        caller=arrival.caller,
        correlation=arrival.correlation,
        door=arrival.door,
        accepted=at,
        seal=seal_octets(envelope.octets, key, name=_NAMES.get(envelope.kind, _NAME), at=at),
        receipt=Receipt(
            dispatch_id=identifier,
            document_id=envelope.document_id,
            octets=receipt,
            admission=verified.proof.admission,
            remarks=remarks,
        ),
        remarks=remarks,
    )


def _receipt(verified: Verified, route: Route, identifier: str, at: datetime, remarks: tuple[Remark, ...]) -> bytes:
    envelope, proof = verified.envelope, verified.proof
    return _RECEIPT.format(
        dispatch=identifier,
        document=_escaped(envelope.document_id),
        kind=envelope.kind.value,
        digest=envelope.digest,
        sender=_escaped(envelope.sender),
        recipients="".join(f"<Recipient>{_escaped(to.agency)}</Recipient>" for to in route.recipients),
        accepted=at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        standing=proof.standing.value,
        verdict=_escaped(proof.verdict),
        signer=_escaped(proof.signer),
        certificate=proof.certificate,
        admission="" if proof.admission is Admission.ACCEPT else f"<Admission>{proof.admission}</Admission>",
        remarks=_remarks(remarks) if remarks else "",
    ).encode()


def _remarks(remarks: tuple[Remark, ...]) -> str:
    told = "".join(
        f'<Remark rule="{_quoted(remark.rule)}"><Vi>{_escaped(remark.problem.say("vi"))}</Vi>'
        f"<En>{_escaped(remark.problem.say('en'))}</En></Remark>"
        for remark in remarks
    )
    return f"<Remarks>{told}</Remarks>"


def _quoted(value: str) -> str:
    """Return `value` as canonical XML writes an attribute."""
    return _escaped(value).replace("&gt;", ">").translate(_IN_ATTRIBUTES)


def _escaped(value: str) -> str:
    """Return `value` as canonical XML writes a text; what XML cannot hold becomes a replacement character."""
    return _NOT_XML.sub("\ufffd", value).translate(_ESCAPES)


class Identifiers:
    """UUIDv7 (RFC 9562) as 32 hexadecimal digits, each greater than the one before in this process. Thread-safe."""

    def __init__(self) -> None:
        """Start with nothing given out."""
        self._lock = threading.Lock()
        self._last = 0

    def take(self, at: datetime) -> str:
        """Return the next identifier for the time `at`; when the clock went back, one just after the last."""
        # 48 bits of milliseconds and a 12-bit counter as one number: a full counter runs over into the milliseconds.
        wanted = int(at.timestamp() * 1000) << 12 | secrets.randbits(10)
        with self._lock:
            self._last = moment = max(wanted, self._last + 1)
        number = (moment >> 12) << 80 | 0x7 << 76 | (moment & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
        return f"{number:032x}"


#: One for the process: identifiers are ordered across threads and intakes only when all come from here.
identifiers: Final = Identifiers()
