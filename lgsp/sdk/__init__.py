"""All that an adapter sees of the bus. Semantic versioning applies to every name here.

An adapter is a class registered under the entry point group `lgsp.adapters`. The bus makes one object for each
agency that names it, with `Connection` as the only argument, and calls it from one thread at a time.
"""

from __future__ import annotations

from lgsp.model.agency import Agency, AgencyCode
from lgsp.model.delivery import Delivery, Handover
from lgsp.model.envelope import (
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
from lgsp.sdk.options import options, secret

__all__ = [
    "Adapter",
    "Agency",
    "AgencyCode",
    "Arrival",
    "Attachment",
    "Connection",
    "Delivery",
    "DocumentHeader",
    "Envelope",
    "Handover",
    "Kind",
    "MessageHeader",
    "Misconfigured",
    "Problem",
    "RecipientUnavailable",
    "Reference",
    "Rejected",
    "Source",
    "StatusHeader",
    "Text",
    "Unavailable",
    "options",
    "secret",
]
