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

_PLACE = {
    Kind.DOCUMENT: "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/To[{}]/OrganId",
    Kind.STATUS: "edXML/edXMLEnvelope/edXMLHeader/MessageHeader/ResponseFor/OrganId",
    Kind.MESSAGE: "Message/To[{}]",
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
        place = _PLACE[envelope.kind]
        unknown = [(n, code) for n, code in enumerate(envelope.recipients, 1) if found[code] is None]
        raise UnknownRecipient([_unknown(place.format(n), code) for n, code in unknown or [(1, AgencyCode(""))]])
    return tuple(dict.fromkeys(agency.code for agency in found.values() if agency is not None))


def _unknown(element: str, code: str) -> Problem:
    return Problem(
        element=element,
        expected=Text("the code of an agency on this bus", "mã định danh của đơn vị có trên trục"),
        found=code,
        cure=Text(
            "look the code up with ListAgencies, or ask the province to register this agency",
            "tra mã bằng ListAgencies, hoặc đề nghị tỉnh đăng ký đơn vị này",
        ),
    )
