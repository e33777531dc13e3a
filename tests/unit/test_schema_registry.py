from __future__ import annotations

import shutil
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from lgsp.model.errors import Misconfigured, SchemaViolation
from lgsp.stages.envelope import read
from lgsp.stages.schema import Grace, Registry, Schemas, shipped
from lgsp.stages.schema.comparison import Effect, compare
from lgsp.stages.schema.registry import read_version
from lgsp.stages.schema.shadow import Shadow
from tests.builders import a_document, a_dossier, a_message

OURS = Path(str(files("schemas")))
NOW = datetime(2026, 7, 1, 3, tzinfo=UTC)
FUTURE = date(2100, 1, 1)

BIRTH = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:b="urn:example:birth:1"
    targetNamespace="urn:example:birth:1" elementFormDefault="qualified">
  <xs:element name="Birth"><xs:complexType>
    <xs:sequence>
      <xs:element name="Born" type="xs:date"/><xs:element name="Registered" type="xs:date"/>
    </xs:sequence>
    <xs:assert test="b:Registered ge b:Born" xpathDefaultNamespace="urn:example:birth:1">
      <xs:annotation>
        <xs:documentation xml:lang="en">a registration on or after the day of birth</xs:documentation>
        <xs:documentation xml:lang="vi">ngày đăng ký không trước ngày sinh</xs:documentation>
      </xs:annotation>
    </xs:assert>
  </xs:complexType></xs:element>
