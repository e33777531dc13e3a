"""The reference pages that are made from the code. `python -m tests.conformance.reference` writes them anew."""

from __future__ import annotations

import re
from functools import partial
from inspect import getdoc
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lgsp.model.errors import LgspError, Misconfigured, Rejected, Unavailable
from lgsp.policies import ruled
from lgsp.reports.figures import MEANINGS
from lgsp.settings.rules import RulesSection
from lgsp.stages.policy.files.kinds import KINDS
from lgsp.telemetry import EVENTS
from lgsp.validation.sources import ELEMENTS, RULES
from tests.conformance import lifecycle_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parents[2]

_ACTS: Final[dict[type[LgspError], tuple[str, str]]] = {
    Rejected: ("the sender changes the document; the same octets are refused again", "bên gửi sửa văn bản"),
    Unavailable: ("nobody: the same call succeeds later", "không ai: gọi lại sau sẽ được"),
    Misconfigured: ("the operator, before the process starts", "đơn vị vận hành, trước khi khởi động"),
}


def errors() -> str:
    """Return the page of errors: every class, its code, its sentence in both languages, and who must act."""
    lines = [
        "# Errors\n",
        "Codes are stable for ever. An answer holds the code, the sentence, and a list of problems: the element as",
        "the sender wrote it, the sender's own line, what was expected, what stood there, and what to do now;",
        "everything in Vietnamese and in English. *Mã lỗi không bao giờ đổi nghĩa.*\n",
        "Made from `lgsp/model/errors.py`.",
    ]
    for root, (english, vietnamese) in _ACTS.items():
        lines += [f"\n## {root.__name__}\n", f"Who acts: {english}. *Ai phải làm gì: {vietnamese}.*\n"]
        lines += ["| code | name | sentence | câu báo lỗi | when |", "|---|---|---|---|---|"]
        lines += [_error(error) for error in sorted(_family(root), key=lambda error: error.code)]
    return "\n".join(lines) + "\n"


def _family(root: type[LgspError]) -> Iterator[type[LgspError]]:
    if root.__module__ == LgspError.__module__:
        yield root
    for child in root.__subclasses__():
        yield from _family(child)


def _error(error: type[LgspError]) -> str:
    when = " ".join((getdoc(error) or "").split())
    return f"| `{error.code}` | {error.__name__} | {error.sentence.en} | {error.sentence.vi} | {when} |"


def events() -> str:
    """Return the page of log events."""
    lines = [
        "# Log events\n",
        "Each process writes one JSON line an event to standard error. `event` is one of these names, which never",
        "change their meaning; `correlation` follows a document from the door to its last delivery. No event holds",
        "the content of a document, a secret or a person's data.\n",
        "Made from `lgsp/telemetry.py`.\n",
        "| event | what happened |",
        "|---|---|",
    ]
    return "\n".join([*lines, *(f"| `{name}` | {meaning} |" for name, meaning in EVENTS.items())]) + "\n"


def configuration() -> str:
    """Return the page of configuration keys."""
    lines = [
        "# Configuration\n",
        "One TOML file, chosen with `--config` or `LGSP_CONFIG`. Leave out what you do not change. Relative paths",
        "are taken from the file's folder. Secrets never stand in it, only the paths of files that hold them. A key",
        "that does not exist is refused and named. `lgsp check` prints what is in force.\n",
        "Made from `config/lgsp.toml`.",
    ]
    explained: list[str] = []
    for line in (ROOT / "config/lgsp.toml").read_text(encoding="utf-8").splitlines():
        if table := re.fullmatch(r"\[(\w+)\]", line):
            lines += [f"\n## [{table[1]}]\n", "| key | default | meaning |", "|---|---|---|"]
            explained = []
        elif key := re.fullmatch(r"(# )?(\w+) = (.+)", line):
            default = "not set" if key[1] else f"`{key[3]}`"
            lines.append(f"| `{key[2]}` | {default} | {' '.join(explained) or 'see above'} |".replace("<", "&lt;"))
            explained = []
        elif line.startswith("# "):
            explained.append(line.removeprefix("# "))
    return "\n".join(lines) + "\n"


