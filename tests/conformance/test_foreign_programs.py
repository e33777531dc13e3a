"""Java's javax.xml.crypto, Apache Santuario, node's xml-crypto and xadesjs: theirs verify here, ours verify there.

What they once signed lies in `foreign/vectors` and is verified everywhere. The programs themselves run where they are
installed; tests/conformance/test_foreign_verifiers.py does the same with xmlsec1 and signxml.
"""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from signing import (
    EDXML_RULES,
    MESSAGE_RULES,
    Authorities,
    KeyKind,
    Reason,
    Result,
    read_certificates,
    seal,
    sign_enveloped,
    verify,
)
from tests.conformance.foreign import VECTORS, Absent, java, node
from tests.keyring import NOW, a_key, a_sample, every_engine, parsed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cryptography import x509

    from signing import Engine, Rules

    #: The name of its library -> how it is called, and with which environment.
    Program = Callable[[str], tuple[list[str], dict[str, str]]]

THEIRS = sorted(VECTORS.glob("*.xml"))
MESSAGE = '<Message xmlns="urn:lgsp:message:1"><Id>ư&amp;</Id></Message>'.encode()
OURS = [pytest.param(a_sample(), EDXML_RULES, id="document"), pytest.param(MESSAGE, MESSAGE_RULES, id="message")]
JAVA = [pytest.param(java, name, id=name) for name in ("jdk", "santuario")]
NODE = [pytest.param(node, name, id=name) for name in ("xml-crypto", "xadesjs")]
#: xml-crypto knows no ECDSA, and no octets outside the document.
UNKNOWN = {("xml-crypto", KeyKind.P_256)}


def test_there_are_vectors_of_every_program() -> None:
    assert {path.name.rpartition("-")[0].removesuffix("-p-256").removesuffix("-rsa-2048") for path in THEIRS} == {
        "jdk",
        "santuario",
        "xml-crypto",
        "xadesjs",
    }


@every_engine
@pytest.mark.parametrize("path", THEIRS, ids=lambda path: path.stem)
def test_what_others_signed_is_valid_and_trusted(path: Path, engine: Engine) -> None:
    octets = path.read_bytes()
    verdict = verify(parsed(octets), EDXML_RULES, _believed(), NOW, engine=engine, octets=octets)
    if engine.name == "signxml" and (path.stem.endswith("inclusive") or path.stem.startswith("xadesjs")):
        assert verdict.reason is Reason.ENGINE_UNABLE  # its canonicalization is not the standard's there
    else:
        assert (verdict.result, verdict.reason, verdict.trusted) == (Result.VALID, None, True)


@every_engine
@pytest.mark.parametrize("path", THEIRS, ids=lambda path: path.stem)
def test_what_others_signed_and_somebody_changed_is_never_valid(path: Path, engine: Engine) -> None:
    octets = path.read_bytes().replace(b"000.00.00.H03", b"000.00.00.H04", 1)
    assert octets != path.read_bytes()
    verdict = verify(parsed(octets), EDXML_RULES, _believed(), NOW, engine=engine, octets=octets)
    assert verdict.result in {Result.INVALID, Result.UNVERIFIABLE}
    assert not verdict.trusted


@pytest.mark.parametrize("kind", KeyKind)
@pytest.mark.parametrize(("octets", "rules"), OURS)
@pytest.mark.parametrize(("program", "library"), [*JAVA, *NODE])
def test_others_verify_what_we_sign(
    program: Program, library: str, octets: bytes, rules: Rules, kind: KeyKind, tmp_path: Path
) -> None:
    if (library, kind) in UNKNOWN:
        pytest.skip("xml-crypto knows no ECDSA")
    signed = sign_enveloped(octets, a_key(kind), rules)
    assert verified(program, library, signed, a_key(kind).certificate, tmp_path)
    assert not verified(program, library, signed.replace(b"</", b"x</", 1), a_key(kind).certificate, tmp_path)


@pytest.mark.parametrize("kind", KeyKind)
@pytest.mark.parametrize(("program", "library"), [*JAVA, NODE[1]])
def test_others_verify_the_seal_beside_the_octets(
    program: Program, library: str, kind: KeyKind, tmp_path: Path
) -> None:
    sealed = seal(a_sample(), a_key(kind), name="document.edxml", at=NOW)
    assert verified(program, library, sealed, a_key(kind).certificate, tmp_path, a_sample())
    assert not verified(program, library, sealed, a_key(kind).certificate, tmp_path, a_sample() + b"\n")


def _believed() -> Authorities:
    return Authorities(read_certificates([VECTORS / "authority.crt"]))


def verified(
    program: Program,
    library: str,
    signed: bytes,
    certificate: x509.Certificate,
    folder: Path,
    beside: bytes | None = None,
) -> bool:
    """Tell whether a program of others finds the signature right."""
    try:
        command, environment = program(library)
    except Absent as absent:
        if program is java and os.environ.get("CI"):  # tests/services/install has put it there
            pytest.fail(str(absent))
        pytest.skip(str(absent))
    (folder / "signed.xml").write_bytes(signed)
    (folder / "signer.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    words = ["verify", "signed.xml", "signer.crt"]
    if beside is not None:
        (folder / "beside").write_bytes(beside)
        words.append("beside")
    done = subprocess.run(
        [*command, *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode == 0
