"""The deceits handed in at the SOAP door, judged by both engines: refused within bounds, and never with HTTP 500."""

from __future__ import annotations

import tracemalloc
from base64 import b64encode
from contextlib import closing
from typing import TYPE_CHECKING, Final

import pytest

from lgsp.model.agency import AgencyCode
from lgsp.soap.version import SOAP_12
from tests.builders import COMMITTEE, DEPARTMENT
from tests.cheap import cheap
from tests.conformance.test_hostile_signatures import HOSTILE
from tests.conformance.test_hostile_variants import GAMES, _signed
from tests.province import an_agency, make_province
from tests.soap import a_call, a_message, error_of, post, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.applications import Starlette

_DECEITS: Final[dict[str, Callable[[], bytes]]] = {
    **{name: make for name, (make, _, _) in HOSTILE.items()},
    **{f"game: {name}": lambda game=game: game(_signed()) for name, game in GAMES.items()},  # type: ignore[misc]
}
_MEMORY_BYTES: Final = 100 << 20


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Starlette, tuple[str, str]]]:
    folder = tmp_path_factory.mktemp("door")
    province = make_province(folder, [an_agency(COMMITTEE), an_agency(DEPARTMENT)])
    province.config.write_text(
        province.config.read_text(encoding="utf-8").replace("[trust]", '[trust]\nengine = "both"'), encoding="utf-8"
    )
    with closing(province.assembly()) as bus:
        yield bus.soap, province.secrets[AgencyCode(COMMITTEE)]


@pytest.mark.parametrize("name", _DECEITS)
def test_a_deceit_at_the_door_is_refused_with_its_code(door: tuple[Starlette, tuple[str, str]], name: str) -> None:
    app, who = door
    octets = _DECEITS[name]()
    content = a_message(SOAP_12, a_call("SendDocument", f"<Document>{b64encode(octets).decode()}</Document>"))
    with cheap(1.0):  # the whole way; that the signature's part stays under 0.1 s is measured where it is judged
        answer = post(app, SOAP_12, content, who=who)
    assert answer.status_code == 400, answer.text[:500]
    code = said(error_of(answer), "Code")
    assert code.startswith("LGSP-1")
    assert code != "LGSP-1000"  # that would be a mistake of the bus


@pytest.mark.parametrize("name", ["a huge certificate", "two hundred thousand comments", "two thousand references"])
def test_what_is_made_to_eat_memory_does_not(door: tuple[Starlette, tuple[str, str]], name: str) -> None:
    app, who = door
    octets = _DECEITS[name]()
    content = a_message(SOAP_12, a_call("SendDocument", f"<Document>{b64encode(octets).decode()}</Document>"))
    tracemalloc.start()
    try:
        post(app, SOAP_12, content, who=who)
        assert tracemalloc.get_traced_memory()[1] < _MEMORY_BYTES
    finally:
        tracemalloc.stop()
