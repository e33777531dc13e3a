"""Reading time stamp tokens (RFC 3161) in signatures. Only the worker process imports this."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from asn1crypto import tsp
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    extract_tst_data_iter,
    validate_sig_integrity,
)

from signing.pdf.raw import RawStamp, hexed

if TYPE_CHECKING:
    from collections.abc import Callable

_SOUND: Final = frozenset({"sha256", "sha384", "sha512"})
_AT_MOST: Final = 5


def stamps_of(signer: Any) -> tuple[RawStamp, ...]:
    """Return the intact time stamps over a signature value."""
    value = signer["signature"].native
    tokens = [token for _, token in zip(range(_AT_MOST), extract_tst_data_iter(signer, signed=False), strict=False)]
    read = (read_token(token, lambda name: hashlib.new(name, value).digest()) for token in tokens)
    return tuple(stamp for stamp in read if stamp is not None)


def read_token(token: Any, imprint: Callable[[str], bytes]) -> RawStamp | None:
    """Return a token whose signature is right and that stands over `imprint`; None for any other."""
    content = token["encap_content_info"]["content"]
    stated = getattr(content, "parsed", None)
    if not isinstance(stated, tsp.TSTInfo) or len(token["signer_infos"]) != 1:
        return None
    over, signer = stated["message_imprint"], token["signer_infos"][0]
    hashed, digested = over["hash_algorithm"]["algorithm"].native, signer["digest_algorithm"]["algorithm"].native
    if hashed not in _SOUND or digested not in _SOUND or imprint(hashed) != over["hashed_message"].native:
        return None
    try:
        found = extract_certs_for_validation(token)
        same, right = validate_sig_integrity(
            signer,
            found.signer_cert,
            expected_content_type="tst_info",
            actual_digest=hashlib.new(digested, bytes(content)).digest(),
        )
    except SignatureValidationError:
        return None
    if not (same and right):
        return None
    return RawStamp(
        time=stated["gen_time"].native.astimezone(UTC).isoformat(),
        certificates=hexed([found.signer_cert.dump(), *(other.dump() for other in found.other_certs)]),
    )
