"""Which tables the evidence log witnesses, and what it says of their rows.

A table that is not here has its reason in `lgsp.store.witness`; a test holds both against all tables that there are.

To have another table witnessed: give it a kind, named as the table, and a form; write through `lgsp.store.witness`;
and enter what is there already in the migration. Proofs, audit and containers then know it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(StrEnum):
    """Which table a row is of."""

    DISPATCH = "dispatch"  # a document was accepted: its facts, the digests of octets, seal and receipt, its recipients
    REFUSAL = "refusal"  # a document was refused, and why
    PRUNING = "pruning"  # old refusals were put away for good
    HISTORY = "history"  # something became of a dispatch or of one delivery
    REPORT = "report"  # an agency reported a business status
    MATCHED = "matched"  # which document a status speaks of, found out later
    REQUEST = "request"  # a sender asked for a document back, or changed it, and what its recipient said
    REMARK = "remark"  # what the rules remarked about a document when it was accepted
    OVERRULE = "overrule"  # octets that a rule refuses and an operator lets pass
    BUSINESS = "business"  # where a document stands with a recipient, by the recipient's own words
    HOLD = "hold"  # a dispatch waits to be judged again, and the end of that wait
    EXAMINED = "attachment_examined"  # an attachment was looked at
    SIGNATURE = "attachment_signature"  # what was found about a signature in it
    LEGAL_HOLD = "legal_hold"  # nobody may erase the octets of a dispatch, and why
    ERASURE = "erasure"  # the octets of a dispatch were erased, and why
    AGENCY = "agency"  # who takes part
    CERTIFICATE = "certificate"  # whose signature is whose, and when
    CREDENTIAL = "credential"  # whose system may call
    TENURE = "tenure"  # what is so of an agency from a moment on
    ALIAS = "alias"  # another code of an agency, and when
    GROUP = "agency_group"  # a code under which several agencies are written to
    MEMBER = "group_member"  # who is in a group, and when
    REPRESENTATION = "representation"  # who may write in whose name, and when


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What evidence says of the rows of one table."""

    #: The fields of each version; the last is what is written today. A version never changes once a bus has run with
    #: it: a table that gains a column gains a version, and old rows keep the digest that they were given.
    versions: tuple[tuple[str, ...], ...]
    #: The fields that say what a row is about: the key of its entries.
    about: tuple[str, ...]
    #: Whether a row may change. Then `about` names one row, each state of it is an entry, and the newest counts; its
    #: removal is an entry too. Otherwise a row is written once and has one entry.
    changes: bool = False
    #: What a field that came later says of every row from before it.
    before: Mapping[str, Any] = field(default_factory=dict)
    #: The field that tells when a row was entered in the log; empty where none does.
    at: str = ""


_DISPATCH: Final = (
    *("id", "sender", "document_id", "kind", "number", "notation", "promulgated", "subject", "priority", "digest"),
    *("size", "seal", "receipt", "standing", "verdict", "signer", "certificate", "algorithm", "door", "caller"),
    *("correlation", "accepted", "recipients"),
)
#: Revision 0003 added what the verdict led to, and why.
_DISPATCH_2: Final = (*_DISPATCH, "admission", "doubt", "anchor", "revocation")
#: Revision 0006 added who was at each end; `ways` holds agency, code written, level and bloc of each recipient.
_DISPATCH_3: Final = (*_DISPATCH_2, "sender_written", "sender_level", "sender_bloc", "ways")
#: Revision 0008 added what a document does to an earlier one.
_DISPATCH_4: Final = (*_DISPATCH_3, "business")
#: Revision 0010 added whether paper goes too, and why.
_DISPATCH_5: Final = (*_DISPATCH_4, "paper", "paper_reason")
#: Revision 0011 added by which schemas it was judged.
_DISPATCH_6: Final = (*_DISPATCH_5, "schema_version")
_REMARK: Final = ("dispatch_id", "position", "rule", "element", "text_vi", "text_en")
_OVERRULE: Final = ("rule", "digest", "why", "operator", "at")
_REFUSAL: Final = ("caller", "door", "digest", "code", "text_vi", "text_en", "correlation", "at")
_PRUNING: Final = ("upto", "count", "leaves", "at")
_HISTORY: Final = ("dispatch_id", "recipient", "status", "attempt", "detail", "reference", "at")
_REPORT: Final = (
    *("dispatch_id", "reporter", "code", "reason", "reported", "subject_agency", "subject_code"),
    *("subject_promulgated", "subject_document_id", "about"),
)
_REQUEST: Final = ("dispatch_id", "about", "recipient", "kind", "state", "asked", "due", "answer", "changed")
_BUSINESS: Final = ("dispatch_id", "recipient", "progress", "asked", "reason", "changed")
_HOLD: Final = ("dispatch_id", "admission", "detail", "decided")
_EXAMINED: Final = ("dispatch_id", "position", "name", "digest", "outcome", "detail", "at")
_SIGNATURE: Final = (
    *("dispatch_id", "position", "number", "field", "role", "role_by", "agency", "signer", "certificate", "result"),
    *("reason", "detail", "belief", "anchor", "intact", "covers", "changes", "level", "claimed", "stamped", "visible"),
)
_AGENCY: Final = ("code", "name", "level", "bloc", "parent", "adapter", "options")
#: Revision 0012 gave agencies a state, a successor and what the national list says.
_AGENCY_2: Final = (*_AGENCY, "state", "successor", "national_id", "mail")
_TENURE: Final = ("agency", "since", "level", "bloc", "parent", "state", "successor")
_ALIAS: Final = ("id", "code", "scheme", "agency", "since", "until")
_MEMBER: Final = ("id", "group", "agency", "since", "until")
_REPRESENTATION: Final = ("id", "speaker", "agency", "since", "until")
_CERTIFICATE: Final = ("fingerprint", "agency", "subject", "pem", "bound", "since", "until")
_CREDENTIAL: Final = ("system_id", "agency", "secret_hash", "given")

