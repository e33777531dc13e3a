"""Who signs: the person who is competent, or the organ. Rules as data; the first that matches decides.

Decree 30/2020/NĐ-CP Art. 5 gives an electronic document legal weight when both have signed. No standard says how their
certificates differ. These rules follow certificates in use: identifiers stand in the attribute UID with a prefix; a
person who signs for an organisation has the organisation's identifier beside his own, so persons are looked for first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_READ_AT_MOST = 200


class Role(StrEnum):
    """Who signed."""

    PERSON = "person"
    ORGAN = "organ"
    TIME_STAMP = "time-stamp"  # an authority for time: it says when, and nothing about the content
    UNKNOWN = "unknown"


class Part(StrEnum):
    """Where a rule looks."""

    IDENTIFIER = "identifier"  # subject: UID, serialNumber, organizationIdentifier
    TITLE = "title"  # subject: title
    PERSONAL_NAME = "personal-name"  # subject: givenName, surname
    COMMON_NAME = "common-name"
    SAME_NAME = "same-name"  # the common name, when it is also the organization's
    POLICY = "policy"  # certificate policy OID, dotted
    FIELD = "field"  # name of the signature field: the signer's software chose it, so it is asked last


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRule:
    """A signature is by `role` when something in `part` matches `pattern` (case does not matter)."""

    role: Role
    part: Part
    pattern: str


_ORGANS = (
    r"(ủy|uỷ) ban|ubnd|hội đồng|hđnd|(thường trực )?(tỉnh|huyện|thành|đảng) (ủy|uỷ)|sở|bộ|tổng cục|cục|chi cục|vụ"
    r"|văn phòng|phòng|trung tâm|trường|bệnh viện|trạm|công an|bộ chỉ huy|tòa án|toà án|viện|thanh tra|kho bạc"
    r"|bảo hiểm xã hội|ngân hàng|công ty|tổng công ty|đài|báo|liên đoàn|hội nông dân|hội liên hiệp|mặt trận"
    r"|đoàn đại biểu|ban (quản lý|chỉ đạo|dân tộc|tổ chức|tuyên giáo|nội chính|tiếp công dân|cơ yếu)|đảng bộ|chi bộ"
)

DEFAULT_ROLES: Final = (
    RoleRule(role=Role.PERSON, part=Part.IDENTIFIER, pattern=r"^(cccd|cmnd|cmt|cc|hc|pid)\s*:|^(idc|pas|pno)vn-"),
    RoleRule(role=Role.PERSON, part=Part.TITLE, pattern=r"\S"),
    RoleRule(role=Role.PERSON, part=Part.PERSONAL_NAME, pattern=r"\S"),
    RoleRule(role=Role.ORGAN, part=Part.IDENTIFIER, pattern=r"^(mst|mns|mqhns|msdn)\s*:|^(vat|ntr)vn-"),
    RoleRule(role=Role.ORGAN, part=Part.COMMON_NAME, pattern=rf"^({_ORGANS})(\s|$)"),
    RoleRule(role=Role.ORGAN, part=Part.SAME_NAME, pattern=r"\S"),
    RoleRule(role=Role.ORGAN, part=Part.FIELD, pattern=r"co[ _-]?quan|to[ _-]?chuc|con[ _-]?dau|organ|seal|stamp"),
    RoleRule(role=Role.PERSON, part=Part.FIELD, pattern=r"ca[ _-]?nhan|nguoi[ _-]?ky|lanh[ _-]?dao|person"),
)

_OIDS: Final = {
    Part.IDENTIFIER: (NameOID.USER_ID, NameOID.SERIAL_NUMBER, NameOID.ORGANIZATION_IDENTIFIER),
    Part.TITLE: (NameOID.TITLE,),
    Part.PERSONAL_NAME: (NameOID.GIVEN_NAME, NameOID.SURNAME),
    Part.COMMON_NAME: (NameOID.COMMON_NAME,),
}


def role_of(certificate: x509.Certificate, field: str, rules: Iterable[RoleRule]) -> tuple[Role, str]:
    """Return the role, and the part of the certificate or field that says so."""
    for rule in rules:
        if any(re.search(rule.pattern, text, re.IGNORECASE) for text in _texts(certificate, field, rule.part)):
            return rule.role, rule.part.value
    return Role.UNKNOWN, ""


def _texts(certificate: x509.Certificate, field: str, part: Part) -> Iterator[str]:
    values: Iterable[str]
    match part:
        case Part.FIELD:
            values = (field,)
        case Part.POLICY:
            values = _policies(certificate)
        case Part.SAME_NAME:
            names, organizations = (
                {_plain(value).casefold() for value in _values(certificate, oid)}
                for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
            )
            values = names & organizations
        case _:
            values = (value for oid in _OIDS[part] for value in _values(certificate, oid))
    yield from map(_plain, values)


def _values(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> list[str]:
    return [str(attribute.value) for attribute in certificate.subject.get_attributes_for_oid(oid)]


def _policies(certificate: x509.Certificate) -> list[str]:
    try:
        policies = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    return [policy.policy_identifier.dotted_string for policy in policies]


def _plain(text: str) -> str:
    """Return a text with each letter in its one form: many systems in Vietnam write letter and tone apart."""
    return " ".join(unicodedata.normalize("NFC", text[:_READ_AT_MOST]).split())
