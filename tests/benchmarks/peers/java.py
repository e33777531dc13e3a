"""Apache Santuario, the XML signature engine of the Java world: a JDK's own HTTP server, JDBC, RabbitMQ's client."""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tests.benchmarks.papers import SENDERS
from tests.benchmarks.peers.load import post
from tests.benchmarks.peers.peer import Peer, Skipped, inline
from tests.benchmarks.processes import ROOT, running
from tests.services.server import answers, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.ground import Ground

_JARS: Final = Path("/usr/share/java")
#: Jar -> the package of Debian that has it.
_NEEDED: Final = {
    "xmlsec": "libxml-security-java",
    "amqp-client": "librabbitmq-client-java",
    "postgresql": "libpostgresql-jdbc-java",
    "slf4j-api": "libslf4j-java",
    "slf4j-nop": "libslf4j-java",
}
_OPTIONS: Final = ("-Dsun.net.httpserver.nodelay=true", "-Xmx512m")


@contextmanager
def santuario(ground: Ground, connections: int) -> Iterator[Peer]:
    """Compile and run it, a thread for each connection. Raises Skipped."""
    compiler = shutil.which("javac")
    if compiler is None:
        raise Skipped("Apache Santuario: there is no JDK (Debian: default-jdk-headless)")
    if missing := sorted({package for jar, package in _NEEDED.items() if not (_JARS / f"{jar}.jar").exists()}):
        raise Skipped(f"Apache Santuario: please install {' '.join(missing)}")
    classes = ":".join(str(_JARS / f"{jar}.jar") for jar in _NEEDED)
    place, port = ground.peer_place(), free_port()
    source, built = Path(__file__).with_name("Peer.java"), ground.folder / "java"
    subprocess.run([compiler, "-cp", classes, "-d", str(built), str(source)], check=True)
    database = urlsplit(place.store)
    certificate = ground.folder / "keys" / f"{SENDERS[0]}.crt"
    where = f"jdbc:postgresql://{database.hostname}:{database.port}{database.path}"
    command = ["java", *_OPTIONS, "-cp", f"{classes}:{built}", "Peer", str(port), str(connections)]
    command += [str(ROOT / "schemas" / "edxml-qcvn102-2016"), str(certificate), place.broker]
    command += [f"{where}?user={database.username}&password={database.password}"]
    log = ground.folder / "java.log"
    with running(command, log, lambda: answers(port)) as pid:
        yield Peer(
            name="Santuario", port=port, pids=[pid], log=log, request=lambda octets: post("/soap", inline(octets))
        )
