"""XML signatures, certificates and keys. Knows nothing of the bus; could be published alone.

`verify` judges, `sign_enveloped` signs inside a document, `seal` signs beside it. A judgement is a value (`Verdict`),
never an exception; what is allowed is data (`Rules`). `signing.stamper` asks time authorities, and nothing else here
speaks to a network.
"""

from __future__ import annotations

from lxml.etree import _Element as Element

from signing.anchors import Anchor, Freshness, read_certificates
from signing.asic import PLAIN_NAME, Covering, cover, disclose, enclose, verify_cover
from signing.authorities import Authorities, Judgement
from signing.engine import BOTH, ENGINES, QUICK, SIGNXML, XMLSEC, Engine
from signing.errors import (
    CertificateUnreadable,
    KeyAway,
    KeyUnusable,
    NotSignable,
    RevocationUnusable,
    SigningError,
    TimeUnavailable,
)
from signing.keys import HandedKey, HeldKey, KeyProvider, KeyRing, PemKey, Pkcs12Key, SigningKey, open_key
from signing.lasting import Lasting, lengthen, split_seal, stamped_octets
from signing.making import KeyKind, Made, Term, make_authority, make_certificate, write_private
from signing.rules import EDXML_RULES, MESSAGE_RULES, RECEIPT_RULES, Rules
from signing.sign import sign_canonical, sign_enveloped
from signing.timestamp import StampFault, StampVerdict, TimeStamp, judge_stamp
from signing.verdict import Belief, Reason, Result, Verdict
from signing.verification import verify
from signing.xades import seal, verify_seal, verify_seal_of

__all__ = [
    "BOTH",
    "EDXML_RULES",
    "ENGINES",
    "MESSAGE_RULES",
    "PLAIN_NAME",
    "QUICK",
    "RECEIPT_RULES",
    "SIGNXML",
    "XMLSEC",
    "Anchor",
    "Authorities",
    "Belief",
    "CertificateUnreadable",
    "Covering",
    "Element",
    "Engine",
    "Freshness",
    "HandedKey",
    "HeldKey",
    "Judgement",
    "KeyAway",
    "KeyKind",
    "KeyProvider",
    "KeyRing",
    "KeyUnusable",
    "Lasting",
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
    "StampFault",
    "StampVerdict",
    "Term",
    "TimeStamp",
    "TimeUnavailable",
    "Verdict",
    "cover",
    "disclose",
    "enclose",
    "judge_stamp",
    "lengthen",
    "make_authority",
    "make_certificate",
    "open_key",
    "read_certificates",
    "seal",
    "sign_canonical",
    "sign_enveloped",
    "split_seal",
    "stamped_octets",
    "verify",
    "verify_cover",
    "verify_seal",
    "verify_seal_of",
    "write_private",
]
