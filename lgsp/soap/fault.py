"""Failures as SOAP faults: version, HTTP status, both languages, and the typed detail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import quoteattr

from lgsp.exchange import error_xml, text
from lgsp.model.errors import Overloaded, Rejected, Unavailable
from lgsp.soap.message import NotUnderstood, VersionMismatch
from lgsp.soap.version import SOAP_11, SOAP_12, Version

if TYPE_CHECKING:
    from lgsp.model.errors import LgspError
    from lgsp.model.text import Language

#: When to come again: a restart takes seconds, a crowd passes sooner.
_RETRY_SECONDS: Final = 10
_CROWD_SECONDS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What goes back over HTTP."""

    status: int = 200
    body: str = field(repr=False)
    version: Version
    headers: dict[str, str] = field(default_factory=dict)


def answer(version: Version, body: str) -> Reply:
    """Return a successful reply with `body` in its SOAP body."""
    return Reply(body=_envelope(version, body), version=version)


def fault(version: Version, error: LgspError, correlation: str, *, first: Language, status: int | None = None) -> Reply:
    """Return the reply that says why the call was not done, with the sentence in `first` before the other.

    `status` overrides the HTTP status where HTTP has a word of its own for it (401, 413, 415).
    """
    if isinstance(error, VersionMismatch) and version is SOAP_12:
        version = SOAP_11  # so that a caller who speaks only that can read it (SOAP 1.2 part 1, appendix A)
        header = _upgrade()
    else:
        header = _not_understood(error) if version is SOAP_12 and isinstance(error, NotUnderstood) else ""
    write = _fault_11 if version is SOAP_11 else _fault_12
    headers = {}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = str(_CROWD_SECONDS if isinstance(error, Overloaded) else _RETRY_SECONDS)
    return Reply(
        status=status or _status(version, error),
        body=_envelope(version, write(error, correlation, first), header),
        version=version,
        headers=headers,
    )


def _status(version: Version, error: LgspError) -> int:
    if isinstance(error, Unavailable):
        return 503
    if isinstance(error, VersionMismatch | NotUnderstood):
        return 500
    return version.refused if isinstance(error, Rejected) else 500


def _code(version: Version, error: LgspError) -> str:
    if isinstance(error, VersionMismatch):
        return "VersionMismatch"
    if isinstance(error, NotUnderstood):
        return "MustUnderstand"
    return version.sender if isinstance(error, Rejected) else version.receiver


def _fault_11(error: LgspError, correlation: str, first: Language) -> str:
    second: Language = "vi" if first == "en" else "en"
    words = text(f"{_words(error, first)} / {_words(error, second)}")
    # SOAP 1.1 keeps `detail` for what lies in the body; an error of the header carries none there.
    detail = "" if isinstance(error, NotUnderstood) else f"<detail>{error_xml(error, correlation)}</detail>"
    return (
        f"<soap:Fault><faultcode>soap:{_code(SOAP_11, error)}</faultcode>"
        f"<faultstring>{words}</faultstring>{detail}</soap:Fault>"
    )


def _fault_12(error: LgspError, correlation: str, first: Language) -> str:
    languages: tuple[Language, Language] = ("en", "vi") if first == "en" else ("vi", "en")
    reasons = "".join(
        f'<soap:Text xml:lang="{language}">{text(_words(error, language))}</soap:Text>' for language in languages
    )
    return (
        f"<soap:Fault><soap:Code><soap:Value>soap:{_code(SOAP_12, error)}</soap:Value></soap:Code>"
        f"<soap:Reason>{reasons}</soap:Reason><soap:Detail>{error_xml(error, correlation)}</soap:Detail></soap:Fault>"
    )


def _words(error: LgspError, language: Language) -> str:
    """Return code, sentence and the first problem: many clients show this line and never the detail."""
    first = f" {error.problems[0].say(language)}" if error.problems else ""
    return f"{error.code} {error.sentence.say(language)}{first}"


def _upgrade() -> str:
    return (
        f'<soap12:Upgrade xmlns:soap12="{SOAP_12.namespace}">'
        f'<soap12:SupportedEnvelope qname="soap12:Envelope"/></soap12:Upgrade>'
    )


def _not_understood(error: NotUnderstood) -> str:
    return "".join(
        f'<soap:NotUnderstood qname="block:{name.localname}" xmlns:block={quoteattr(name.namespace)}/>'
        if name.namespace
        else f'<soap:NotUnderstood qname="{name.localname}"/>'
        for name in error.names
    )


def _envelope(version: Version, body: str, header: str = "") -> str:
    header = f"<soap:Header>{header}</soap:Header>" if header else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<soap:Envelope xmlns:soap="{version.namespace}">{header}<soap:Body>{body}</soap:Body></soap:Envelope>'
    )
