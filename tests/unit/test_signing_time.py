"""Time stamps: asked of several authorities in order, believed only when everything about them is right."""

from __future__ import annotations

import random
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing import Authorities, StampFault, TimeUnavailable, judge_stamp
from signing.revocation import Snapshot, read_crl
from signing.stamper import Stamper, TimeSource
from tests.keyring import certificates
from tests.services.time_authority import (
    POLICY,
    TimeAuthority,
    a_root,
    a_time_key,
    by_certomancer,
    by_openssl,
    slowly,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from asn1crypto import tsp

    from signing import TimeStamp

DATA = "một đầu cây, kích thước 5".encode()
MAKERS = [pytest.param(by_openssl, id="openssl"), pytest.param(by_certomancer, id="certomancer")]


def believed(*roots: str) -> Authorities:
    return Authorities(one for root in roots or ("Gốc dấu thời gian",) for one in certificates(a_root(root)))


@pytest.fixture
def listening() -> Iterator[Callable[..., TimeAuthority]]:
    with ExitStack() as stack:
        yield lambda reply: stack.enter_context(TimeAuthority(reply))


def asked(*authorities: TimeAuthority | str, **choices: Any) -> TimeStamp:
    """Return the stamp that a Stamper gets from these."""
    urls = [one if isinstance(one, str) else one.url for one in authorities]
    trust = choices.pop("authorities", None) or believed()
    sources = [TimeSource(url=url, authorities=trust, timeout_seconds=1, **choices) for url in urls]
    with Stamper(sources) as stamper:
        return stamper.stamp(DATA)


@pytest.mark.parametrize("maker", MAKERS)
def test_a_stamp_proves_its_time_with_no_network(listening: Any, maker: Any) -> None:
    stamp = asked(listening(maker()), policy=POLICY)
    again = judge_stamp(stamp.token, DATA, believed())
    assert again.stamp == stamp
    assert abs(stamp.time - datetime.now(UTC)) < timedelta(seconds=30)
    assert stamp.authority == "CN=Cơ quan cấp dấu thời gian"
    assert judge_stamp(stamp.token, DATA + b".", believed()).fault is StampFault.OTHER_DATA
    assert judge_stamp(stamp.token, DATA, believed("gốc khác")).fault is StampFault.UNPROVEN
    assert judge_stamp(stamp.token, DATA, Authorities()).fault is StampFault.NOT_BELIEVED


def test_when_the_first_authority_is_down_the_next_in_order_is_asked(listening: Any) -> None:
    first, second, third = (listening(by_certomancer()) for _ in range(3))
    first.stop()
    asked(first, second, third)
    assert (second.asked, third.asked) == (1, 0)


def test_an_authority_that_takes_too_long_is_left_for_the_next(listening: Any) -> None:
    slow, quick = listening(slowly(by_certomancer(), 3)), listening(by_certomancer())
    begun = datetime.now(UTC)
    asked(slow, quick)
    assert quick.asked == 1
    assert datetime.now(UTC) - begun < timedelta(seconds=2.5)


def _other_imprint(question: tsp.TimeStampReq) -> None:
    question["message_imprint"]["hashed_message"] = bytes(32)


def _other_nonce(question: tsp.TimeStampReq) -> None:
    question["nonce"] = 4


def _no_nonce(question: tsp.TimeStampReq) -> None:
    question["nonce"] = None


def _years_off(years: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=365 * years)


LIES: dict[str, Callable[[], Callable[[bytes], bytes]]] = {
    "other-data": lambda: by_certomancer(twist=_other_imprint),
    "nonce": lambda: by_certomancer(twist=_other_nonce),
    "the nonce is not": lambda: by_certomancer(twist=_no_nonce),
    "this machine's clock": lambda: by_certomancer(at=_years_off(3)),
    r"it tells \d+-\d+": lambda: by_certomancer(at=_years_off(-3)),
    "self-signed certificate in certificate chain|unable to get local issuer": lambda: by_certomancer(
        a_time_key("gốc khác")
    ),
    "unsuitable certificate purpose|unsupported": lambda: by_certomancer(a_time_key(purpose=None)),
    "unsuitable certificate purpose": lambda: by_certomancer(a_time_key(purpose=ExtendedKeyUsageOID.CODE_SIGNING)),
    "policy": lambda: by_openssl(policy="1.2.3.4"),
    "status 2": lambda: lambda _: bytes.fromhex("30053003020102"),
    "too long": lambda: lambda _: bytes(100_000),
    "ValueError": lambda: lambda _: b"<html>busy</html>",
}


@pytest.mark.parametrize("reason", LIES)
def test_a_lying_authority_is_believed_nothing_and_the_next_is_asked(listening: Any, reason: str) -> None:
    liar, honest = listening(LIES[reason]()), listening(by_certomancer())
    with pytest.raises(TimeUnavailable, match=reason):
        asked(liar, policy=POLICY)
    asked(liar, honest, policy=POLICY)
    assert (liar.asked, honest.asked) == (2, 1)


def test_without_any_authority_the_error_says_so() -> None:
    with Stamper([]) as stamper, pytest.raises(TimeUnavailable, match="no time authority is configured"):
        stamper.stamp(DATA)
    with pytest.raises(TimeUnavailable, match="ftp"):
        asked("ftp://nowhere/", "http://[::1")


def test_an_authority_whose_certificate_was_taken_back_proves_nothing(listening: Any) -> None:
    stamp = asked(listening(by_certomancer()))
    (root,) = certificates(a_root())
    taken_back = (
        x509.RevokedCertificateBuilder()
        .serial_number(certificates(a_time_key())[0].serial_number)
        .revocation_date(_years_off(-1))
        .build()
    )
    builder = x509.CertificateRevocationListBuilder(root.subject, _years_off(-1), _years_off(1), [], [taken_back])
    private: Any = load_pem_private_key(a_root().key, password=None)
    words = builder.sign(private, SHA256()).public_bytes(Encoding.DER)
    authorities = believed()
    assert judge_stamp(stamp.token, DATA, authorities).stamp == stamp
    authorities.learn(Snapshot([read_crl(words, root, datetime.now(UTC))]))
    verdict = judge_stamp(stamp.token, DATA, authorities)
    assert (verdict.stamp, verdict.fault) == (None, StampFault.NOT_BELIEVED)
    assert "revoked" in verdict.detail


def test_one_changed_byte_makes_a_stamp_worthless_or_leaves_all_it_says(listening: Any) -> None:
    stamp = asked(listening(by_certomancer()))
    chance = random.Random(3161)  # the same bytes in every run
    for _ in range(600):
        at = chance.randrange(len(stamp.token))
        changed = bytearray(stamp.token)
        changed[at] ^= 1 << chance.randrange(8)
        verdict = judge_stamp(bytes(changed), DATA, believed())
        # Some bytes say nothing (an unsigned list of algorithms, a certificate that nobody needs).
        assert verdict.stamp is None or (verdict.stamp.time, verdict.stamp.authority) == (stamp.time, stamp.authority)


@pytest.mark.parametrize("token", [b"", b"0", b"0" * 100, bytes(70_000), bytes.fromhex("3080") * 5000])
def test_what_is_no_token_is_a_verdict_and_no_error(token: bytes) -> None:
    assert judge_stamp(token, DATA, believed()).fault is StampFault.MALFORMED
