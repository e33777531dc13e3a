"""Whether the bus accepted this document and said so: its receipt and its seal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lgsp.container.case import contradicted, proven, spoken_for_the_bus, unproven
from lgsp.container.contents import BODIES, RECEIPT, ROWS, SEAL
from lgsp.container.log import read_log
from signing import RECEIPT_RULES, disclose, verify, verify_seal_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.container.case import Case
    from lgsp.container.words import Finding


def the_receipt_is_signed(case: Case) -> Iterator[Finding]:
    """Verify the receipt's signature, and say what it says."""
    said = case.said
    verdict = verify(said.root, RECEIPT_RULES, case.authorities, case.at, proven_at=case.proven_at)
    if not verdict.intact:
        yield contradicted(
            RECEIPT,
            f"the receipt was changed after it was signed ({verdict.reason}: {verdict.detail})",
            f"giấy biên nhận đã bị sửa sau khi ký ({verdict.reason}: {verdict.detail})",
        )
        return
    to = ", ".join(said.recipients)
    yield proven(
        RECEIPT,
        f"the holder of this certificate signed: accepted {said.document_id} ({said.kind}) from {said.sender} to {to},"
        f" SHA-256 {said.digest}, as {said.dispatch_id}; by its own clock at {said.accepted:%Y-%m-%d %H:%M:%SZ}",
        f"chủ chứng thư này đã ký: tiếp nhận {said.document_id} ({said.kind}) từ {said.sender} gửi {to},"
        f" SHA-256 {said.digest}, mã chuyển {said.dispatch_id}; theo đồng hồ của trục lúc"
        f" {said.accepted:%Y-%m-%d %H:%M:%SZ}",
    )
    yield from spoken_for_the_bus(verdict, verdict.certificate, RECEIPT, case, case.proven_at)
    if said.admission:
        yield proven(
            RECEIPT,
            f"it was not simply accepted: {said.admission}, because of the verdict '{said.verdict}'",
            f"không được tiếp nhận như thường lệ: {said.admission}, do kết luận '{said.verdict}'",
        )


def the_seal_is_over_the_document(case: Case) -> Iterator[Finding]:
    """Verify the seal over the document, or over its digest when the document is gone."""
    seal = disclose(case.take(SEAL))
    verdict = verify_seal_of(
        seal or b"",
        case.digest,
        case.authorities,
        case.at,
        proven_at=case.proven_at,
        time_authorities=case.authorities,
    )
    if not verdict.intact:
        yield contradicted(
            SEAL,
            f"the seal does not fit the document ({verdict.reason}: {verdict.detail})",
            f"dấu của trục không khớp với văn bản ({verdict.reason}: {verdict.detail})",
        )
        return
    if verdict.covers not in ({case.body} if case.body else set(BODIES)):
        yield contradicted(
            SEAL, f"the seal is over a file '{verdict.covers}'", f"dấu của trục đóng trên tệp '{verdict.covers}'"
        )
        return
    yield proven(
        SEAL,
        f"the bus's seal is over exactly the document with SHA-256 {case.digest.hex()}",
        f"dấu của trục đóng trên đúng văn bản có SHA-256 {case.digest.hex()}",
    )
    if verdict.proven_at:
        yield proven(
            SEAL,
            f"the document and the seal existed by {verdict.proven_at:%Y-%m-%d %H:%M:%SZ}, in the word of a time"
            " authority that you named",
            f"văn bản và dấu đã có trước {verdict.proven_at:%Y-%m-%d %H:%M:%SZ}, theo tổ chức cấp dấu thời gian bạn đã"
            " chỉ định",
        )
    yield from spoken_for_the_bus(verdict, verdict.certificate, SEAL, case, verdict.proven_at)


def the_document_is_the_one_accepted(case: Case) -> Iterator[Finding]:
    """Compare the document's digest with the receipt."""
    if not case.body:
        yield from _erased(case)
        yield unproven(
            BODIES[0],
            "what the document says: it is not in the container, because the bus no longer keeps it. What was sent"
            f" is known by its digest: a copy kept elsewhere is the one that was sent if its SHA-256 is"
            f" {case.said.digest}",
            "nội dung văn bản: văn bản không có trong tệp vì trục không còn lưu. Văn bản đã gửi được nhận biết bằng"
            f" giá trị băm: bản lưu ở nơi khác đúng là văn bản đã gửi nếu SHA-256 là {case.said.digest}",
        )
    elif case.digest.hex() != case.said.digest:
        yield contradicted(
            case.body,
            f"this is not the document that the receipt speaks of: its SHA-256 is {case.digest.hex()}",
            f"đây không phải văn bản nêu trong giấy biên nhận: SHA-256 của nó là {case.digest.hex()}",
        )
    else:
        yield proven(
            case.body,
            "this is, byte for byte, the document that the receipt speaks of",
            "đây đúng từng byte là văn bản nêu trong giấy biên nhận",
        )


def _erased(case: Case) -> Iterator[Finding]:
    """Tell when and why the bus erased the document, where its log says so."""
    log = read_log(case)
    for line in log.lines:
        row = line.facts
        if row.get("row") == "erasure" and row.get("dispatch_id") == case.said.dispatch_id and log.logged(line):
            yield proven(
                ROWS,
                f"the bus recorded that it erased the document at {row.get('at')}: {row.get('reason')}",
                f"trục đã ghi nhận việc xóa nội dung văn bản lúc {row.get('at')}: {row.get('reason')}",
            )