</xs:schema>"""


def a_version(place: Path, *, version: str = "2026", told: str = "", edit: tuple[str, str] = ("", "")) -> Path:
    """Copy the edXML schema as another version with `told` in its schema.toml and one edit in its parts."""
    folder = place / f"edxml-qcvn102-{version}"
    shutil.copytree(OURS / "edxml-qcvn102-2016", folder)
    note = (folder / "schema.toml").read_text(encoding="utf-8").replace('"2016"', f'"{version}"')
    name, _, rest = note.partition("\n")
    (folder / "schema.toml").write_text(f"{name}\n{told}\n{rest}", encoding="utf-8")
    parts = (folder / "parts.xsd").read_text(encoding="utf-8")
    assert edit[0] in parts
    (folder / "parts.xsd").write_text(parts.replace(*edit), encoding="utf-8")
    return folder


def a_payload(place: Path, *, told: str = "", content: str = BIRTH) -> Path:
    folder = place / "birth-1"
    folder.mkdir()
    (folder / "birth.xsd").write_text(content, encoding="utf-8")
    (folder / "schema.toml").write_text(
        'name = "birth"\nversion = "1"\nxsd = "1.1"\n'
        f'{told}[title]\nen = "Birth"\nvi = "Khai sinh"\n'
        '[payload]\nnamespace = "urn:example:birth:1"\nfile = "birth.xsd"\nservices = ["birth.register"]\n',
        encoding="utf-8",
    )
    return folder


def a_birth(born: str, registered: str, service: str = "birth.register") -> bytes:
    payload = f'<Birth xmlns="urn:example:birth:1"><Born>{born}</Born><Registered>{registered}</Registered></Birth>'
    return a_message(payload=payload.encode(), service=service)


def ended(place: Path) -> Registry:
    """Return a register in which 2016 is over and 2026 allows subjects of 100 characters only."""
    old = place / "edxml-qcvn102-2016x"
    a_version(place, told="since = 2026-07-01", edit=('<xs:maxLength value="500"/>', '<xs:maxLength value="100"/>'))
    former = a_version(place, version="2016x", told="until = 2026-07-01")
    assert former == old
    others = [version for version in shipped().versions if version.name != "edxml-qcvn102"]
    return Registry((read_version(place / "edxml-qcvn102-2026"), read_version(old), *others))


def test_every_schema_that_comes_with_the_bus_is_registered_with_a_digest() -> None:
    folders = {path.name for path in OURS.iterdir() if path.is_dir() and not path.name.startswith("_")}
    assert {version.folder.name for version in shipped().versions} == folders
    assert all(len(version.digest) == 64 for version in shipped().versions)


def test_a_verdict_names_the_versions_that_it_rests_on() -> None:
    stamp = Schemas().validate(read(a_message()), NOW).stamp
    assert [part.partition("@")[0] for part in stamp.split()] == ["message-1", "dossier-1"]
    assert Schemas().validate(read(a_document()), NOW).stamp == shipped().get("edxml-qcvn102-2016").stamp


def test_one_changed_byte_of_a_schema_file_changes_its_digest(tmp_path: Path) -> None:
    same = read_version(a_version(tmp_path, version="a")).digest
    assert same == shipped().get("edxml-qcvn102-2016").digest
    other = a_version(tmp_path, version="b", edit=("<!--", "<!-- "))
    assert read_version(other).digest != same


def test_the_newest_version_in_force_decides_from_its_day_on_in_vietnam(tmp_path: Path) -> None:
    schemas = Schemas(ended(tmp_path))
    long = read(a_document(subject="V" * 300))
    eve = datetime(2026, 6, 30, 16, 59, tzinfo=UTC)
    assert schemas.validate(long, eve).stamp.startswith("edxml-qcvn102-2016x@")
    with pytest.raises(SchemaViolation) as refused:
        schemas.validate(long, eve + timedelta(minutes=1))
    assert refused.value.problems[0].element.endswith("MessageHeader/Subject")


def test_a_sender_with_a_grace_goes_on_with_the_older_version_and_is_told_until_when(tmp_path: Path) -> None:
    grace = Grace(agency="000.00.*", schema="edxml-qcvn102-2016x", until=date(2026, 10, 1))
    schemas = Schemas(ended(tmp_path), graces=[grace])
    conformity = schemas.validate(read(a_document(subject="V" * 300)), NOW)
    assert conformity.stamp.startswith("edxml-qcvn102-2016x@")
    assert "2026-10-01" in conformity.remarks[0].problem.say("en")
    assert "01/10/2026" in conformity.remarks[0].problem.say("vi")
    assert schemas.validate(read(a_document()), NOW).remarks == ()
    with pytest.raises(SchemaViolation):
        schemas.validate(read(a_document(sender="000.20.31.H03", subject="V" * 300)), NOW)
    with pytest.raises(SchemaViolation):
        schemas.validate(read(a_document(subject="V" * 300)), datetime(2026, 10, 1, tzinfo=UTC))


def test_a_kind_of_envelope_is_never_without_a_schema(tmp_path: Path) -> None:
    gap = [read_version(a_version(tmp_path, version="x", told=f"until = {FUTURE}"))]
    others = [version for version in shipped().versions if version.name != "edxml-qcvn102"]
    with pytest.raises(Misconfigured, match="2100-01-01"):
        Schemas(Registry((*gap, *others)))


def test_an_assertion_of_xsd_1_1_is_kept_and_told_in_the_words_beside_it(tmp_path: Path) -> None:
    a_payload(tmp_path)
    schemas = Schemas(Registry.load([tmp_path]))
    assert "birth-1@" in schemas.validate(read(a_birth("2026-06-01", "2026-06-02")), NOW).stamp
    with pytest.raises(SchemaViolation) as refused:
        schemas.validate(read(a_birth("2026-06-02", "2026-06-01")), NOW)
    problem = refused.value.problems[0]
    assert problem.element == "Message/Payload/Birth"
    assert problem.expected.vi == "ngày đăng ký không trước ngày sinh"


def test_a_service_carries_no_payload_but_its_own(tmp_path: Path) -> None:
    a_payload(tmp_path)
    schemas = Schemas(Registry.load([tmp_path]))
    foreign = a_message(payload=a_dossier(), service="birth.register")
    with pytest.raises(SchemaViolation, match="urn:example:birth:1"):
        schemas.validate(read(foreign), NOW)
    other = a_birth("2026-06-02", "2026-06-01", service="statistics")  # nobody said what that service carries
    assert "birth-1" not in schemas.validate(read(other), NOW).stamp


def test_a_payload_whose_version_is_over_is_refused_by_its_name(tmp_path: Path) -> None:
    a_payload(tmp_path, told="until = 2026-01-01\n")
    with pytest.raises(SchemaViolation, match="birth-1"):
        Schemas(Registry.load([tmp_path])).validate(read(a_birth("2026-06-01", "2026-06-02")), NOW)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("colour = 1\n", "unknown key colour"),
        ('since = "soon"\n', "since is not a date"),
    ],
)
def test_a_folder_that_tells_nonsense_is_refused_and_named(tmp_path: Path, told: str, why: str) -> None:
    a_payload(tmp_path, told=told)
    with pytest.raises(Misconfigured, match=why) as refused:
        Registry.load([tmp_path])
    assert "birth-1/schema.toml" in str(refused.value)


@pytest.mark.parametrize("place", ["http://example.com/x.xsd", "../message-1/message.xsd", "/etc/hostname"])
def test_a_schema_takes_nothing_from_outside_its_folder(tmp_path: Path, place: str) -> None:
    a_payload(tmp_path, content=BIRTH.replace("  <xs:element", f'<xs:include schemaLocation="{place}"/><xs:element', 1))
    with pytest.raises(Misconfigured, match="outside its folder"):
        Registry.load([tmp_path])


def test_the_shadow_tells_what_it_would_have_refused_and_refuses_nothing(tmp_path: Path) -> None:
    a_version(tmp_path, edit=('<xs:maxLength value="500"/>', '<xs:maxLength value="100"/>'))
    register = Registry.load([tmp_path])
    long = read(a_document(subject="V" * 300))
    Schemas(register, shadow=["edxml-qcvn102-2026"]).validate(long, NOW)
    shadow = Shadow(register.get("edxml-qcvn102-2026"))
    assert [problem.element.rpartition("/")[2] for problem in shadow.objections(long)] == ["Subject"]
    assert shadow.objections(read(a_document())) == []
    assert shadow.objections(read(a_message())) == []


def test_a_comparison_names_what_breaks_and_what_is_merely_allowed(tmp_path: Path) -> None:
    old, shorter = shipped().get("edxml-qcvn102-2016"), ('<xs:maxLength value="500"/>', '<xs:maxLength value="100"/>')
    new = read_version(a_version(tmp_path, edit=shorter))
    changes = compare(old, new)
    subject = next(change for change in changes if change.element.endswith("MessageHeader/Subject"))
    assert (subject.effect, subject.before, subject.after) == (Effect.BREAKS, "500", "100")
    assert {change.effect for change in compare(new, old)} == {Effect.ALLOWS}
    assert compare(old, old) == []


def test_a_comparison_sees_elements_that_come_go_and_become_mandatory(tmp_path: Path) -> None:
    old = read_version(a_payload(tmp_path))
    (tmp_path / "new").mkdir()
    more = BIRTH.replace(
        '<xs:element name="Registered" type="xs:date"/>',
        '<xs:element name="Registered" type="xs:date" minOccurs="0"/><xs:element name="Place" type="xs:string"/>',
    )
    new = read_version(a_payload(tmp_path / "new", content=more))
    told = {(change.element, change.effect) for change in compare(old, new)}
    assert told == {("Birth/Registered", Effect.ALLOWS), ("Birth/Place", Effect.BREAKS)}
    assert {(change.element, change.effect) for change in compare(new, old)} == {
        ("Birth/Registered", Effect.BREAKS),
        ("Birth/Place", Effect.BREAKS),
    }


def test_what_validates_under_both_is_not_said_to_break(tmp_path: Path) -> None:
    wider = read_version(a_version(tmp_path, edit=('<xs:maxLength value="500"/>', '<xs:maxLength value="600"/>')))
    assert {change.effect for change in compare(shipped().get("edxml-qcvn102-2016"), wider)} == {Effect.ALLOWS}
