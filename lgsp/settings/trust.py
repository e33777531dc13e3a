"""Whom the bus believes, and how it hears of revocation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, PositiveFloat, PositiveInt, model_validator

from lgsp.settings.values import Place, Section


class AnchorSection(Section):
    """An authority that is believed under conditions."""

    #: What it is called in verdicts.
    name: Annotated[str, Field(min_length=1)]
    #: Its certificates (PEM).
    certificates: Annotated[tuple[Place, ...], Field(min_length=1)]
    #: Codes of the agencies it may vouch for; `*` and `?` stand for any part of one.
    agencies: tuple[str, ...] = ("*",)
    #: What happens while nothing recent is known of revocation: `hard`: indeterminate; `soft`: believed.
    freshness: Literal["hard", "soft"] = "soft"
    #: News older than this is not recent.
    max_age_seconds: PositiveInt = 7 * 86_400
    #: Where its lists are fetched besides what certificates say.
    crl_urls: tuple[str, ...] = ()
    #: The responder that is asked instead of those that certificates name; empty: theirs.
    ocsp_url: str = ""


#: What may become of a document by what was found: nobody lets an altered one pass, and only doubt can wait for news.
_ADMISSIONS = {
    "invalid": {"refuse"},
    "indeterminate": {"accept", "for-information", "hold", "refuse"},
    "revoked": {"for-information", "refuse"},
}


class AdmissionSection(Section):
    """What one finding about a signature leads to."""

    verdict: Literal["valid", "weak", "indeterminate", "untrusted", "revoked", "unverifiable", "invalid", "absent"]
    outcome: Literal["accept", "for-information", "hold", "refuse"]
    #: Empty: every kind.
    kind: Literal["document", "status", "message"] | None = None
    #: Codes of the senders; `*` and `?` stand for any part of one.
    agency: str = "*"

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        possible = _ADMISSIONS.get(self.verdict, {"accept", "for-information", "refuse"})
        if self.outcome not in possible:
            raise ValueError(f"verdict {self.verdict} can lead to {', '.join(sorted(possible))} only")
        return self


class TrustSection(Section):
    """Whom the bus believes."""

    #: Certificates (PEM) of the authorities that may vouch for a signer.
    authorities: tuple[Place, ...] = (Path("../var/keys/authority.crt"),)
    #: Authorities with conditions.
    anchors: tuple[AnchorSection, ...] = ()
    #: What verdicts lead to; the first that fits decides, then the defaults.
    admission: tuple[AdmissionSection, ...] = ()
    #: What computes signatures: libxmlsec1 (the commonest form without it), signxml, or both, which must then agree.
    engine: Literal["quick", "xmlsec", "signxml", "both"] = "quick"
    #: How long a held document waits to be judged before it is refused.
    hold_limit_seconds: PositiveFloat = 7 * 86_400


class RevocationSection(Section):
    """How news of revocation is fetched."""

    #: How old what a process knows may be against the store.
    refresh_seconds: PositiveFloat = 5
    #: For one question, from beginning to end.
    timeout_seconds: PositiveFloat = 10
    #: The largest list taken.
    size_limit_bytes: PositiveInt = 64 * 1024 * 1024
    #: After a failure a source rests, doubled each time.
    first_pause_seconds: PositiveFloat = 5
    longest_pause_seconds: PositiveFloat = 300
