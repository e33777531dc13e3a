"""Which schema files are in force, by what they describe; paths below `schemas/`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from lgsp.model.envelope import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

ENVELOPES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.DOCUMENT: "edxml-qcvn102-2016/document.xsd",
        Kind.STATUS: "edxml-qcvn102-2016/status.xsd",
        Kind.MESSAGE: "message-1/message.xsd",
    }
)
#: Payloads of messages that have a schema, by namespace. Others pass as they are.
PAYLOADS: Final[Mapping[str, str]] = MappingProxyType({"urn:lgsp:dossier:1": "dossier-1/dossier.xsd"})
#: Where payloads stand, from a message's root.
PAYLOAD_PLACE: Final = "{urn:lgsp:message:1}Payload/*"
