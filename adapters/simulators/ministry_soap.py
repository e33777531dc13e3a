"""A ministry's SOAP service, 1.1 and 1.2 at one address, that serves its own WSDL and keeps to its schema."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from lxml import etree
from starlette.responses import Response
from starlette.routing import Route

from adapters.dialect.dates import VIETNAM
from adapters.simulators.running import main
from adapters.simulators.simulator import Fault, Simulator

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.requests import Request

_NAMESPACE: Final = "urn:mau:bo:van-ban"
_SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
_SCHEMA: Final = "{http://www.w3.org/2001/XMLSchema}schema"
_PAGE: Final = 50

#: The template by which the adapter maps an edXML document for this service.
DOCUMENT: Final[dict[str, Any]] = {
    "maGiaoDich": "{dispatch_id}",
    "vanBan": {
        "maDinhDanh": "{document_id}",
        "donViGui": "{sender}",
        "soKyHieu": "{code}",
        "ngayBanHanh": "{promulgated|date:%Y-%m-%dT%H:%M:%S}",
        "trichYeu": "{subject}",
        "mucDoKhan": "{priority|int}",
        "tepDinhKem": {
            "each": "attachments",
            "item": {"tenTep": "{name}", "loaiTep": "{content_type}", "duLieu": "{content}"},
        },
    },
    "goiTinGoc": "{octets}",
}


class MinistrySoap(Simulator):
    """A ministry's service behind HTTP Basic."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._wsdl = files("adapters.simulators").joinpath("ministry_soap.wsdl").read_bytes()
        schema = etree.fromstring(self._wsdl, _parser()).find(f".//{_SCHEMA}")
        if schema is None:
            raise RuntimeError("the WSDL holds no schema")
        self._schema = etree.XMLSchema(schema)

    def routes(self) -> list[Route]:
        """Return the WSDL, which needs no login, and the service."""
        return [
            Route("/van-ban", self._describe, methods=["GET"]),
            Route("/van-ban", self._serve, methods=["POST"]),
        ]

    def options(self, address: str, folder: Path) -> dict[str, Any]:
        """Return options for the adapter `ministry_soap`."""
        return {
            "wsdl": f"{address}/van-ban?wsdl",
            "username_file": self.write_secret(folder, "ministry-soap.user", self.username),
            "password_file": self.write_secret(folder, "ministry-soap.password", self.password),
            "success": [{"field": "maLoi", "values": [0]}],
            "already": [{"field": "moTa", "texts": ["đã tồn tại"]}],
            "busy": [{"field": "maLoi", "values": [20]}],
            "reference": "maTiepNhan",
            "message": ["moTa"],
            "calls": [{"takes": "document", "operation": "TiepNhanVanBan", "fields": DOCUMENT}],
            "feed": {
                "call": "LayTrangThai",
                "request": {"sauMa": "{cursor}"},
                "rows": "trangThai",
                "cursor": "ma",
                "codes": {"1": "01", "2": "02", "3": "03", "4": "04", "5": "05", "6": "06"},
                "status": {
                    "code": "trangThai",
                    "document_id": "maDinhDanh",
                    "agency": "donViGui",
                    "number": "soKyHieu",
                    "promulgated": "ngayBanHanh",
                    "reported": "thoiGian",
                    "reason": "moTa",
                },
            },
        }

    async def _describe(self, request: Request) -> Response:
        own = f"{request.url.scheme}://{request.url.netloc}/van-ban".encode()
        return Response(self._wsdl.replace(b"http://localhost/van-ban", own), media_type="text/xml")

    async def _serve(self, request: Request) -> Response:
        basic = b64encode(f"{self.username}:{self.password}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {basic}":
            return Response("Sai tài khoản", 401, {"WWW-Authenticate": "Basic"})
        try:
            envelope = etree.fromstring(await request.body(), _parser())
        except etree.XMLSyntaxError:
            return _fault(_SOAP_11, "Client", "Thông điệp không đúng XML")
        soap = etree.QName(envelope).namespace or _SOAP_11
        body = envelope.find(f"{{{soap}}}Body")
        if body is None or not len(body) or not self._schema.validate(body[0]):
            why = self._schema.error_log.last_error
            return _fault(soap, "Client", f"Dữ liệu không hợp lệ: {why.message if why else ''}")
        if self.fault is Fault.REFUSE:
            # Real systems echo what they were given: here the password, to see that nobody repeats it.
            return _fault(soap, "Client", f"Văn bản không được tiếp nhận (mật khẩu {self.password})")
        if etree.QName(body[0]).localname == "LayTrangThai":
            return self._list_statuses(soap, body[0])
        return self._take(soap, body[0])

    def _take(self, soap: str, request: etree._Element) -> Response:
        record = {
            etree.QName(leaf).localname: leaf.text or ""
            for leaf in request.iter(f"{{{_NAMESPACE}}}*")
            if not len(leaf) and etree.QName(leaf).localname not in {"tenTep", "loaiTep", "duLieu"}
        }
        if self.find(record["maGiaoDich"]):
            return _reply(soap, "TiepNhanVanBanResponse", {"maLoi": 101, "moTa": "Văn bản đã tồn tại"})
        names = ("tenTep", "loaiTep", "duLieu")
        files_sent = [
            {name: file.findtext(f"{{{_NAMESPACE}}}{name}") or "" for name in names}
            for file in request.iter(f"{{{_NAMESPACE}}}tepDinhKem")
        ]
        self.records.append({**record, "tepDinhKem": files_sent})
        keys = ("maDinhDanh", "donViGui", "soKyHieu", "ngayBanHanh")
        now = datetime.now(VIETNAM).isoformat(timespec="seconds")
        self.report({key: record[key] for key in keys}, self.course, now)
        taken = {"maLoi": 0, "moTa": "Tiếp nhận thành công", "maTiepNhan": f"BKHCN-{len(self.records):06d}"}
        return _reply(soap, "TiepNhanVanBanResponse", taken)

    def _list_statuses(self, soap: str, request: etree._Element) -> Response:
        after = int(request.findtext(f"{{{_NAMESPACE}}}sauMa") or 0)
        order = ("ma", "maDinhDanh", "donViGui", "soKyHieu", "ngayBanHanh", "trangThai", "moTa", "thoiGian")
        rows = [{key: row[key] for key in order} for row in self.statuses if row["ma"] > after][:_PAGE]
        return _reply(soap, "LayTrangThaiResponse", {"maLoi": 0, "moTa": "", "trangThai": rows})


def octets(record: dict[str, Any]) -> bytes:
    """Return the whole envelope in a record of a document."""
    return b64decode(record["goiTinGoc"])


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)


