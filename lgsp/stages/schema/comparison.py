"""What changed between two versions of a schema, and what of it breaks those who follow the older one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from lgsp.model.text import Text
from lgsp.stages.schema.xsd import schema_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from lgsp.stages.schema.registry import SchemaVersion

#: Structures that hold themselves are followed so far. Where children stand in any order, keys say how often
#: (docs/decisions/0005): a key named like a child means exactly one, a unique at most one.
_DEEPEST: Final = 30
_LIMITS: Final = ("min_length", "max_length", "min_value", "max_value")


class Effect(StrEnum):
    """What a change does to those who go on writing as before."""

    BREAKS = "breaks"  # what was right may be wrong now
    ALLOWS = "allows"  # what was wrong may be right now; nothing has to change
    DOUBTFUL = "doubtful"  # a machine cannot tell: a person must look


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference."""

    #: Path of the element, local names from the root down; `@name` for an attribute.
    element: str
    effect: Effect
    what: Text
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Place:
    """What a schema says about one path."""

    least: int
    #: None: any number.
    most: int | None
    values: frozenset[str]
    limits: Mapping[str, int]
    patterns: frozenset[str]
    base: str


def compare(older: SchemaVersion, newer: SchemaVersion) -> list[Change]:
    """Return every difference between two versions of one schema, what breaks first, then by path."""
    before, after = _places(older), _places(newer)
    changes = [change for path in before.keys() | after.keys() for change in _changes(path, before, after)]
    order = list(Effect)
    return sorted(changes, key=lambda change: (order.index(change.effect), change.element, change.what.en))


def _changes(path: str, before: Mapping[str, _Place], after: Mapping[str, _Place]) -> Iterator[Change]:
    old, new = before.get(path), after.get(path)
    around = path.rpartition("/")[0]
    if old is None and new is not None:
        if not around or around in before:  # else its parent is told
            yield _added(path, new, is_root=not around)
    elif new is None and old is not None:
        if not around or around in after:
            yield Change(
                element=path, effect=Effect.BREAKS, what=Text("removed", "bị bỏ"), before=_often(old), after=""
            )
    elif old is not None and new is not None:
        yield from _occurrence(path, old, new)
        yield from _values(path, old, new)
        yield from _bounds(path, old, new)
        yield from _kinds(path, old, new)


def _added(path: str, new: _Place, *, is_root: bool) -> Change:
    needed = new.least > 0 and not is_root
    what = Text("added, mandatory", "thêm mới, bắt buộc") if needed else Text("added", "thêm mới")
    return Change(
        element=path, effect=Effect.BREAKS if needed else Effect.ALLOWS, what=what, before="", after=_often(new)
    )


def _occurrence(path: str, old: _Place, new: _Place) -> Iterator[Change]:
    if (old.least, old.most) == (new.least, new.most):
        return
    narrower = new.least > old.least or (new.most is not None and (old.most is None or new.most < old.most))
    what = Text("how often it stands", "số lần xuất hiện")
    yield Change(element=path, effect=_effect(narrower), what=what, before=_often(old), after=_often(new))


def _values(path: str, old: _Place, new: _Place) -> Iterator[Change]:
    gone = old.values - new.values if new.values else frozenset()
    came = new.values - old.values if old.values else frozenset()
    if gone:
        what = Text("values that are no longer allowed", "giá trị không còn được phép")
        yield Change(element=path, effect=Effect.BREAKS, what=what, before=_list(gone), after="")
    if came:
        what = Text("values that are now allowed", "giá trị được phép thêm")
        yield Change(element=path, effect=Effect.ALLOWS, what=what, before="", after=_list(came))
    if bool(old.values) != bool(new.values):
        what = Text("whether values are listed", "có hay không danh sách giá trị")
        yield Change(
            element=path, effect=_effect(bool(new.values)), what=what, before=_list(old.values), after=_list(new.values)
        )


def _bounds(path: str, old: _Place, new: _Place) -> Iterator[Change]:
    for name in _LIMITS:
        was, now = old.limits.get(name), new.limits.get(name)
        if was == now:
            continue
        lower = name.startswith("min")
        narrower = now is not None and (was is None or (now > was if lower else now < was))
        yield Change(
            element=path,
            effect=_effect(narrower),
            what=Text(
                name.replace("_", " "),
                {"min_length": "độ dài tối thiểu", "max_length": "độ dài tối đa"}.get(name, name),
            ),
            before=_or_none(was),
            after=_or_none(now),
        )


