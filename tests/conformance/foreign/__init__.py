"""Programs of others: where they are, and how they sign and verify."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
VECTORS: Final = HERE / "vectors"
#: In the versions that the vectors were made with.
PACKAGES: Final = ("xml-crypto@6.3.2", "xadesjs@2.6.8", "@peculiar/webcrypto@1.7.2", "@xmldom/xmldom@0.9.12")
_JAVA: Final = Path("/usr/share/java")
_JARS: Final = ("xmlsec.jar", "commons-codec.jar", "slf4j-api.jar", "slf4j-nop.jar")


class Absent(Exception):
    """A program is not installed; the message says which, and how to have it."""


@cache
def java(library: str) -> tuple[list[str], dict[str, str]]:
    """Return how `jdk` or `santuario` is called, and with which environment. Raises Absent."""
    if shutil.which("java") is None or shutil.which("javac") is None:
        raise Absent("no JDK (Debian: default-jdk-headless)")
    if not (_JAVA / _JARS[0]).exists():
        raise Absent("no Apache Santuario (Debian: libxml-security-java)")
    classes = Path(tempfile.mkdtemp(prefix="lgsp-foreign-"))
    path = ":".join(map(str, (classes, *(_JAVA / jar for jar in _JARS))))
    command = ["javac", "-encoding", "UTF-8", "-cp", path, "-d", str(classes), str(HERE / "Foreign.java")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return ["java", "-cp", path, "Foreign", library], dict(os.environ)


@cache
def node(library: str) -> tuple[list[str], dict[str, str]]:
    """Return how `xml-crypto` or `xadesjs` is called. On a build server their packages are fetched. Raises Absent."""
    modules = os.environ.get("LGSP_NODE_MODULES", "")
    if shutil.which("node") is None:
        raise Absent("no node")
    if not (Path(modules) / library).is_dir():
        modules = _fetched()
    return ["node", str(HERE / "foreign.js"), library], {**os.environ, "LGSP_NODE_MODULES": modules}


@cache
def _fetched() -> str:
    npm = shutil.which("npm")
    if npm is None or not os.environ.get("CI"):
        wanted = " ".join(PACKAGES)
        raise Absent(f"npm install {wanted}, then LGSP_NODE_MODULES=<its node_modules>")
    folder = tempfile.mkdtemp(prefix="lgsp-foreign-")
    fetch = [npm, "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    if subprocess.run(fetch, check=False, capture_output=True, timeout=300).returncode:
        raise Absent("npm could not fetch the packages")
    return str(Path(folder) / "node_modules")
