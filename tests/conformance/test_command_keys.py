"""`lgsp keys list` and `lgsp keys rotate`, as an operator runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    NoEncryption,
    load_pem_private_key,
    pkcs12,
)

from lgsp.model.errors import Misconfigured
from signing import EDXML_RULES, make_certificate, sign_enveloped, verify, write_private
from tests.builders import a_document
from tests.keyring import an_authority, certificates, parsed
from tests.province import _authority, an_agency, make_province
from tests.services.server import Missing
from tests.services.token import SoftToken

if TYPE_CHECKING:
    from pathlib import Path

    from lgsp.assembly import Assembly
    from signing import Made
    from tests.province import Province

CODE = "H03.11"


@pytest.fixture
def province(tmp_path: Path) -> Province:
    made = make_province(tmp_path, [an_agency(CODE)])
    write_private(made.keys / "authority.key", _authority().key)
    return made


@pytest.fixture
def token() -> SoftToken:
    try:
        return SoftToken()
    except Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def lgsp(province: Province, *arguments: object) -> tuple[int, list[dict[str, Any]]]:
    command = [sys.executable, "-m", "lgsp", "keys", *map(str, arguments), "--config", str(province.config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_the_list_names_seal_connectors_and_authorities(province: Province) -> None:
    status, facts = lgsp(province, "list")
    assert status == 0
    listed = {(fact["role"], fact["name"]) for fact in facts}
    assert {("seal", "current"), ("connector", CODE), ("authority", "authority")} <= listed
    assert {fact["algorithm"] for fact in facts} == {"P-256"}
    assert all(fact["days_left"] > 700 and len(fact["fingerprint"]) == 64 for fact in facts)


def test_rotate_makes_the_next_key_which_seals_when_its_time_comes(province: Province) -> None:
    begins = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT%H:%M:%S")
    assert lgsp(province, "rotate", "--issuer", province.keys / "authority", "--begins", begins)[0] == 0
    assert lgsp(province, "rotate", "--issuer", province.keys / "authority", "--kind", "rsa-2048")[0] == 0
    seals = {fact["name"]: fact["algorithm"] for fact in lgsp(province, "list")[1] if fact["role"] == "seal"}
    assert seals == {"former": "P-256", "current": "RSA-2048", "coming": "P-256"}
    assert all(file.stat().st_mode & 0o77 == 0 for file in (province.keys.parent).rglob("*.key"))


def test_rotate_takes_a_key_made_elsewhere_if_it_belongs_to_a_believed_certificate(province: Province) -> None:
    def given(name: str, key: bytes, certificate: bytes) -> int:
        (province.folder / f"{name}.key").write_bytes(key)
        (province.folder / f"{name}.crt").write_bytes(certificate)
        files = ["--key", province.folder / f"{name}.key", "--certificate", province.folder / f"{name}.crt"]
        return lgsp(province, "rotate", *files)[0]

    made, other = (make_certificate(_authority(), name) for name in ("LGSP tỉnh", "đơn vị khác"))
    stranger = make_certificate(an_authority("CA lạ"), "LGSP tỉnh")
    assert given("mixed", other.key, made.certificate) == 1
    assert given("strange", stranger.key, stranger.certificate) == 1
    assert given("good", made.key, made.certificate) == 0
    assert lgsp(province, "rotate")[0] == 1


def test_rotate_takes_a_p12_with_its_password_and_keeps_both_for_their_owner_alone(province: Province) -> None:
    (province.folder / "new.p12").write_bytes(a_store(make_certificate(_authority(), "LGSP từ p12"), b"mat khau"))
    (province.folder / "new.password").write_text("mat khau\n")
    given = ["--key", province.folder / "new.p12", "--password-file", province.folder / "new.password"]
    assert lgsp(province, "rotate", *given[:2])[0] == 1
    status, (fact,) = lgsp(province, "rotate", *given)
    assert (status, fact["key"].endswith(".p12")) == (0, True)
    seals = {fact["name"]: fact["subject"] for fact in lgsp(province, "list")[1] if fact["role"] == "seal"}
    assert seals["current"] == "CN=LGSP từ p12"
    assert "former" in seals
    put = list((province.keys / "seal").iterdir())
    assert {file.suffix for file in put} == {".p12", ".password"}
    assert all(file.stat().st_mode & 0o77 == 0 for file in put)


def test_rotate_gives_an_agency_s_connector_its_next_key_and_running_adapters_take_it_up(province: Province) -> None:
    with closing(province.assembly()) as bus:
        pen = bus.keychain.connector(CODE)
        before = pen.current().certificate
        (province.folder / "next.p12").write_bytes(a_store(make_certificate(_authority(), "Sở, khóa sau"), None))
        assert lgsp(province, "rotate", "--agency", CODE, "--key", province.folder / "next.p12")[0] == 0
        pen.all_keys()  # look now instead of within five seconds
        assert pen.current().certificate.subject.rfc4514_string() == "CN=Sở\\, khóa sau"
        assert before != pen.current().certificate
    connectors = [fact["name"] for fact in lgsp(province, "list")[1] if fact["role"] == "connector"]
    assert {CODE, "former"} <= set(connectors)


def test_a_connector_s_key_may_be_a_p12_or_in_a_token_and_no_other_agency_s_counts(
    province: Province, token: SoftToken
) -> None:
    token.put(in_token := make_certificate(_authority(), "trong thẻ"), "ký")
    uri = address(token, "ký")
    (province.keys / "H03.1.uri").write_text(uri)
    (province.keys / "H03.12.p12").write_bytes(a_store(in_store := make_certificate(_authority(), "trong kho"), b"x"))
    (province.keys / "H03.12.password").write_text("x")
    with closing(province.assembly()) as bus:
        for code, made in (("H03.1", in_token), ("H03.12", in_store)):
            key = bus.keychain.connector(code).current()
            assert key.certificate == certificates(made)[0]
            octets = sign_enveloped(a_document(), key, EDXML_RULES)
            assert judged_by(bus, octets)
        with pytest.raises(Misconfigured):
            bus.keychain.connector("H03")


def test_rotate_takes_a_key_in_a_token_by_its_address(province: Province, token: SoftToken) -> None:
    token.put(make_certificate(_authority(), "dấu trong thẻ"), "dau")
    assert lgsp(province, "rotate", "--key", address(token, "dau"))[0] == 0
    seals = {fact["name"]: fact["subject"] for fact in lgsp(province, "list")[1] if fact["role"] == "seal"}
    assert seals["current"] == "CN=dấu trong thẻ"


def address(token: SoftToken, label: str) -> str:
    """Return the URI of a key in a token."""
    place = f"token={quote(token.label)};object={quote(label)}"
    return f"pkcs11:{place}?module-path={token.module}&pin-source=file:{token.pin_file}"


def a_store(made: Made, password: bytes | None) -> bytes:
    """Return a PKCS #12 store."""
    key: Any = load_pem_private_key(made.key, password=None)
    how = BestAvailableEncryption(password) if password else NoEncryption()
    return pkcs12.serialize_key_and_certificates(b"ky", key, certificates(made)[0], None, how)


def judged_by(bus: Assembly, octets: bytes) -> bool:
    return verify(parsed(octets), EDXML_RULES, bus.authorities, datetime.now(UTC), octets=octets).trusted
