"""All that an adapter sees of the bus. Semantic versioning applies to every name here.

An adapter is a class registered under the entry point group `lgsp.adapters`. The bus makes one object for each
agency that names it, with `Connection` as the only argument, and calls it from one thread at a time.
"""

from __future__ import annotations

from lgsp.model.agency import Agency, AgencyCode
from lgsp.model.delivery import Delivery, Handover
from lgsp.model.envelope import (
    Admission,
    Arrival,
    Attachment,
    DocumentHeader,
    Envelope,
    Kind,
    MessageHeader,
    Reference,
    StatusHeader,
)
from lgsp.model.errors import Misconfigured, Problem, RecipientUnavailable, Rejected, Unavailable
from lgsp.model.text import Text
from lgsp.sdk.adapter import Adapter, Connection, Source
from lgsp.sdk.dossier import (
    Applicant,
    Dossier,
    DossierFile,
    Fee,
    Progress,
    read_dossier,
    read_progress,
    write_dossier,
    write_progress,
)
from lgsp.sdk.options import options, secret
from lgsp.sdk.writing import File, Party, Replacement, Signer, Staff, write_document, write_message, write_status

__all__ = [
    "Adapter",
    "Admission",
    "Agency",
    "AgencyCode",
    "Applicant",
    "Arrival",
    "Attachment",
    "Connection",
    "Delivery",
    "DocumentHeader",
    "Dossier",
    "DossierFile",
    "Envelope",
    "Fee",
    "File",
    "Handover",
    "Kind",
    "MessageHeader",
    "Misconfigured",
    "Party",
    "Problem",
    "Progress",
    "RecipientUnavailable",
    "Reference",
    "Rejected",
    "Replacement",
    "Signer",
    "Source",
    "Staff",
    "StatusHeader",
    "Text",
    "Unavailable",
    "options",
    "read_dossier",
    "read_progress",
    "secret",
    "write_document",
    "write_dossier",
    "write_message",
    "write_progress",
    "write_status",
]
