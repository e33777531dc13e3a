"""Whether the sender signed this document."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from lgsp.container.case import contradicted, proven, trusted, unproven
from lgsp.container.contents import RECEIPT
from lgsp.container.words import Text
from lgsp.model.errors import MalformedEnvelope
from lgsp.stages.envelope import read
from lgsp.stages.signature import rules_of
from signing import verify

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lgsp.container.case import Case
    from lgsp.container.words import Finding
    from lgsp.model.envelope import Envelope
    from signing import Element, Verdict

_SENDER = Text("the sender", "bên gửi")


def the_sender_signed_it(case: Case) -> Iterator[Finding]:
    """Verify the sender's signature in the original octets, and compare it with what the bus said about it."""
    if not case.body:
        yield unproven(
            RECEIPT,
            "that the sender signed it: the document is not here. The bus's word is"
            f" '{case.said.verdict}', certificate SHA-256 {case.said.certificate or 'none'}",
            "việc bên gửi đã ký: văn bản không có ở đây. Trục xác nhận"
            f" '{case.said.verdict}', chứng thư số SHA-256 {case.said.certificate or 'không có'}",
        )
        return
    try:
        envelope = read(case.files[case.body])
    except MalformedEnvelope as error:
        yield contradicted(case.body, error.say("en"), error.say("vi"))
        return
    yield from _named(envelope, case)
    root = cast("Element", envelope.proven_tree)
    verdict = verify(
        root,
        rules_of(envelope, root),
        case.authorities,
        case.at,
        octets=envelope.octets,
        speaker=envelope.sender,
        proven_at=case.proven_at,
    )
    yield from _signed(verdict, envelope, case)


def _named(envelope: Envelope, case: Case) -> Iterator[Finding]:
    """Compare what the document says of itself with the receipt."""
    pairs = (
        ("From", envelope.sender, case.said.sender),
        ("DocumentId", envelope.document_id, case.said.document_id),
        ("Kind", envelope.kind.value, case.said.kind),
    )
    for what, there, here in pairs:
        if there != here:
            yield contradicted(
                RECEIPT,
                f"{what}: the receipt says '{here}', the document '{there}'",
                f"{what}: giấy biên nhận ghi '{here}', văn bản ghi '{there}'",
            )


def _signed(verdict: Verdict, envelope: Envelope, case: Case) -> Iterator[Finding]:
    said, detail = case.said, f"{verdict.reason}: {verdict.detail}"
    if not verdict.intact:
        claimed = bool(said.certificate)
        weigh = contradicted if claimed else unproven
        yield weigh(
            case.body,
            f"{'the receipt says that the sender signed, but' if claimed else 'that the sender signed it:'}"
            f" the signature proves nothing ({detail})",
            f"{'giấy biên nhận ghi bên gửi đã ký, nhưng' if claimed else 'việc bên gửi đã ký:'}"
            f" chữ ký không chứng minh được gì ({detail})",
        )
        return
    if verdict.fingerprint != said.certificate:
        yield contradicted(
            RECEIPT,
            f"the receipt names the certificate {said.certificate or 'none'}; {verdict.fingerprint} signed",
            f"giấy biên nhận ghi chứng thư {said.certificate or 'không có'}; chứng thư đã ký là {verdict.fingerprint}",
        )
        return
    weak = f"; but weakly ({detail})" if verdict.result != "valid" else ""
    weakly = f"; nhưng bằng thuật toán hoặc khóa yếu ({detail})" if verdict.result != "valid" else ""
    yield proven(
        case.body,
        f"the whole document is unchanged since it was signed by {verdict.signer}{weak}",
        f"toàn bộ văn bản không thay đổi từ khi được {verdict.signer} ký{weakly}",
    )
    yield from trusted(verdict, verdict.certificate, case.body, _SENDER, case.proven_at)
    yield belonged(case.body, envelope.sender)


def belonged(file: str, who: str) -> Finding:
    """Say what no certificate proves."""
    return unproven(
        file,
        f"that this certificate belonged to {who}: that is the bus's own word, from its directory",
        f"việc chứng thư số này thuộc {who}: đó là xác nhận của trục theo danh bạ đơn vị",
    )
