"""Addressing: which agencies a document goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lgsp.model.agency import AgencyCode
from lgsp.model.envelope import Kind
from lgsp.model.errors import Problem, UnknownRecipient
from lgsp.model.text import Text

if TYPE_CHECKING:
    from lgsp.model.agency import Agency
    from lgsp.model.envelope import Verified

#: What is pointed at when no recipient is written at all.
_PLACE = {
    Kind.DOCUMENT: "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/To[1]/OrganId",
    Kind.STATUS: "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/ResponseFor/OrganId",
    Kind.MESSAGE: "Message/To[1]",
}


class Directory(Protocol):
    """Who takes part, as this stage asks it."""

    def find(self, code: AgencyCode) -> Agency | None:
        """Return the agency that answers to `code`, in whichever form it is written."""


def route(verified: Verified, directory: Directory) -> tuple[AgencyCode, ...]:
    """Return the codes of the agencies that get a delivery each, in the order written, none twice.

    All or nothing: raises UnknownRecipient naming every recipient that the directory does not know.
    """
    envelope = verified.envelope
    found = {code: directory.find(code) for code in envelope.recipients}
    if not found or None in found.values():
        nowhere = (_PLACE[envelope.kind], None)
        unknown = [code for code, agency in found.items() if agency is None] or [AgencyCode("")]
        raise UnknownRecipient([_unknown(*envelope.places.get(code, nowhere), code) for code in unknown])
    return tuple(dict.fromkeys(agency.code for agency in found.values() if agency is not None))


def _unknown(element: str, line: int | None, code: str) -> Problem:
    return Problem(
        element=element,
        line=line,
        expected=Text("the code of an agency on this bus", "mã định danh của đơn vị có trên trục"),
        found=code,
        cure=Text(
            "look the code up with ListAgencies, or ask the province to register this agency",
            "tra mã bằng ListAgencies, hoặc đề nghị tỉnh đăng ký đơn vị này",
        ),
    )
