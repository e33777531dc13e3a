"""The command that tells what became of a document."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from lgsp.cli.configured import DEFAULT_CONFIG, Config, assembled
from lgsp.model.attachment import AttachmentSignature
from lgsp.model.envelope import Admission
from lgsp.output import AsJson, complaints, console, for_programs, line, table
from lgsp.store.views import Trace


def trace(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The bus's dispatch id, or the sender's DocumentId.")],
    config: Config = DEFAULT_CONFIG,
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what became of a document: every recipient, every step, every status reported.

    lgsp trace "000.00.00.H03,2020/09/24,5123/UBND-KGVX"
    """
    with assembled(config) as assembly:
        found = assembly.views.trace(identifier)
        for one in found:
            if for_programs(as_json):
                line(asdict(one))
            else:
                _show(one)
    if not found:
        unknown = f"No document has the id '{identifier}'. Không có văn bản với mã này."
        complaints.print(unknown, style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1)


def _sender(found: Trace) -> str:
    """Return who sent it, how it wrote itself, and who handed it in, as far as these differ."""
    others = [f"written as {found.sender_written}"] if found.sender_written not in {"", found.sender} else []
    others += [f"handed in by {found.caller}"] if found.caller != found.sender else []
    return f"{found.sender} ({', '.join(others)})" if others else found.sender


def _show(found: Trace) -> None:
    """Print one document's way for people."""
    console.print(f"[bold]{found.dispatch_id}[/]  {found.kind} {found.document_id}", highlight=False)
    console.print(f"  {_sender(found)}: {found.subject}", markup=False, highlight=False)
    proven = f"{found.standing}, {found.verdict}" + (f", {found.signer}" if found.signer else "")
    console.print(f"  proven by {proven}; sha256 {found.digest}", markup=False, highlight=False)
    believed = [f"vouched for by {found.anchor}" * bool(found.anchor), found.revocation, found.doubt]
    if any(believed):
        console.print(f"  {'; '.join(filter(None, believed))}", markup=False, highlight=False)
    if found.admission is not Admission.ACCEPT:
        console.print(f"  [bold]{found.admission}[/]", highlight=False)
    stands = [
        (
            each.recipient,
            each.written * (each.written != each.recipient),
            each.status,
            "  ".join(filter(None, (each.progress, each.asked))),
            str(each.attempt),
            each.reference,
        )
        for each in found.deliveries
    ]
    console.print(
        table("Deliveries", ("recipient", "written_as", "status", "business", "attempt", "reference"), stands)
    )
    if found.remarks:
        told = [(remark.rule, f"{remark.text_vi}\n{remark.text_en}") for remark in found.remarks]
        console.print(table("Remarks", ("rule", "what"), told))
    asked = [
        (each.kind, each.recipient, each.state, f"{each.due:%Y-%m-%d %H:%M}", each.answer or "", each.dispatch_id)
        for each in found.requests
    ]
    if asked:
        columns = ("asked", "recipient", "state", "answer due (UTC)", "answered by", "dispatch")
        console.print(table("Recalls, updates, replacements", columns, asked))
    steps = [
        (f"{event.at:%Y-%m-%d %H:%M:%S.%f}"[:-3], event.recipient or "", event.status or "", event.detail)
        for event in found.history
    ]
    console.print(table("Steps", ("at (UTC)", "recipient", "status", "detail"), steps))
    signed = [
        (one.name, signature.role, signature.signer, _worth(signature), str(signature.stamped or signature.claimed))
        for one in found.attachments
        for signature in one.signatures
    ]
    if signed:
        console.print(table("Signatures in attachments", ("file", "by", "signer", "worth", "signed at"), signed))
    silent = [(one.name, one.outcome, one.detail) for one in found.attachments if not one.signatures]
    if silent:
        console.print(table("Attachments without signatures", ("file", "outcome", "detail"), silent))
    reports = [(report.reporter, report.code, report.reason, report.reported) for report in found.business]
    if reports:
        console.print(table("What recipients reported", ("reporter", "status", "reason", "local time"), reports))


def _worth(signature: AttachmentSignature) -> str:
    """Return one cell that tells whether to rely on a signature, and why not."""
    return "good" if signature.good else f"{signature.result}, trusted: {signature.belief} ({signature.reason})"
