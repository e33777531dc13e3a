"""Commands about the rules of the exchange: which are in force, and how a false alarm is overruled."""

from __future__ import annotations

import getpass
import re
from typing import Annotated

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.errors import Problem, Rejected
from lgsp.model.text import Text
from lgsp.output import AsJson, complaints, console, rows

app = typer.Typer(
    invoke_without_command=True, help="Rules of the exchange: which are in force, and overruling a false alarm."
)

_DIGEST = re.compile("[0-9a-f]{64}")
Digest = Annotated[str, typer.Argument(metavar="DIGEST", help="SHA-256 of the refused octets; the refusal names it.")]
RuleName = Annotated[str, typer.Option("--rule", help="Name of the rule whose refusal it is.")]


@app.callback(invoke_without_command=True)
def list_(
    context: typer.Context,
    config: Config = DEFAULT_CONFIG,
    *,
    vietnamese: Annotated[bool, typer.Option("--vi/--en", help="In Vietnamese, or in English.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the rules of the exchange: name, what an objection leads to, what is demanded, and where that is written.

    lgsp rules --vi
    """
    if context.invoked_subcommand is not None:
        return
    with assembled(config) as assembly:
        said = [
            {
                "rule": rule.name,
                "mode": rule.mode,
                "sentence": rule.policy.sentence.say("vi" if vietnamese else "en"),
                "source": rule.policy.source.say("vi" if vietnamese else "en"),
                "sentence_vi": rule.policy.sentence.vi,
                "sentence_en": rule.policy.sentence.en,
                "source_vi": rule.policy.source.vi,
                "source_en": rule.policy.source.en,
            }
            for rule in assembly.rules
        ]
        rows("Quy tắc" if vietnamese else "Rules", ["rule", "mode", "sentence", "source"], said, as_json=as_json)


@app.command()
def overrule(
    digest: Digest,
    rule: RuleName,
    why: Annotated[str, typer.Option(help="The reason: it is kept, proven, and told with the document.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Let octets pass that a rule refuses by mistake. Their sender sends exactly the same again.

    The decision is kept in the evidence log. It holds for these octets and this rule alone; all others are asked still.

        lgsp rules overrule 9f86d0…0f00a08 --rule state-secrets --why "Tên chương trình, không phải dấu mật"
    """
    with assembled(config) as assembly:
        names = [known.name for known in assembly.rules]
        if not _DIGEST.fullmatch(digest.lower()):
            raise Rejected(Problem(element="DIGEST", expected=_SHA_256, found=digest[:200]))
        if rule not in names:
            known = ", ".join(names)
            raise Rejected(
                Problem(element="--rule", expected=Text(f"one of {known}", f"một trong {known}"), found=rule)
            )
        if not why.strip():
            raise Rejected(Problem(element="--why", expected=Text("a reason", "lý do")))
        if not assembly.overrules.refused(digest.lower()):
            complaints.print(_NEVER_REFUSED, style="yellow", markup=False, soft_wrap=True)
        new = assembly.overrules.add(rule, digest.lower(), why=why.strip(), operator=getpass.getuser())
        console.print(_OVERRULED if new else _KNOWN, markup=False, soft_wrap=True)


@app.command()
def overruled(config: Config = DEFAULT_CONFIG, *, as_json: AsJson = False) -> None:
    """List what was overruled, the newest first.

    lgsp rules overruled
    """
    with assembled(config) as assembly:
        facts = [
            {"digest": one.digest, "rule": one.rule, "why": one.why, "operator": one.operator, "at": one.at}
            for one in assembly.overrules.all()
        ]
        rows("Overruled", ["digest", "rule", "why", "operator", "at"], facts, as_json=as_json)


@app.command(name="take-back")
def take_back(digest: Digest, rule: RuleName, config: Config = DEFAULT_CONFIG) -> None:
    """Let a refusal count again that was overruled. What passed meanwhile has passed.

    lgsp rules take-back 9f86d0…0f00a08 --rule state-secrets
    """
    with assembled(config) as assembly:
        if not assembly.overrules.take_back(rule, digest.lower()):
            raise Rejected(Problem(element="DIGEST", expected=_ONE_OVERRULED, found=f"{digest[:80]} ({rule})"))
        console.print("The refusal counts again. Việc từ chối có hiệu lực trở lại.", soft_wrap=True)


_SHA_256 = Text("a SHA-256 in hexadecimal: 64 digits", "mã SHA-256 dạng thập lục phân gồm 64 ký tự")
_ONE_OVERRULED = Text(
    "what was overruled: see lgsp rules overruled", "văn bản đã được cho qua: xem lgsp rules overruled"
)
_NEVER_REFUSED = (
    "No document with this SHA-256 was refused so far: is it the right one? "
    "Chưa có văn bản nào với SHA-256 này bị từ chối: hãy kiểm tra lại."
)
_OVERRULED = (
    "Overruled. The sender can send exactly the same file again in a few seconds. "
    "Đã cho qua. Ít giây nữa đơn vị gửi có thể gửi lại đúng tệp đó."
)
_KNOWN = "It was overruled before; nothing changed. Đã được cho qua từ trước; không có gì thay đổi."
