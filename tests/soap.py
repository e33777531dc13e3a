"""SOAP messages and a served application for tests."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from functools import cache
from typing import TYPE_CHECKING, Final

import httpx
import uvicorn
import xmlschema
from lxml import etree

from lgsp.exchange import NAMESPACE
from lgsp.soap.schema import schema_octets
from lgsp.soap.version import SOAP_11, SOAP_12, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.applications import Starlette

VERSIONS: Final = (SOAP_11, SOAP_12)


@cache
def exchange_schema() -> xmlschema.XMLSchema:
    """Return the published schema in an engine that the bus does not use for it."""
    return xmlschema.XMLSchema(schema_octets().decode())


def a_message(version: Version, body: str, header: str = "") -> bytes:
    """Return a SOAP message with `body` in its body."""
    return (
        f'<s:Envelope xmlns:s="{version.namespace}"><s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>'
    ).encode()


def a_call(operation: str, inside: str = "") -> str:
    """Return the element of a call."""
    return f'<{operation} xmlns="{NAMESPACE}">{inside}</{operation}>'


def post(
    app: Starlette,
    version: Version,
    content: bytes,
    *,
    who: tuple[str, str] | None,
    query: str = "",
    **headers: str,
) -> httpx.Response:
    """Post `content` to the address of `version`, without a network. Header names: `_` stands for `-`."""

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://bus.test") as client:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            wanted = {"content-type": version.content_type} | named
            return await client.post(
                f"/soap/{version.name}{query}", content=content, headers=wanted, auth=who or httpx.Auth()
            )

    return asyncio.run(go())


def answered(response: httpx.Response) -> etree._Element:
    """Return the element in the body of a SOAP answer."""
    root = etree.fromstring(response.content)
    body = next(child for child in root if etree.QName(child).localname == "Body")
    return body[0]


def error_of(response: httpx.Response) -> etree._Element:
    """Return the typed detail of a fault."""
    return next(answered(response).iter(f"{{{NAMESPACE}}}Error"))


def said(element: etree._Element, name: str) -> str:
    """Return the text of a descendant of the exchange namespace; empty when there is none."""
    return element.findtext(f".//{{{NAMESPACE}}}{name}") or ""


@contextlib.contextmanager
def served(app: Starlette) -> Iterator[str]:
    """Serve `app` on loopback; yield its URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
