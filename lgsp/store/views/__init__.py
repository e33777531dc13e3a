"""What people and systems ask about documents. Reads only.

`values` are the answers, `questions` the queries; `documents` reads what a document is, `fates` what became of it.
"""

from __future__ import annotations

from lgsp.store.views.questions import Views
from lgsp.store.views.values import BusinessStatus, Document, Event, Held, Received, Sent, Stand, Trace

__all__ = [
    "BusinessStatus",
    "Document",
    "Event",
    "Held",
    "Received",
    "Sent",
    "Stand",
    "Trace",
    "Views",
]