def _reply(soap: str, name: str, values: dict[str, Any]) -> Response:
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap, "b": _NAMESPACE})
    body = etree.SubElement(envelope, f"{{{soap}}}Body")
    _fill(etree.SubElement(body, f"{{{_NAMESPACE}}}{name}"), values)
    return _send(envelope, soap, 200)


def _fill(parent: etree._Element, values: dict[str, Any]) -> None:
    for key, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, f"{{{_NAMESPACE}}}{key}")
            if isinstance(one, dict):
                _fill(child, one)
            else:
                child.text = str(one)


def _fault(soap: str, code: str, words: str) -> Response:
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"soap": soap})
    fault = etree.SubElement(etree.SubElement(envelope, f"{{{soap}}}Body"), f"{{{soap}}}Fault")
    if soap == _SOAP_12:
        code = {"Client": "Sender", "Server": "Receiver"}[code]
        etree.SubElement(etree.SubElement(fault, f"{{{soap}}}Code"), f"{{{soap}}}Value").text = f"soap:{code}"
        text = etree.SubElement(etree.SubElement(fault, f"{{{soap}}}Reason"), f"{{{soap}}}Text")
        text.set("{http://www.w3.org/XML/1998/namespace}lang", "vi")
        text.text = words
    else:
        etree.SubElement(fault, "faultcode").text = f"soap:{code}"
        etree.SubElement(fault, "faultstring").text = words
    return _send(envelope, soap, 500)


def _send(envelope: etree._Element, soap: str, status: int) -> Response:
    media = "application/soap+xml" if soap == _SOAP_12 else "text/xml"
    return Response(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"), status, media_type=media)


if __name__ == "__main__":
    main(MinistrySoap, "A pretended ministry with a SOAP service")
