"""The description of the service: complete, the same as the code, and readable by independent tools."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest
import xmlschema
import zeep
from lxml import etree

from lgsp.exchange import NAMESPACE, error_xml
from lgsp.model.errors import MalformedEnvelope, Problem
from lgsp.model.text import Text
from lgsp.soap.operations import NAMES
from lgsp.soap.schema import schema_octets
from lgsp.soap.wsdl import describe
from tests.soap import VERSIONS

if TYPE_CHECKING:
    from lgsp.soap.version import Version

ADDRESS = "https://truc.example/soap"
EVERY_VERSION = pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
#: What clients are made from. A change here is a change that they may notice: say so in the changelog.
PUBLISHED = {
    "1.1": "0bfe504738dabb19f617e18f40464c0c0b4d03c3056efe37b4fcf41e3d608df0",
    "1.2": "2eec6e62906cad01fcc10b366bc89ab8e8c784c03f1253aed784fa21ac3d0308",
}


@EVERY_VERSION
def test_the_published_description_changes_only_on_purpose(version: Version) -> None:
    canonical = etree.tostring(etree.fromstring(describe(version, ADDRESS)), method="c14n")
    assert hashlib.sha256(canonical).hexdigest() == PUBLISHED[version.name]


@EVERY_VERSION
def test_zeep_finds_every_operation_and_the_declared_fault(version: Version) -> None:
    client: Any = zeep.Client(io.BytesIO(describe(version, ADDRESS)))
    (service,) = client.wsdl.services.values()
    (port,) = service.ports.values()
    assert port.binding_options["address"] == ADDRESS
    assert set(port.binding.all()) == NAMES
    assert all(set(operation.faults) == {"Error"} for operation in port.binding.all().values())


@EVERY_VERSION
def test_each_description_holds_one_binding_of_its_own_version(version: Version) -> None:
    root = etree.fromstring(describe(version, ADDRESS))
    assert [e.get("style") for e in root.iter(f"{{{version.binding}}}binding")] == ["document"]
    others = [other for other in VERSIONS if other is not version]
    assert not [e for other in others for e in root.iter(f"{{{other.binding}}}*")]


@EVERY_VERSION
def test_elements_have_the_operations_names_and_parts_are_called_parameters(version: Version) -> None:
    root = etree.fromstring(describe(version, ADDRESS))
    wsdl = "{http://schemas.xmlsoap.org/wsdl/}"
    for message in root.iter(f"{wsdl}message"):
        (part,) = message
        name = message.get("name")
        assert part.get("element") == f"tns:{name}"
        assert part.get("name") == ("Error" if name == "Error" else "parameters")


@EVERY_VERSION
def test_the_schema_inside_builds_with_an_independent_engine(version: Version) -> None:
    root = etree.fromstring(describe(version, ADDRESS))
    (schema,) = root.iter("{http://www.w3.org/2001/XMLSchema}schema")
    built = xmlschema.XMLSchema(etree.tostring(schema).decode())
    assert built.elements.keys() == {*NAMES, *(f"{name}Response" for name in NAMES), "Error", "Decision"}


def test_the_schema_imports_nothing_so_that_no_tool_must_fetch() -> None:
    root = etree.fromstring(schema_octets())
    assert not list(root.iter("{*}import", "{*}include"))


def test_an_error_written_by_any_door_follows_the_schema() -> None:
    error = MalformedEnvelope(
        [
            Problem(element="a/b", line=3, expected=Text("x < y", "x < y"), found="\x00&", cure=Text("do", "làm")),
            Problem(expected=Text("something", "giá trị")),
        ]
    )
    written = error_xml(error, "c")
    xmlschema.XMLSchema(schema_octets().decode()).validate(written)
    assert etree.fromstring(written).findtext(f"{{{NAMESPACE}}}Code") == "LGSP-1100"
