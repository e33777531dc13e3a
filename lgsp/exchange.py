"""What every door writes the same way: a failure in the words of `urn:lgsp:exchange:1`."""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from lgsp.model.errors import LgspError, Problem
    from lgsp.model.text import Text

NAMESPACE: Final = "urn:lgsp:exchange:1"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: object) -> str:
    """Return `value` as XML text; what XML cannot hold becomes U+FFFD."""
    return escape(_NOT_XML.sub("\ufffd", str(value)), {"\r": "&#xD;"})


def element(name: str, value: object) -> str:
    """Return an element of the exchange namespace with text in it."""
    return f"<{name}>{text(value)}</{name}>"


def error_xml(error: LgspError, correlation: str) -> str:
    """Return the `Error` element: code, sentence and problems, each in Vietnamese and in English."""
    return (
        f'<Error xmlns="{NAMESPACE}">'
        + element("Code", error.code)
        + _both("Sentence", error.sentence)
        + element("Correlation", correlation)
        + "".join(_problems(error.problems))
        + "</Error>"
    )


def decision_xml(
    *,
    dispatch_id: str,
    document_id: str,
    admission: str,
    code: str,
    said: Text,
    decided: datetime,
    correlation: str,
    recipient: str = "",
) -> str:
    """Return the `Decision` element: what became of a document that waited, or that it did not reach a recipient."""
    return (
        f'<Decision xmlns="{NAMESPACE}">'
        + element("DispatchId", dispatch_id)
        + element("DocumentId", document_id)
        + element("Admission", admission)
        + (element("Recipient", recipient) if recipient else "")
        + (element("Code", code) if code else "")
        + _both("Sentence", said)
        + element("Decided", decided.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        + element("Correlation", correlation)
        + "</Decision>"
    )


def _problems(problems: Iterable[Problem]) -> Iterable[str]:
    for problem in problems:
        yield "<Problem>"
        if problem.element:
            yield element("Element", problem.element)
        if problem.line is not None:
            yield element("Line", problem.line)
        yield _both("Expected", problem.expected)
        if problem.found:
            yield element("Found", problem.found)
        if problem.cure is not None:
            yield _both("Cure", problem.cure)
        yield "</Problem>"


def _both(name: str, sentence: Text) -> str:
    return f'<{name} xml:lang="vi">{text(sentence.vi)}</{name}><{name} xml:lang="en">{text(sentence.en)}</{name}>'