def problems() -> str:
    """Return the page of everything that the validator may object to, with where each rule comes from."""
    lines = [
        "# Problems\n",
        "What `lgsp validate` may object to, and where each rule comes from. *Refused*: the bus refuses the document;",
        "the others are only told. How to use it: [check a document](../how-to/check-a-document.md). Why these:",
        "decision [0016](../decisions/0016-six-ways-one-reading.md).\n",
        "*Các quy tắc kiểm tra gói tin và căn cứ của từng quy tắc. “Refused”: trục từ chối; còn lại chỉ nhắc.*\n",
        "Made from `lgsp/validation/sources.py` and the schemas.\n",
        "## Form and content\n",
        "| rule | | what is demanded | yêu cầu | source | căn cứ |",
        "|---|---|---|---|---|---|",
    ]
    for name, rule in RULES.items():
        refused = "refused" if rule.refuses else ""
        said = f"{rule.sentence.en} | {rule.sentence.vi} | {rule.source.en} | {rule.source.vi}"
        lines.append(f"| `{name}` | {refused} | {said} |")
    lines += [
        "\n## Elements: the rule `schema`\n",
        "The longest end of a path counts. What stands in no row comes from QCVN 102:2016/BTTTT as systems in use",
        "write it: [ORIGIN.md](../../schemas/edxml-qcvn102-2016/ORIGIN.md) has every length and its reason.\n",
        "| element | source | căn cứ |",
        "|---|---|---|",
    ]
    lines += [f"| `{element}` | {source.en} | {source.vi} |" for element, source in ELEMENTS.items()]
    return "\n".join(lines) + "\n"


def rules() -> str:
    """Return the page of the rules of the exchange that come with the bus."""
    lines = [
        "# Rules of the exchange\n",
        "What is asked of every document once its sender is proven. An objection *refuses* it, or is a *remark*: then",
        "the document goes its way, and receipt, answer and trace tell. `[rules] modes` chooses otherwise;",
        "`lgsp rules` shows what is in force.",
        "[A rule of your own](../how-to/write-a-rule.md) stands beside these.\n",
        "*Quy tắc trao đổi: “refuse” là từ chối, “remark” là vẫn chuyển nhưng nhắc trong giấy biên nhận và nhật ký.*\n",
        "Made from `lgsp/stages/policy`.\n",
        "| rule | mode | what is demanded | yêu cầu | source | căn cứ |",
        "|---|---|---|---|---|---|",
    ]
    for rule in ruled(RulesSection()):
        policy = rule.policy
        said = f"{policy.sentence.en} | {policy.sentence.vi} | {policy.source.en} | {policy.source.vi}"
        lines.append(f"| `{rule.name}` | {rule.mode} | {said} |")
    lines += [
        "\nThat a sender writes only as itself, or for those it speaks for, is no rule here but proof of sender: it is",
        "decided before these are asked, and cannot be switched off. So is whether a document without a good signature",
        "is refused or taken *for information* (Decision 28/2018/QĐ-TTg, Art. 4): see",
        "[Decide whom to trust](../how-to/decide-whom-to-trust.md).",
        "\n## Kinds of files\n",
        "As `[rules] file_kinds` and refusals name them, by content: " + ", ".join(f"`{kind}`" for kind in KINDS) + ".",
    ]
    return "\n".join(lines) + "\n"


def figures() -> str:
    """Return the page of figures of reports."""
    lines = [
        "# Figures\n",
        "What each figure of `lgsp report` counts. *Ý nghĩa của từng số liệu trong báo cáo.*\n",
        "Made from `lgsp/reports/figures.py`.\n",
        "| name | figure | số liệu | what it counts | cách tính | source |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{name}` | {one.title.en} | {one.title.vi} | {one.definition.en} | {one.definition.vi} | {one.source} |"
        for name, one in MEANINGS.items()
    ]
    return "\n".join(lines) + "\n"


_LIFECYCLE: Final = ROOT / "docs/explanation/lifecycle.md"

PAGES: Final[dict[Path, Callable[[], str]]] = {
    _LIFECYCLE: partial(lifecycle_page.page, _LIFECYCLE),
    ROOT / "docs/reference/errors.md": errors,
    ROOT / "docs/reference/events.md": events,
    ROOT / "docs/reference/configuration.md": configuration,
    ROOT / "docs/reference/problems.md": problems,
    ROOT / "docs/reference/rules.md": rules,
    ROOT / "docs/reference/figures.md": figures,
}

if __name__ == "__main__":
    for place, make in PAGES.items():
        place.write_text(make(), encoding="utf-8")
