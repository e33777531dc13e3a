"""What every key provider promises, as tests. Subclass it and say how to open one."""

from __future__ import annotations

import pickle
import threading
from typing import TYPE_CHECKING

import pytest

from signing import KeyKind, Result, names, seal, verify_seal
from signing.mathematics import fits
from tests.keyring import NOW, a_pair, certificates, trust

if TYPE_CHECKING:
    from collections.abc import Callable

    from signing import KeyProvider, Made

KINDS = list(KeyKind)
DATA = "một văn bản".encode()


class KeyProviderContract:
    """The subclass gives the fixture `opened`: it puts a key where the provider finds it, and opens that."""

    @pytest.fixture
    def opened(self) -> Callable[[Made], KeyProvider]:
        raise NotImplementedError

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_it_signs_fits_its_certificate(self, opened: Callable[[Made], KeyProvider], kind: KeyKind) -> None:
        key = opened(a_pair(kind)).current()
        assert key.certificate == certificates(a_pair(kind))[0]
        assert key.algorithm == (names.ECDSA_SHA256 if kind is KeyKind.P_256 else names.RSA_SHA256)
        assert fits(key.certificate.public_key(), key.algorithm, key.sign(DATA), DATA)
        assert not fits(key.certificate.public_key(), key.algorithm, key.sign(DATA), DATA + b".")

    @pytest.mark.parametrize("kind", KINDS)
    def test_a_seal_made_with_it_is_valid_and_trusted(
        self, opened: Callable[[Made], KeyProvider], kind: KeyKind
    ) -> None:
        sealed = seal(DATA, opened(a_pair(kind)).current(), name="document.edxml", at=NOW)
        verdict = verify_seal(sealed, DATA, trust(), NOW)
        assert (verdict.result, verdict.trusted) == (Result.VALID, True)

    def test_many_threads_sign_at_the_same_time(self, opened: Callable[[Made], KeyProvider]) -> None:
        provider, values = opened(a_pair()), dict[bytes, bytes]()

        def sign(number: int) -> None:
            for at in range(20):
                data = b"%d %d" % (number, at)
                values[data] = provider.current().sign(data)

        threads = [threading.Thread(target=sign, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        key = provider.current()
        assert len(values) == 80
        assert all(fits(key.certificate.public_key(), key.algorithm, value, data) for data, value in values.items())

    def test_the_private_key_shows_nowhere(self, opened: Callable[[Made], KeyProvider]) -> None:
        provider = opened(a_pair())
        shown = f"{provider!r} {provider.current()!r} {vars(provider)!r} {vars(provider.current())!r}"
        assert "PRIVATE" not in shown
        with pytest.raises(Exception, match=r"cannot|Can't|can't"):
            pickle.dumps(provider.current())
