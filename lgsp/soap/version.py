"""What differs between SOAP 1.1 and SOAP 1.2."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of SOAP as data."""

    name: str
    #: Of Envelope, Header, Body and Fault.
    namespace: str
    content_type: str
    #: Namespace of the binding elements in a WSDL 1.1 description.
    binding: str
    #: Fault codes: the sender must change something; the receiver cannot just now.
    sender: str
    receiver: str
    #: HTTP status of a fault that is the sender's.
    refused: int
    #: The attribute that says whom a header block is for, and the values that mean this door.
    role: str
    ours: frozenset[str]


SOAP_11: Final = Version(
    name="1.1",
    namespace="http://schemas.xmlsoap.org/soap/envelope/",
    content_type="text/xml",
    binding="http://schemas.xmlsoap.org/wsdl/soap/",
    sender="Client",
    receiver="Server",
    refused=500,
    role="actor",
    ours=frozenset({"", "http://schemas.xmlsoap.org/soap/actor/next"}),
)

SOAP_12: Final = Version(
    name="1.2",
    namespace="http://www.w3.org/2003/05/soap-envelope",
    content_type="application/soap+xml",
    binding="http://schemas.xmlsoap.org/wsdl/soap12/",
    sender="Sender",
    receiver="Receiver",
    refused=400,
    role="role",
    ours=frozenset(
        {
            "",
            "http://www.w3.org/2003/05/soap-envelope/role/next",
            "http://www.w3.org/2003/05/soap-envelope/role/ultimateReceiver",
        }
    ),
)
