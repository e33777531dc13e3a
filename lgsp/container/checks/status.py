"""What agencies said about the document in files of their own: who signed that it arrived, or was accepted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from lgsp.container.case import contradicted, proven, unproven
from lgsp.container.checks import sender, word
from lgsp.container.contents import RECEIPT, SEAL, STATUS, STATUS_SEAL
from lgsp.container.log import accepted, proven_time, read_log
from lgsp.container.words import Broken, Text, Weight
from lgsp.model.envelope import StatusHeader
from lgsp.model.errors import MalformedEnvelope
from lgsp.stages.envelope import read
from lgsp.stages.signature import rules_of
from signing import verify

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from lgsp.container.case import Case
    from lgsp.container.words import Finding
    from lgsp.model.envelope import Envelope, Reference
    from signing import Element

    #: The document's own identifier, and its row in the log.
    Document = tuple[str, Mapping[str, Any]]

#: What a status says (edXML, QCVN 102:2016/BTTTT); others are said by their number.
_SAYS: Final = {
    "01": Text("that it arrived (01)", "đã đến (01)"),
    "02": Text("that it refused it (02)", "từ chối tiếp nhận (02)"),
    "03": Text("that it accepted it (03)", "đã tiếp nhận (03)"),
    "04": Text("that it assigned it (04)", "đã chuyển xử lý (04)"),
    "05": Text("that it is at work on it (05)", "đang xử lý (05)"),
    "06": Text("that it finished it (06)", "đã hoàn thành (06)"),
    "13": Text("that it asks for it back (13)", "yêu cầu thu hồi (13)"),
    "15": Text("that it agreed to the change (15)", "đồng ý thay đổi (15)"),
    "16": Text("that it did not agree to the change (16)", "không đồng ý thay đổi (16)"),
}
_CHECKS: Final = (
    word.the_document_is_the_one_accepted,
    sender.the_sender_signed_it,
    word.the_seal_is_over_the_document,
    word.the_receipt_is_signed,
)


def the_agencies_said_so(case: Case) -> Iterator[Finding]:
    """Judge each status as the document itself is judged, and say in one sentence what it proves."""
    document = case.said.document_id, _row_of(case)
    for folder in case.statuses:
        try:
            own = case.of_status(folder)
            own = replace(own, proven_at=proven_time(own))
            wrong = [one for check in _CHECKS for one in check(own) if one.weight is Weight.CONTRADICTED]
            yield from (replace(one, files=tuple(_named(name, folder) for name in one.files)) for one in wrong)
            if not wrong:
                yield from _said(own, document, folder)
        except Broken as broken:
            found = broken.finding
            yield replace(found, files=tuple(_named(name, folder) for name in found.files))


def _named(name: str, folder: str) -> str:
    """Return the name of a status's file in the container."""
    if name.startswith(STATUS):
        return name
    return f"{folder}/{STATUS_SEAL if name == SEAL else name}"


def _said(own: Case, document: Document, folder: str) -> Iterator[Finding]:
    log = read_log(own)
    line = accepted(own, log)
    if line is None or folder != f"{STATUS}{own.said.dispatch_id}":
        yield contradicted(
            f"{folder}/{RECEIPT}",
            f"no row says that {own.said.dispatch_id} was accepted with this digest, this seal and this receipt",
            f"không có dòng nào ghi {own.said.dispatch_id} được tiếp nhận với giá trị băm, dấu và biên nhận này",
        )
        return
    if not own.body:
        yield unproven(
            f"{folder}/{RECEIPT}",
            f"what {own.said.sender} reported: the status is not here, because the bus no longer keeps it",
            f"nội dung {own.said.sender} đã báo: văn bản trạng thái không có ở đây vì trục không còn lưu",
        )
        return
    try:
        envelope = read(own.files[own.body])
    except MalformedEnvelope as error:
        yield contradicted(f"{folder}/{own.body}", error.say("en"), error.say("vi"))
        return
    if not isinstance(envelope.header, StatusHeader):
        yield contradicted(f"{folder}/{own.body}", "this is no status", "đây không phải văn bản trạng thái")
        return
    yield from _signed(own, envelope, envelope.header, folder)
    yield from _about(envelope.header.subject, document, f"{folder}/{own.body}")


def _signed(own: Case, envelope: Envelope, header: StatusHeader, folder: str) -> Iterator[Finding]:
    """Say who says so: the agency itself where it signed and is believed, otherwise the bus."""
    root = cast("Element", envelope.proven_tree)
    verdict = verify(
        root,
        rules_of(envelope, root),
        own.authorities,
        own.at,
        octets=envelope.octets,
        speaker=envelope.sender,
        proven_at=own.proven_at,
    )
    file, who = f"{folder}/{own.body}", envelope.sender
    says = _SAYS.get(header.code, Text(f"status {header.code}", f"trạng thái {header.code}"))
    reason = f": {header.reason}" if header.reason else ""
    taken = f"{own.said.accepted:%Y-%m-%d %H:%M:%SZ}"
    en = f"{says.en}, by its own clock at {header.reported}{reason}; the bus took that in at {taken}"
    vi = f"{says.vi}, theo đồng hồ của đơn vị lúc {header.reported}{reason}; trục tiếp nhận lúc {taken}"
    if not verdict.intact:
        yield unproven(
            file,
            f"that {who} itself said {en}: it did not sign that, and that it came from there is the bus's own word",
            f"việc chính {who} xác nhận {vi}: đơn vị không ký, và nguồn gốc chỉ là lời của trục",
        )
    elif not verdict.trusted:
        signer = f"{verdict.signer}; {verdict.reason}"
        yield unproven(
            file,
            f"that {who} itself said {en}: the signature is right, but whose key it is, is not proven ({signer})",
            f"việc chính {who} xác nhận {vi}: chữ ký đúng, nhưng chưa chứng minh được khóa là của ai ({signer})",
        )
    else:
        signer = f"{verdict.signer}, {verdict.anchor}"
        yield proven(file, f"{who} itself signed {en} ({signer})", f"chính {who} đã ký xác nhận {vi} ({signer})")
        yield sender.belonged(file, who)


def _about(subject: Reference, document: Document, file: str) -> Iterator[Finding]:
    """Say so when a status does not name this document by its identifier, nor by number and date."""
    identifier, row = document
    number = f"{row.get('number')}/{row.get('notation')}", row.get("promulgated")
    if subject.document_id != identifier and (subject.code, subject.promulgated) != number:
        named = subject.document_id or subject.code
        yield unproven(
            file,
            f"that it speaks of this document: it names {named}, and that this is the one is the bus's own word",
            f"việc trạng thái nói về văn bản này: nó nêu {named}, còn đó có phải văn bản này hay không chỉ là lời của"
            " trục",
        )


def _row_of(case: Case) -> Mapping[str, Any]:
    """Return the row of the document itself; whether it is the right one is another check."""
    rows = read_log(case).of_kind("dispatch")
    return next((row for row in rows if row.get("id") == case.said.dispatch_id), {})
