from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from lgsp.assembly import Assembly
from lgsp.model.errors import Misconfigured
from lgsp.settings import Settings, load
from signing import ENGINES
from tests.keyring import an_authority

SHIPPED = Path(__file__).parents[2] / "config" / "lgsp.toml"


def written(folder: Path, text: str) -> Path:
    path = folder / "lgsp.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_configuration_says_exactly_the_defaults(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    nothing = written(config, "")
    shipped = config / "shipped.toml"
    shipped.write_bytes(SHIPPED.read_bytes())
    assert load(shipped) == load(nothing)


def test_the_shipped_configuration_names_every_key_there_is() -> None:
    lines = SHIPPED.read_text(encoding="utf-8").splitlines()
    named: set[tuple[str, str]] = set()
    table = ""
    for line in lines:
        if line.startswith("["):
            table = line.strip("[]")
        elif "=" in line:
            named.add((table, line.lstrip("# ").split("=")[0].strip()))
    known = {
        (section, key)
        for section, value in Settings()
        for key, _ in value  # each section is a model of its own
    }
    assert known <= named


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "[delivery]\nattempts_limit = 3\n"))
    assert settings.delivery.attempts_limit == 3
    assert settings.delivery.batch_limit == 100


def test_every_unknown_key_is_named_at_once(tmp_path: Path) -> None:
    path = written(tmp_path, '[store]\nulr = "sqlite:///a.db"\n[htpp]\nbind = "127.0.0.1:1"\n')
    with pytest.raises(Misconfigured) as caught:
        load(path)
    elements = [problem.element for problem in caught.value.problems]
    assert any(element.endswith("[store] ulr") for element in elements)
    assert any("[htpp]" in element for element in elements)
    assert "ulr" in caught.value.say("vi")
    assert "ulr" in caught.value.say("en")


@pytest.mark.parametrize(
    "text",
    [
        "[delivery]\nattempts_limit = 0\n",
        "[delivery]\nlease_seconds = -1\n",
        '[http]\nbind = "127.0.0.1"\n',
        '[log]\nlevel = "loud"\n',
        '[trust]\nengine = "none"\n',
        "[intake]\nbatch_limit = 100000\n",
    ],
)
def test_a_value_out_of_range_is_refused_and_its_key_named(tmp_path: Path, text: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        load(written(tmp_path, text))
    table, line = text.splitlines()
    assert caught.value.problems[0].element.endswith(f"{table} {line.partition(' =')[0]}")


@pytest.mark.parametrize("name", ENGINES)
def test_the_engine_that_the_operator_names_is_the_one_that_computes(tmp_path: Path, name: str) -> None:
    (tmp_path / "ca.crt").write_bytes(an_authority().certificate)
    text = f'[store]\nurl = "sqlite:///bus.db"\n[trust]\nauthorities = ["ca.crt"]\nengine = "{name}"\n'
    assembly = Assembly(load(written(tmp_path, text)))
    assert assembly.trust.engine is ENGINES[name]
    assembly.close()


def test_a_file_that_is_not_toml_is_refused_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"lgsp\.toml"):
        load(written(tmp_path, "store = ["))


def test_a_file_that_does_not_exist_is_refused_with_the_way_to_name_another(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="LGSP_CONFIG"):
        load(tmp_path / "absent.toml")


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    text = (
        '[store]\nurl = "sqlite:///kho.db"\n[keys]\nseal_key = "khoa/bus.key"\n[trust]\nauthorities = ["/etc/ca.crt"]\n'
    )
    settings = load(written(tmp_path, text))
    assert settings.store.url == f"sqlite:///{tmp_path / 'kho.db'}"
    assert settings.keys.seal_key == tmp_path / "khoa" / "bus.key"
    assert settings.trust.authorities == (Path("/etc/ca.crt"),)


def test_other_databases_are_named_as_written(tmp_path: Path) -> None:
    url = "postgresql://lgsp@127.0.0.1:5432/lgsp"
    assert load(written(tmp_path, f'[store]\nurl = "{url}"\n')).store.url == url


def test_no_key_takes_a_secret_itself() -> None:
    keys = [key for section in tomllib.loads(SHIPPED.read_text(encoding="utf-8")).values() for key in section]
    assert not [key for key in keys if "password" in key or "secret" in key]


def test_the_examples_of_how_to_decide_whom_to_trust_are_settings(tmp_path: Path) -> None:
    page = (SHIPPED.parents[1] / "docs/how-to/decide-whom-to-trust.md").read_text(encoding="utf-8")
    short, anchors, rules = re.findall(r"```toml\n(.+?)```", page, re.DOTALL)
    assert load(written(tmp_path, short)).trust.authorities == (Path("/etc/lgsp/ca.crt"),)
    trust = load(written(tmp_path, anchors + rules)).trust
    assert [(anchor.freshness, anchor.agencies) for anchor in trust.anchors] == [("hard", ("*",)), ("soft", ("*.H03",))]
    assert [rule.outcome for rule in trust.admission] == ["hold", "for-information"]


def test_an_anchor_whose_certificates_cannot_be_read_is_named(tmp_path: Path) -> None:
    text = '[trust]\nauthorities = []\n[[trust.anchors]]\nname = "CA của tỉnh"\ncertificates = ["không-có.crt"]\n'
    with pytest.raises(Misconfigured, match="CA của tỉnh, certificates"):
        Assembly(load(written(tmp_path, text))).trust  # noqa: B018 - made here
