"""Only one stage says who the sender is."""

from __future__ import annotations

import ast
from pathlib import Path

import lgsp

LGSP = Path(lgsp.__file__).parent
MAKER = "stages.signature"


def _makes_verified(source: str) -> bool:
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    names = {f.id if isinstance(f, ast.Name) else f.attr if isinstance(f, ast.Attribute) else "" for f in calls}
    return "Verified" in names


def _renames_verified(source: str) -> bool:
    imports = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom))
    return any(alias.name == "Verified" and alias.asname for node in imports for alias in node.names)


def _dotted(path: Path) -> str:
    return ".".join(path.relative_to(LGSP).with_suffix("").parts).removesuffix(".__init__")


def test_only_the_signature_stage_makes_verified() -> None:
    sources = {_dotted(path): path.read_text(encoding="utf-8") for path in LGSP.rglob("*.py")}
    makers = {name for name, source in sources.items() if _makes_verified(source)}
    assert makers
    assert all(name == MAKER or name.startswith(f"{MAKER}.") for name in makers)
    assert not [name for name, source in sources.items() if _renames_verified(source)]


def test_a_second_maker_would_be_seen() -> None:
    assert _makes_verified("def skip(envelope): return envelopes.Verified(envelope=envelope, proof=None)")
    assert _renames_verified("from lgsp.model.envelope import Verified as Believed")
