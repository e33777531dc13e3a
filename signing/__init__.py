"""XML signatures, certificates and keys. Knows nothing of the bus; could be published alone.

`verify` judges, `sign_enveloped` signs inside a document, `seal` signs beside it. A judgement is a value (`Verdict`),
never an exception; what is allowed is data (`Rules`).
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from signing.anchors import Anchor, Freshness, read_certificates
from signing.authorities import Authorities, Judgement
from signing.engine import BOTH, ENGINES, SIGNXML, XMLSEC, Engine
from signing.errors import CertificateUnreadable, KeyAway, KeyUnusable, NotSignable, RevocationUnusable, SigningError
from signing.keys import HeldKey, KeyProvider, KeyRing, PemKey, Pkcs12Key, SigningKey, open_key
from signing.making import KeyKind, Made, Term, make_authority, make_certificate, write_private
from signing.rules import EDXML_RULES, MESSAGE_RULES, RECEIPT_RULES, Rules
from signing.sign import sign_canonical, sign_enveloped
from signing.verdict import Belief, Reason, Result, Verdict
from signing.verification import verify
from signing.xades import seal, verify_seal

__all__ = [
    "BOTH",
    "EDXML_RULES",
    "ENGINES",
    "MESSAGE_RULES",
    "RECEIPT_RULES",
    "SIGNXML",
    "XMLSEC",
    "Anchor",
    "Authorities",
    "Belief",
    "CertificateUnreadable",
    "Element",
    "Engine",
    "Freshness",
    "HeldKey",
    "Judgement",
    "KeyAway",
    "KeyKind",
    "KeyProvider",
    "KeyRing",
    "KeyUnusable",
    "Made",
    "NotSignable",
    "PemKey",
    "Pkcs12Key",
    "Reason",
    "Result",
    "RevocationUnusable",
    "Rules",
    "SigningError",
    "SigningKey",
    "Term",
    "Verdict",
    "make_authority",
    "make_certificate",
    "open_key",
    "read_certificates",
    "seal",
    "sign_canonical",
    "sign_enveloped",
    "verify",
    "verify_seal",
    "write_private",
]