def _kinds(path: str, old: _Place, new: _Place) -> Iterator[Change]:
    if old.patterns != new.patterns:
        freer = new.patterns < old.patterns
        what = Text("pattern", "mẫu giá trị")
        effect = Effect.ALLOWS if freer else Effect.DOUBTFUL if old.patterns else Effect.BREAKS
        yield Change(element=path, effect=effect, what=what, before=_list(old.patterns), after=_list(new.patterns))
    if old.base != new.base:
        what = Text("kind of value", "kiểu giá trị")
        yield Change(element=path, effect=Effect.DOUBTFUL, what=what, before=old.base, after=new.base)


def _places(version: SchemaVersion) -> dict[str, _Place]:
    files = [*version.envelopes.values(), *([version.payload.file] if version.payload else [])]
    found: dict[str, _Place] = {}
    for file in files:
        schema = schema_at(version.folder / file, version.xsd)
        label = f"{file.removesuffix('.xsd')}:" if len(files) > 1 else ""
        for root in schema.elements.values():
            found |= dict(_walk(root, label, 0, (0, 1)))
    inner = {path.rpartition("/")[2] for path in found if "/" in path}  # global elements that stand inside another
    return {path: place for path, place in found.items() if path.partition(":")[2].partition("/")[0] not in inner}


def _walk(element: Any, around: str, depth: int, often: tuple[int, int | None]) -> Iterator[tuple[str, _Place]]:
    path = f"{around}{element.local_name}"
    yield path, _place(element.type, *often)
    for name, attribute in element.attributes.items():
        if name is not None:
            yield f"{path}/@{name}", _place(attribute.type, int(attribute.use == "required"), 1)
    content: Any = getattr(element.type, "content", None)
    if depth >= _DEEPEST or not hasattr(content, "iter_elements"):
        return
    counted = _counts(content)
    counted |= {rule.local_name: (int(type(rule).__name__.endswith("Key")), 1) for rule in element.identities}
    children = {child.local_name: child for child in content.iter_elements() if getattr(child, "local_name", None)}
    for name, child in children.items():
        yield from _walk(child, f"{path}/", depth + 1, counted[name])


def _counts(particle: Any) -> dict[str, tuple[int, int | None]]:
    """Return how often each element may stand in a group of particles, at least and at most."""
    if not hasattr(particle, "model"):
        name = getattr(particle, "local_name", None)
        return {name: (particle.min_occurs, particle.max_occurs)} if name else {}
    parts = [_counts(part) for part in particle]
    found: dict[str, tuple[int, int | None]] = {}
    for name in dict.fromkeys(name for part in parts for name in part):
        leasts, mosts = zip(*(part.get(name, (0, 0)) for part in parts), strict=True)
        least, most = (
            (min(leasts), _most(mosts, max)) if particle.model == "choice" else (sum(leasts), _most(mosts, sum))
        )
        found[name] = least * particle.min_occurs, _times(most, particle.max_occurs)
    return found


def _most(mosts: Sequence[int | None], join: Callable[[Iterable[int]], int]) -> int | None:
    known = [most for most in mosts if most is not None]
    return join(known) if len(known) == len(mosts) else None


def _times(most: int | None, often: int | None) -> int | None:
    return 0 if 0 in {most, often} else None if most is None or often is None else most * often


def _place(kind: Any, least: int, most: int | None) -> _Place:
    simple = kind if kind.is_simple() else getattr(kind, "content", None)
    simple = simple if simple is not None and hasattr(simple, "enumeration") else None
    limits = {name: getattr(simple, name, None) for name in _LIMITS}
    return _Place(
        least=least,
        most=most,
        values=frozenset(map(str, simple.enumeration or ())) if simple else frozenset(),
        limits={name: limit for name, limit in limits.items() if limit is not None},
        patterns=frozenset(simple.patterns.regexps) if simple is not None and simple.patterns else frozenset(),
        base=str(getattr(simple.root_type, "local_name", "")) if simple is not None else "",
    )


def _effect(narrower: bool) -> Effect:  # noqa: FBT001 - a fact, not a switch
    return Effect.BREAKS if narrower else Effect.ALLOWS


def _often(place: _Place) -> str:
    return f"{place.least}..{'n' if place.most is None else place.most}"


def _list(values: frozenset[str]) -> str:
    return ", ".join(sorted(values))


def _or_none(limit: int | None) -> str:
    return "" if limit is None else str(limit)
