"""The words that templates may say about a delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from adapters.dialect.template import NAMESPACES, Grammar, Scope
from lgsp.sdk import Admission, DocumentHeader, MessageHeader, StatusHeader

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml import etree

    from adapters.dialect.template import Value, Words
    from lgsp.sdk import Delivery

#: Facts of every delivery. `octets` is the whole envelope as its sender wrote it.
_ALWAYS: Final = (
    "dispatch_id recipient correlation accepted attempt document_id sender subject kind digest priority octets"
    " admission"
)
_DOCUMENT: Final = "number notation code promulgated type_name business"
_STATUS: Final = "status reason reported about_agency about_code about_promulgated about_document_id"
_MESSAGE: Final = "service conversation in_reply_to created expires"
_ATTACHMENT: Final = "name content_type content_id description content"


def grammar(namespaces: Mapping[str, str], *, raw: bool = False) -> Grammar:
    """Return what a template about a delivery may say; `raw` lets octets stand as they are."""
    return Grammar(
        words=frozenset(f"{_ALWAYS} {_DOCUMENT} {_STATUS} {_MESSAGE}".split()),
        octets=frozenset({"octets", "content"}),
        lists={"attachments": frozenset(_ATTACHMENT.split())},
        namespaces={**NAMESPACES, **namespaces},
        raw=raw,
    )


def scope(delivery: Delivery) -> Scope:
    """Return what templates see of `delivery`. What another kind of envelope has is empty."""
    envelope = delivery.envelope
    words: dict[str, Value] = dict.fromkeys(f"{_DOCUMENT} {_STATUS} {_MESSAGE}".split(), "")
    words |= {
        "dispatch_id": delivery.dispatch_id,
        "recipient": delivery.recipient,
        "correlation": delivery.correlation,
        "accepted": delivery.accepted,
        "attempt": delivery.attempt,
        "document_id": envelope.document_id,
        "sender": envelope.sender,
        "subject": envelope.subject,
        "kind": envelope.kind.value,
        "digest": envelope.digest,
        "priority": str(envelope.priority),
        # Empty, or `for-information`: without legal effect (QĐ 28/2018/QĐ-TTg, Art. 4).
        "admission": "" if delivery.admission is Admission.ACCEPT else delivery.admission.value,
        "octets": envelope.octets,
    }
    words |= _particular(envelope.header)
    attachments: list[Words] = [
        {
            "name": file.name,
            "content_type": file.content_type,
            "content_id": file.content_id,
            "description": file.description,
            "content": file.content,
        }
        for file in envelope.attachments
    ]
    # The bus parses with lxml; its protocol shows only what adapters need most.
    tree = cast("etree._Element", envelope.tree)  # noqa: SLF001 - the public name of the type in lxml
    return Scope(words=words, tree=tree, lists={"attachments": attachments})


def _particular(header: DocumentHeader | StatusHeader | MessageHeader) -> dict[str, Any]:
    if isinstance(header, DocumentHeader):
        return {
            "number": header.number,
            "notation": header.notation,
            "code": f"{header.number}/{header.notation}",
            "promulgated": header.promulgated,
            "type_name": header.type_name,
            "business": str(int(header.business)),
        }
    if isinstance(header, StatusHeader):
        return {
            "status": header.code,
            "reason": header.reason,
            "reported": header.reported,
            "about_agency": header.subject.agency,
            "about_code": header.subject.code,
            "about_promulgated": header.subject.promulgated,
            "about_document_id": header.subject.document_id,
        }
    return {
        "service": header.service,
        "conversation": header.conversation,
        "in_reply_to": header.in_reply_to or "",
        "created": header.created,
        "expires": header.expires or "",
    }
