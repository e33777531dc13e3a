"""What the other forms of an envelope have no word for, and edXML must have: said as they mean it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lgsp.stages.envelope.reading import DAYS, day
from lgsp.stages.envelope.vocabulary import Q

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from lgsp.stages.envelope.reading import Reading

_HEADER: Final = f"{Q}edXMLEnvelope/{Q}edXMLHeader/{Q}MessageHeader"
ORDINARY: Final = "0"


def complete(reading: Reading, written: Element | str) -> None:
    """Write dates as edXML does; name a document as QCVN 102 does where nothing names it; call it ordinary.

    A form that has no element for urgency can only send ordinary documents. Nothing that was written is replaced.
    """
    for element in reading.root.iter(*(f"{Q}{name}" for name in DAYS)):
        element.text = day(element.text or "", to_the_second=DAYS[str(element.tag)[len(Q) :]])
    for header in reading.root.iterfind(_HEADER):
        if header.find(f"{Q}StatusCode") is not None:
            _without_body(reading)
            continue
        _identify(reading, header, written)
        _urgency(reading, header, written)


def _identify(reading: Reading, header: Element, written: Element | str) -> None:
    if header.find(f"{Q}DocumentId") is not None:
        return
    parts = [
        (header.findtext("/".join(f"{Q}{step}" for step in path.split("/"))) or "").strip()
        for path in ("From/OrganId", "PromulgationInfo/PromulgationDate", "Code/CodeNumber", "Code/CodeNotation")
    ]
    if all(parts):
        sender, date, number, notation = parts
        reading.add(header, "DocumentId", written, header.sourceline, f"{sender},{date},{number}/{notation}")


def _urgency(reading: Reading, header: Element, written: Element | str) -> None:
    other = header.find(f"{Q}OtherInfo")
    if other is None:
        other = reading.add(header, "OtherInfo", written, header.sourceline)
    if other.find(f"{Q}Priority") is None:
        reading.add(other, "Priority", written, header.sourceline, ORDINARY)


def _without_body(reading: Reading) -> None:
    """Take away the empty body that another form always has and a status of edXML never."""
    for body in reading.root.findall(f"{Q}edXMLEnvelope/{Q}edXMLBody"):
        around = body.getparent()
        if not len(body) and around is not None:
            around.remove(body)
