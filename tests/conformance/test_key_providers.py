"""Keys in PEM files, PKCS #12 stores, tokens, and rings of them keep the same promises."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, NoEncryption, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from pkcs11 import Attribute
from pkcs11.exceptions import AttributeSensitive

from signing import (
    KeyAway,
    KeyKind,
    KeyRing,
    KeyUnusable,
    PemKey,
    Pkcs12Key,
    make_authority,
    make_certificate,
    open_key,
    write_private,
)
from signing.keys.token import Pkcs11Key, TokenPlace
from signing.mathematics import fits
from tests.conformance.key_provider_contract import DATA, KeyProviderContract
from tests.keyring import DECADE, a_pair, an_authority, certificates
from tests.services.server import Missing
from tests.services.token import PIN, SoftToken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from signing import KeyProvider, Made

PASSWORD = "mật khẩu"


def as_pem(folder: Path, made: Made, name: str = "bus") -> Path:
    write_private(folder / f"{name}.key", made.key)
    (folder / f"{name}.crt").write_bytes(made.certificate)
    return folder / f"{name}.key"


def as_store(folder: Path, made: Made, *, password: str = PASSWORD, authority: Made | None = None) -> Path:
    first, *between = certificates(made)
    above = certificates(authority) if authority else []
    sealing = BestAvailableEncryption(password.encode()) if password else NoEncryption()
    private = load_pem_private_key(made.key, password=None)
    store = serialize_key_and_certificates(b"bus", private, first, [*above, *reversed(between)], sealing)  # type: ignore[arg-type]
    (folder / "bus.p12").write_bytes(store)
    (folder / "bus.password").write_text(f"{password}\n", encoding="utf-8")
    return folder / "bus.p12"


@pytest.fixture
def token() -> SoftToken:
    try:
        return SoftToken()
    except Missing as missing:
        if os.environ.get("CI"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


def in_token(token: SoftToken, label: str = "con dấu", *, pause_seconds: float = 0) -> Pkcs11Key:
    return Pkcs11Key(token.module, token.label, label, token.pin_file, pause_seconds=pause_seconds)


class TestPemKey(KeyProviderContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Callable[[Made], KeyProvider]:
        return lambda made: PemKey(as_pem(tmp_path, made), tmp_path / "bus.crt")


class TestPkcs12Key(KeyProviderContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Callable[[Made], KeyProvider]:
        return lambda made: Pkcs12Key(as_store(tmp_path, made), tmp_path / "bus.password")


class TestPkcs11Key(KeyProviderContract):
    @pytest.fixture
    def opened(self, token: SoftToken) -> Callable[[Made], KeyProvider]:
        def put(made: Made) -> KeyProvider:
            token.put(made)
            return in_token(token)

        return put


class TestKeyRing(KeyProviderContract):
    @pytest.fixture
    def opened(self, tmp_path: Path) -> Callable[[Made], KeyProvider]:
        return lambda made: KeyRing(PemKey(as_pem(tmp_path, made), tmp_path / "bus.crt"), tmp_path / "none")


def test_a_store_gives_the_chain_nearest_first_and_without_its_root(tmp_path: Path) -> None:
    below = make_authority("CA trung gian 1", issuer=an_authority(), term=DECADE)
    lowest = make_authority("CA trung gian 2", issuer=below, term=DECADE)
    made = make_certificate(lowest, "LGSP tỉnh", term=DECADE)
    store = as_store(tmp_path, made, authority=an_authority())
    chain = Pkcs12Key(store, tmp_path / "bus.password").current().chain
    assert [one.subject.rfc4514_string() for one in chain] == ["CN=CA trung gian 2", "CN=CA trung gian 1"]


def test_a_store_without_password_is_opened_without_one(tmp_path: Path) -> None:
    assert Pkcs12Key(as_store(tmp_path, a_pair(), password="")).current().sign(DATA)


@pytest.mark.parametrize("trouble", ["password", "no store", "nothing", "cut off"])
def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path, trouble: str) -> None:
    store = as_store(tmp_path, a_pair())
    if trouble == "password":
        (tmp_path / "bus.password").write_text("another")
    elif trouble == "nothing":
        store.unlink()
    else:
        store.write_bytes(b"no store" if trouble == "no store" else store.read_bytes()[:-9])
    with pytest.raises(KeyUnusable, match=r"bus\.p12") as caught:
        Pkcs12Key(store, tmp_path / "bus.password")
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("kind", [KeyKind.P_256, KeyKind.RSA_2048])
def test_a_key_signs_again_after_its_token_was_away(token: SoftToken, kind: KeyKind) -> None:
    token.put(a_pair(kind))
    key = in_token(token).current()
    for _ in range(2):
        token.pull_out()
        try:
            for _ in range(3):
                with pytest.raises(KeyAway, match=token.label):
                    key.sign(DATA)
        finally:
            token.put_back()
        assert fits(key.certificate.public_key(), key.algorithm, key.sign(DATA), DATA)


def test_a_token_does_not_give_its_key_out(token: SoftToken) -> None:
    token.put(a_pair())
    key = in_token(token).current()
    assert key._private[Attribute.EXTRACTABLE] is False  # type: ignore[attr-defined]
    with pytest.raises(AttributeSensitive):
        key._private[Attribute.VALUE]  # type: ignore[attr-defined]


def test_a_token_that_is_away_is_not_asked_again_at_once(token: SoftToken) -> None:
    token.put(a_pair())
    key = in_token(token, pause_seconds=60).current()
    token.pull_out()
    try:
        with pytest.raises(KeyAway):
            key.sign(DATA)
    finally:
        token.put_back()
    with pytest.raises(KeyAway, match="a moment ago"):
        key.sign(DATA)


def test_two_keys_of_one_token_sign_beside_each_other_and_both_come_back(token: SoftToken) -> None:
    token.put(a_pair(), "trước")
    token.put(a_pair(KeyKind.RSA_2048), "sau")
    keys = [in_token(token, label).current() for label in ("trước", "sau")]
    token.pull_out()
    with pytest.raises(KeyAway):
        keys[0].sign(DATA)
    token.put_back()
    for key in (*keys, *keys):
        assert fits(key.certificate.public_key(), key.algorithm, key.sign(DATA), DATA)


def test_a_wrong_pin_is_tried_once_and_never_again(token: SoftToken) -> None:
    token.put(a_pair())
    key = in_token(token).current()
    token.pin_file.write_text("0000")
    token.log_out()
    with pytest.raises(KeyUnusable, match="lock the token") as caught:
        in_token(token)
    assert not isinstance(caught.value, KeyAway)
    assert "0000" not in str(caught.value)
    token.pin_file.write_text(PIN)
    assert key.sign(DATA)


def test_a_certificate_that_belongs_to_another_key_is_refused(token: SoftToken, tmp_path: Path) -> None:
    token.put(a_pair(), with_certificate=False)
    other = tmp_path / "other.crt"
    other.write_bytes(a_pair(name="đơn vị khác").certificate)
    with pytest.raises(KeyUnusable, match="does not belong"):
        Pkcs11Key(token.module, token.label, "con dấu", token.pin_file, certificate=other)
    with pytest.raises(KeyUnusable, match="0 certificates"):
        in_token(token)
    right = tmp_path / "right.crt"
    right.write_bytes(a_pair().certificate)
    assert Pkcs11Key(token.module, token.label, "con dấu", token.pin_file, certificate=right).current().sign(DATA)


@pytest.mark.parametrize("missing", ["module", "token", "label"])
def test_what_is_not_there_is_named(token: SoftToken, missing: str) -> None:
    token.put(a_pair())
    place = {"module": token.module, "token": token.label, "label": "con dấu", "pin_file": token.pin_file}
    with pytest.raises(KeyUnusable, match="/không có"):
        Pkcs11Key(**{**place, missing: "/không có"})  # type: ignore[arg-type]


def test_a_uri_opens_the_key_in_the_token(token: SoftToken) -> None:
    token.put(a_pair())
    uri = f"pkcs11:token={token.label.replace(' ', '%20')};object=con%20d%e1%ba%a5u;type=private"
    asked = f"module-path={token.module}"
    assert open_key(f"{uri}?{asked}", password_file=token.pin_file).current().sign(DATA)
    assert open_key(f"{uri}?{asked}&pin-source=file:{token.pin_file}").current().sign(DATA)


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("pkcs11:token=a?module-path=/m", "object"),
        ("pkcs11:token=a;object=b", "module-path"),
        ("pkcs11:token=a;object=b?module-path=/m&pin-value=1234", "pin-value"),
        ("pkcs11:token=a;object=b;type=public?module-path=/m", "URI"),
        ("pkcs11:", "token"),
    ],
)
def test_a_uri_that_says_too_little_or_a_pin_is_refused(uri: str, said: str) -> None:
    with pytest.raises(KeyUnusable, match=said) as caught:
        TokenPlace.read(uri)
    assert "1234" not in str(caught.value)
