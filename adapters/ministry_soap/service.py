"""One SOAP service through zeep: its WSDL read once and from one place, time-outs, faults as plain values."""

from __future__ import annotations

from base64 import b64encode
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
import zeep
from lxml import etree
from zeep.exceptions import Error as ZeepError
from zeep.exceptions import Fault, TransportError, ValidationError
from zeep.helpers import serialize_object

from adapters.dialect.trouble import conceal, misconfigured, rejected, unavailable
from lgsp.sdk import RecipientUnavailable, Rejected, Text, secret

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from collections.abc import Set as AbstractSet

#: HTTP answers that may be SOAP: a fault comes with 500 (1.1) or with 400 and 500 (1.2).
_SOAP_ANSWERS: Final = frozenset({200, 202, 400, 500})


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceOptions:
    """How the service is reached."""

    #: A file, or an address that is fetched when the service is first called.
    wsdl: str
    #: The service and the port in it; empty: the first.
    service: str = ""
    port: str = ""
    #: Where calls go, when it is not where the WSDL says.
    address: str = ""
    #: For each step of a call: connecting, waiting for the answer.
    timeout_seconds: float = 30
    #: Files that hold user name and password for HTTP Basic; empty: none.
    username_file: str = ""
    password_file: str = ""
    #: Authorities (PEM) that vouch for the service; empty: those of this machine.
    ca_file: str = ""


class Service:
    """A SOAP service and the operations that are called."""

    def __init__(self, wanted: ServiceOptions, operations: AbstractSet[str], place: str) -> None:
        """Prepare. Raises Misconfigured when a WSDL in a file cannot be read or lacks an operation."""
        self._wanted, self._operations, self._place = wanted, operations, place
        self._password = secret(wanted.password_file) if wanted.password_file else ""
        self._session = requests.Session()
        # The way out is the configuration's, never the environment's (proxies, .netrc).
        self._session.trust_env = False
        self._session.verify = wanted.ca_file or True
        if wanted.username_file:
            basic = b64encode(f"{secret(wanted.username_file)}:{self._password}".encode()).decode("ascii")
            self._session.headers["Authorization"] = f"Basic {basic}"
        self._port: Any = None
        self._closed = False
        if not _remote(wanted.wsdl):
            self._port = self._load()

    def call(self, operation: str, fields: Mapping[str, Any]) -> Any:
        """Call `operation` and return its result as plain values; of a fault, `{"fault": {"code", "message"}}`.

        Raises RecipientUnavailable when there is no answer, Rejected when the WSDL does not allow the fields.
        """
        if self._closed:
            raise unavailable("closed")
        with _trouble():
            if self._port is None:
                self._port = self._load()
            try:
                result = self._port[operation](**fields)
            except Fault as fault:
                code = str(fault.code or "").rpartition(":")[2]
                return {"fault": {"code": code, "message": str(fault.message or "")}}
            except TypeError as error:  # zeep's word for parameters that the operation does not have
                raise self._unfit(operation, str(error)) from None
            return serialize_object(result, dict)

    @contextmanager
    def discreet(self) -> Iterator[None]:
        """Take secrets that the service echoed out of the errors raised inside."""
        with conceal(lambda: (self._password,)):
            yield

    def close(self) -> None:
        """Give back the connections."""
        self._closed = True
        self._session.close()

    def _load(self) -> Any:
        wanted = self._wanted
        transport = _Transport(  # type: ignore[no-untyped-call]
            session=self._session, timeout=wanted.timeout_seconds, operation_timeout=wanted.timeout_seconds
        )
        transport.home = wanted.wsdl
        try:
            client = zeep.Client(wanted.wsdl, transport=transport, settings=zeep.Settings(forbid_dtd=True))
            port = client.bind(wanted.service or None, wanted.port or None)
        except (OSError, etree.XMLSyntaxError, ZeepError, ValueError, KeyError) as error:
            if _remote(wanted.wsdl) and isinstance(error, requests.RequestException):
                raise
            raise self._misread(f"{type(error).__name__}: {error}") from error
        if port is None:
            raise self._misread(f"{wanted.service} {wanted.port}".strip())
        if missing := sorted(self._operations - {name for name, _ in port}):
            raise self._misread(", ".join(missing))
        return client.create_service(port._binding.name, wanted.address) if wanted.address else port  # noqa: SLF001

    def _unfit(self, operation: str, found: str) -> Exception:
        return misconfigured(
            f"{self._place}.calls, operation {operation}",
            Text("fields that the operation has", "các trường mà thao tác có"),
            found,
        )

    def _misread(self, found: str) -> Exception:
        return misconfigured(
            f"{self._place}.wsdl",
            Text(
                "a readable WSDL that has this service, port and every operation that is called",
                "tệp WSDL đọc được, có dịch vụ, cổng và mọi thao tác được gọi",
            ),
            found,
        )


class _Transport(zeep.Transport):
    """Loads only from where the WSDL is, and lets only SOAP answers through."""

    home = ""

    def load(self, url: str) -> bytes:
        """Return what `url` holds; only files for a WSDL in a file, only the same host for one at an address."""
        if _remote(url) != _remote(self.home) or (_remote(url) and urlsplit(url).netloc != urlsplit(self.home).netloc):
            raise ValueError(f"the WSDL imports from elsewhere: {url}")
        if _remote(url):
            return bytes(super().load(url))  # type: ignore[no-untyped-call]
        return Path(url.removeprefix("file://")).read_bytes()

    def post(self, address: str, message: Any, headers: Any) -> Any:
        """Send, and answer only with what may be SOAP. Raises RecipientUnavailable."""
        response = super().post(address, message, headers)  # type: ignore[no-untyped-call]
        media = response.headers.get("Content-Type", "")
        if response.status_code not in _SOAP_ANSWERS or (
            response.status_code != requests.codes.ok and "xml" not in media
        ):
            raise unavailable(f"HTTP {response.status_code}", wait=response.headers.get("Retry-After", ""))
        return response


@contextmanager
def _trouble() -> Iterator[None]:
    """Word what requests and zeep raise. Their own words may hold content, so only their names are said."""
    try:
        yield
    except (RecipientUnavailable, Rejected):
        raise
    except requests.Timeout as error:
        raise unavailable(f"no answer in time ({type(error).__name__})") from error
    except requests.RequestException as error:
        raise unavailable(f"no connection ({type(error).__name__})") from error
    except ValidationError as error:
        raise rejected(f"the service's WSDL does not allow it: {error.message}", "/".join(error.path or ())) from None
    except (TransportError, etree.XMLSyntaxError) as error:
        raise unavailable(f"no SOAP in the answer ({type(error).__name__})") from None


def _remote(place: str) -> bool:
    return urlsplit(place).scheme in {"http", "https"}
