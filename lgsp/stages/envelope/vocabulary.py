"""The elements of edXML (QCVN 102:2016/BTTTT): what stands inside what, in the order of a strict emitter.

Reading asks for no order. What is written for others, and what other forms are read as, is measured by this.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

NAMESPACE: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
Q: Final = f"{{{NAMESPACE}}}"

#: What may stand inside an element, by local name; a shape without children holds text.
Shape = Mapping[str, "Shape"]

TEXT: Final[Shape] = MappingProxyType({})


def _texts(*names: str) -> Shape:
    return dict.fromkeys(names, TEXT)


PARTY: Final = _texts(
    "OrganId", "OrganizationInCharge", "OrganName", "OrganAdd", "Email", "Telephone", "Fax", "Website"
)
STAFF: Final = _texts("Department", "Staff", "Mobile", "Email", "DepartmentId", "StaffId")
RESPONSE_FOR: Final = _texts("OrganId", "Code", "PromulgationDate", "DocumentId")
_OTHER: Final[Shape] = {
    **_texts("Priority", "SphereOfPromulgation", "TyperNotation", "PromulgationAmount", "PageAmount", "Direction"),
    "Appendixes": _texts("Appendix"),
}
MESSAGE_HEADER: Final[Shape] = {
    "From": PARTY,
    "To": PARTY,
    "DocumentId": TEXT,
    "Code": _texts("CodeNumber", "CodeNotation"),
    "PromulgationInfo": _texts("Place", "PromulgationDate"),
    "DocumentType": _texts("Type", "TypeDetail", "TypeName"),
    "Subject": TEXT,
    "Content": TEXT,
    "SignerInfo": _texts("Competence", "Position", "FullName"),
    "DueDate": TEXT,
    "OtherInfo": _OTHER,
    "ResponseFor": RESPONSE_FOR,
    "SteeringType": TEXT,
    "ToPlaces": _texts("Place"),
    "ResponseForTask": _texts("TaskCode"),
    "ApplicationType": TEXT,
    # only in a status
    "StaffInfo": STAFF,
    "StatusCode": TEXT,
    "Description": TEXT,
    "Timestamp": TEXT,
}
_REPLACEMENT: Final[Shape] = {"DocumentId": TEXT, "OrganIdList": _texts("OrganId")}
_RECEIVERS: Final[Shape] = {
    **_texts("DocumentInfo", "DocumentReceiver"),
    "ReceiverList": {"Receiver": _texts("OrganId", "ReceiverType")},
}
TRACE: Final[Shape] = {
    "TraceHeader": _texts("OrganId", "Timestamp"),
    "Bussiness": {
        **_texts("DocumentId", "BussinessDocType", "BussinessDocReason", "Paper"),
        "BussinessDocumentInfo": _RECEIVERS,
        "ReplacementInfoList": {"ReplacementInfo": _REPLACEMENT},
        "StaffInfo": STAFF,
    },
}
ENVELOPE: Final[Shape] = {
    "edXMLHeader": {"MessageHeader": MESSAGE_HEADER, "TraceHeaderList": TRACE},
    "edXMLBody": {"edXMLManifest": {"Reference": _texts("ContentId", "ContentType", "Description", "AttachmentName")}},
}
ATTACHMENT: Final = _texts(
    "ContentId", "AttachmentName", "Description", "ContentType", "FieldName", "MimeType", "Format",
    "ContentTransferEncoded",
)  # fmt: skip
ROOT: Final[Shape] = {"edXMLEnvelope": ENVELOPE, "AttachmentEncoded": {"Attachment": ATTACHMENT}}
