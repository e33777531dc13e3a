"""One-stop dossiers and their progress: the payload `urn:lgsp:dossier:1` as values, written and read."""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from lgsp.sdk.writing.markup import branch, instant, leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lgsp.model.envelope import Tree

NAMESPACE: Final = "urn:lgsp:dossier:1"
_DOSSIER: Final = f"{{*}}Payload/{{{NAMESPACE}}}Dossier"
_PROGRESS: Final = f"{{*}}Payload/{{{NAMESPACE}}}Progress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Whose dossier it is."""

    name: str
    #: 1 citizen, 2 enterprise, 3 state organ, 4 other (national code `LoaiDoiTuong`).
    kind: int = 1
    #: Twelve digits (personal identity number) or nine (old card); empty when not known.
    identity: str = ""
    telephone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DossierFile:
    """A paper of the dossier, or a result: its content, or where to fetch it."""

    name: str
    content_type: str = "application/pdf"
    #: Code of the component or of the kind of result in the national catalogue.
    code: str = ""
    link: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """A fee or charge."""

    name: str
    #: Đồng.
    amount: int
    code: str = ""
    #: 1 at reception, 2 when supplementing, 4 at return (national code `HinhThucThu`).
    collected: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """A dossier as the one-stop desk took it in."""

    #: `<agency code>-yyMMdd-NNNN`; the key that every system joins on.
    number: str
    procedure_code: str
    procedure_name: str
    #: 1 counter, 2 online, 3 postal service (national code `KenhThucHien`).
    channel: int
    applicant: Applicant
    subject: str = ""
    received: datetime
    due: datetime | None = None
    #: 1..10 of the national portal.
    state: int = 2
    #: The unit that handles it.
    unit: str = ""
    note: str = ""
    attachments: tuple[DossierFile, ...] = ()
    fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step of a dossier's handling."""

    number: str
    #: 1..10 of the national portal.
    state: int
    officer: str
    title: str = ""
    unit: str = ""
    time: datetime
    note: str = ""
    results: tuple[DossierFile, ...] = ()


def write_dossier(dossier: Dossier) -> bytes:
    """Return the payload element `Dossier` in UTF-8."""
    applicant = dossier.applicant
    return _payload(
        "Dossier",
        leaf("Number", dossier.number),
        branch("Procedure", leaf("Code", dossier.procedure_code), leaf("Name", dossier.procedure_name)),
        leaf("Channel", dossier.channel),
        branch(
            "Applicant",
            leaf("Name", applicant.name),
            leaf("Kind", applicant.kind),
            leaf("Identity", applicant.identity),
            leaf("Telephone", applicant.telephone),
            leaf("Email", applicant.email),
            leaf("Address", applicant.address),
        ),
        leaf("Subject", dossier.subject),
        leaf("Received", instant(dossier.received)),
        leaf("Due", instant(dossier.due)),
        leaf("State", dossier.state),
        leaf("Unit", dossier.unit),
        leaf("Note", dossier.note),
        *(_file("Attachment", file) for file in dossier.attachments),
        *(
            branch(
                "Fee",
                leaf("Code", fee.code),
                leaf("Name", fee.name),
                leaf("Amount", fee.amount),
                leaf("Collected", fee.collected),
            )
            for fee in dossier.fees
        ),
    )


def write_progress(progress: Progress) -> bytes:
    """Return the payload element `Progress` in UTF-8."""
    return _payload(
        "Progress",
        leaf("Number", progress.number),
        leaf("State", progress.state),
        branch("Officer", leaf("Name", progress.officer), leaf("Title", progress.title), leaf("Unit", progress.unit)),
        leaf("Time", instant(progress.time)),
        leaf("Note", progress.note),
        *(_file("Result", file) for file in progress.results),
    )


def read_dossier(tree: Tree) -> Dossier | None:
    """Return the dossier that a valid message carries; None when its payload is something else."""
    text = _texts(tree, _DOSSIER)
    if not text("Number"):
        return None
    return Dossier(
        number=text("Number"),
        procedure_code=text("Procedure/Code"),
        procedure_name=text("Procedure/Name"),
        channel=int(text("Channel")),
        applicant=Applicant(
            name=text("Applicant/Name"),
            kind=int(text("Applicant/Kind")),
            identity=text("Applicant/Identity"),
            telephone=text("Applicant/Telephone"),
            email=text("Applicant/Email"),
            address=text("Applicant/Address"),
        ),
        subject=text("Subject"),
        received=datetime.fromisoformat(text("Received")),
        due=datetime.fromisoformat(text("Due")) if text("Due") else None,
        state=int(text("State")),
        unit=text("Unit"),
        note=text("Note"),
        attachments=tuple(_files(text, "Attachment")),
        fees=tuple(_fees(text)),
    )


def read_progress(tree: Tree) -> Progress | None:
    """Return the progress that a valid message carries; None when its payload is something else."""
    text = _texts(tree, _PROGRESS)
    if not text("Number"):
        return None
    return Progress(
        number=text("Number"),
        state=int(text("State")),
        officer=text("Officer/Name"),
        title=text("Officer/Title"),
        unit=text("Officer/Unit"),
        time=datetime.fromisoformat(text("Time")),
        note=text("Note"),
        results=tuple(_files(text, "Result")),
    )


def _payload(name: str, *children: str) -> bytes:
    return branch(name, *children, attributes=f' xmlns="{NAMESPACE}"').encode()


def _file(name: str, file: DossierFile) -> str:
    return branch(
        name,
        leaf("Code", file.code),
        leaf("Name", file.name),
        leaf("ContentType", file.content_type),
        leaf("Link", file.link),
        leaf("Content", b64encode(file.content).decode("ascii")),
    )


def _texts(tree: Tree, start: str) -> Callable[[str], str]:
    def text(path: str) -> str:
        steps = "/".join(f"{{{NAMESPACE}}}{step}" for step in path.split("/"))
        return tree.findtext(f"{start}/{steps}") or ""

    return text


def _files(text: Callable[[str], str], name: str) -> Iterator[DossierFile]:
    place = 1
    while found := text(f"{name}[{place}]/Name"):
        yield DossierFile(
            name=found,
            content_type=text(f"{name}[{place}]/ContentType"),
            code=text(f"{name}[{place}]/Code"),
            link=text(f"{name}[{place}]/Link"),
            content=b64decode(text(f"{name}[{place}]/Content")),
        )
        place += 1


def _fees(text: Callable[[str], str]) -> Iterator[Fee]:
    place = 1
    while found := text(f"Fee[{place}]/Name"):
        yield Fee(
            name=found,
            amount=int(text(f"Fee[{place}]/Amount")),
            code=text(f"Fee[{place}]/Code"),
            collected=int(text(f"Fee[{place}]/Collected")),
        )
        place += 1
