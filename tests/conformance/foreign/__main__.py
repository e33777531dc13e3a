"""`python -m tests.conformance.foreign`: make the vectors anew, with keys that nobody keeps."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from signing import KeyKind, make_certificate
from tests.conformance.foreign import VECTORS, java, node
from tests.keyring import DECADE, a_sample, an_authority

_NODE = {"xml-crypto": [KeyKind.RSA_2048], "xadesjs": [KeyKind.RSA_2048, KeyKind.P_256]}


def main() -> None:
    """Sign the sample by every program, in both forms, with every kind of key that it knows."""
    folder = Path(tempfile.mkdtemp(prefix="lgsp-vectors-"))
    (folder / "in.xml").write_bytes(a_sample())
    for kind in (KeyKind.RSA_2048, KeyKind.P_256):
        made = make_certificate(an_authority(), "Bên ký khác", kind=kind, term=DECADE)
        (folder / f"{kind}.key").write_bytes(made.key)
        (folder / f"{kind}.crt").write_bytes(made.certificate)
    VECTORS.mkdir(exist_ok=True)
    (VECTORS / "authority.crt").write_bytes(an_authority().certificate)
    programs = [(java(name), name, kind) for name in ("jdk", "santuario") for kind in (KeyKind.RSA_2048, KeyKind.P_256)]
    programs += [(node(name), name, kind) for name, kinds in _NODE.items() for kind in kinds]
    for (command, environment), name, kind in programs:
        for form in ("exclusive", "inclusive"):
            out = VECTORS / f"{name}-{kind}-{form}.xml"
            words = ["sign", form, "in.xml", str(out), f"{kind}.key", f"{kind}.crt"]
            subprocess.run([*command, *words], cwd=folder, env=environment, check=True, timeout=60)


if __name__ == "__main__":
    main()