#: Of every witnessed table.
FORMS: Final[Mapping[Kind, Form]] = MappingProxyType(
    {
        Kind.DISPATCH: Form(
            versions=(_DISPATCH, _DISPATCH_2, _DISPATCH_3, _DISPATCH_4, _DISPATCH_5, _DISPATCH_6),
            about=("id",),
            before={
                "admission": "accept",
                **dict.fromkeys(("doubt", "anchor", "revocation"), ""),
                **dict.fromkeys(("sender_written", "sender_level", "sender_bloc", "schema_version"), ""),
                "ways": [],
                "business": 0,
                "paper": False,
                "paper_reason": "",
            },
            at="accepted",
        ),
        Kind.REFUSAL: Form(versions=(_REFUSAL,), about=("correlation",), at="at"),
        Kind.PRUNING: Form(versions=(_PRUNING,), about=("upto",), at="at"),
        Kind.HISTORY: Form(versions=(_HISTORY,), about=("dispatch_id",), at="at"),
        Kind.REPORT: Form(versions=(_REPORT,), about=("dispatch_id",)),
        Kind.MATCHED: Form(versions=(("dispatch_id", "about", "at"),), about=("dispatch_id",), at="at"),
        Kind.REQUEST: Form(versions=(_REQUEST,), about=("dispatch_id", "about", "recipient"), changes=True),
        Kind.REMARK: Form(versions=(_REMARK,), about=("dispatch_id",)),
        Kind.OVERRULE: Form(versions=(_OVERRULE,), about=("rule", "digest"), changes=True, at="at"),
        Kind.BUSINESS: Form(versions=(_BUSINESS,), about=("dispatch_id", "recipient"), changes=True),
        Kind.HOLD: Form(versions=(_HOLD,), about=("dispatch_id",), changes=True),
        Kind.EXAMINED: Form(versions=(_EXAMINED,), about=("dispatch_id",)),
        Kind.SIGNATURE: Form(versions=(_SIGNATURE,), about=("dispatch_id",)),
        Kind.LEGAL_HOLD: Form(
            versions=(("dispatch_id", "reason", "operator", "at"),), about=("dispatch_id",), changes=True, at="at"
        ),
        Kind.ERASURE: Form(versions=(("dispatch_id", "reason", "at"),), about=("dispatch_id",), at="at"),
        Kind.AGENCY: Form(
            versions=(_AGENCY, _AGENCY_2),
            about=("code",),
            changes=True,
            before={"state": "active", "successor": None, "national_id": "", "mail": ""},
        ),
        Kind.TENURE: Form(versions=(_TENURE,), about=("agency", "since"), changes=True),
        Kind.ALIAS: Form(versions=(_ALIAS,), about=("id",), changes=True),
        Kind.GROUP: Form(versions=(("code", "name"),), about=("code",), changes=True),
        Kind.MEMBER: Form(versions=(_MEMBER,), about=("id",), changes=True),
        Kind.REPRESENTATION: Form(versions=(_REPRESENTATION,), about=("id",), changes=True),
        Kind.CERTIFICATE: Form(versions=(_CERTIFICATE,), about=("fingerprint",), changes=True),
        Kind.CREDENTIAL: Form(versions=(_CREDENTIAL,), about=("system_id",), changes=True),
    }
)
