"""From what is planned to octets, unsigned: the same for the same plan, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_URL, uuid5

from lgsp.model.envelope import BusinessType, Reference
from lgsp.sdk.dossier import Applicant, Dossier, Progress, write_dossier, write_progress
from lgsp.sdk.writing import Party, Replacement, Signer, Staff, write_document, write_message, write_status
from lgsp.simulate.events import Answer, Case, Letter, Step

if TYPE_CHECKING:
    from datetime import date

    from lgsp.model.agency import AgencyCode
    from lgsp.simulate.events import Planned
    from lgsp.simulate.units import Unit

_SERVICE: Final = "one-stop.dossier"
_STAFF: Final = Staff(name="Trần Thị Mẫu", department="Văn thư", mobile="0900000000")
_SUBJECTS: Final = {
    "Công văn": "V/v triển khai nhiệm vụ được giao",
    "Thông báo": "Thông báo kết luận cuộc họp",
    "Báo cáo": "Báo cáo kết quả công tác tháng",
    "Quyết định": "Quyết định về việc kiện toàn ban chỉ đạo",
    "Kế hoạch": "Kế hoạch công tác quý",
    "Giấy mời": "Giấy mời họp giao ban",
    "Tờ trình": "Tờ trình về việc phân bổ kinh phí",
    "Chỉ thị": "Chỉ thị về tăng cường kỷ luật hành chính",
    "Nghị quyết": "Nghị quyết về phát triển kinh tế - xã hội",
    "Công điện": "Công điện về ứng phó mưa lũ",
}


def written(planned: Planned) -> bytes:
    """Return what a body writes, unsigned."""
    match planned:
        case Letter():
            return _letter(planned)
        case Answer():
            return write_status(
                sender=_party(planned.sender),
                subject=_reference(planned.about),
                code=planned.code,
                at=planned.at,
                reason="Văn bản gửi nhầm nơi nhận" if planned.code == "02" else "",
                staff=_STAFF,
            )
        case Case():
            return _case(planned)
        case Step():
            return _step(planned)
    raise TypeError(planned)


def _letter(letter: Letter) -> bytes:
    about, paper = letter.about, letter.paper
    business = {BusinessType.RECALL: "Phát hành nhầm phụ lục", BusinessType.REPLACE: "Thay thế văn bản đã phát hành"}
    replaced = [letter.about] if letter.business is BusinessType.REPLACE and about is not None else []
    return write_document(
        sender=_party(letter.sender),
        recipients=[_party(body) for body in letter.recipients],
        number=str(letter.number),
        notation=letter.notation,
        promulgated=_promulgated(letter),
        subject=_SUBJECTS[letter.kind[1]],
        at=letter.at,
        document_id=_document_id(about) if about and letter.business is BusinessType.RECALL else _document_id(letter),
        kind=(2, letter.kind[0], letter.kind[1]),
        signer=Signer(name="Nguyễn Văn Mẫu", position="THỦ TRƯỞNG"),
        priority=letter.priority,
        pages=2,
        business=letter.business,
        reason=(paper.reason if paper else "") or business.get(letter.business, ""),
        concerns=_document_id(about) if about is not None else "",
        replaces=[
            Replacement(document_id=_document_id(each), recipients=tuple(body.code for body in each.recipients))
            for each in replaced
            if each is not None
        ],
        paper=paper is not None,
        staff=_STAFF,
    )


def _promulgated(letter: Letter) -> date:
    about = letter.about if letter.business is BusinessType.RECALL else None
    return (about or letter).at.date()


def _case(case: Case) -> bytes:
    dossier = Dossier(
        number=case.number,
        procedure_code="1.006714",
        procedure_name="Thủ tục mẫu",
        channel=case.channel,
        applicant=Applicant(name="Nguyễn Văn Mẫu"),
        received=case.at,
        due=case.due,
    )
    return _message(case, case.to.code, write_dossier(dossier), f"case {case.number}")


def _step(step: Step) -> bytes:
    progress = Progress(number=step.about.number, state=step.state, officer="Lê Thị Mẫu", time=step.at)
    name = f"step {step.about.number} {step.state}"
    return _message(step, step.about.sender.code, write_progress(progress), name, f"case {step.about.number}")


def _message(planned: Planned, to: AgencyCode, payload: bytes, name: str, reply_to: str = "") -> bytes:
    return write_message(
        sender=planned.sender.code,
        recipients=[to],
        service=_SERVICE,
        payload=payload,
        created=planned.at,
        message_id=_id(name),
        conversation=_id(reply_to or name),
        in_reply_to=_id(reply_to) if reply_to else "",
    )


def _id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"urn:lgsp:simulate:{name}"))


def _party(body: Unit) -> Party:
    return Party(code=body.code, name=body.name)


def _document_id(letter: Letter) -> str:
    return f"{letter.sender.code},{letter.at:%Y/%m/%d},{letter.number}/{letter.notation}"


def _reference(letter: Letter) -> Reference:
    return Reference(
        agency=letter.sender.code,
        code=f"{letter.number}/{letter.notation}",
        promulgated=f"{letter.at:%Y/%m/%d}",
        document_id=_document_id(letter),
    )
