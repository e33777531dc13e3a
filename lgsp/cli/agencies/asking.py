"""What the commands about agencies ask for alike."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from lgsp.model.agency import AgencyCode
from lgsp.model.errors import Misconfigured, Problem
from lgsp.model.text import Text
from lgsp.stages.policy import VIETNAM

if TYPE_CHECKING:
    from lgsp.assembly import Assembly
    from lgsp.model.agency import Agency

Code = Annotated[str, typer.Argument(help="National code, e.g. 000.00.11.H03 or H03.11.")]

_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]
Since = Annotated[
    datetime | None, typer.Option("--from", formats=_MOMENTS, help="From then on (Vietnam time); now when left out.")
]
Until = Annotated[
    datetime | None, typer.Option(formats=_MOMENTS, help="Until before then (Vietnam time); for ever when left out.")
]
At = Annotated[
    datetime | None, typer.Option("--at", formats=_MOMENTS, help="As it was then (Vietnam time); now when left out.")
]


def moment(written: datetime | None) -> datetime | None:
    """Read a moment without a zone as Vietnam time."""
    return written if written is None or written.tzinfo else written.replace(tzinfo=VIETNAM)


def shown(at: datetime | None) -> str:
    """Return a moment as people read it, in Vietnam time; nothing for a side without end."""
    return "" if at is None else f"{at.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")


def known(assembly: Assembly, code: str) -> Agency:
    """Return the agency that answers to a code now, or refuse."""
    found = assembly.directory.find(AgencyCode(code))
    if found is None:
        cure = Text("see: lgsp agency list", "xem: lgsp agency list")
        refuse(f"agency {code}", Text("a registered agency", "đơn vị đã đăng ký"), code, cure)
    return found


def refuse(element: str, expected: Text, found: str, cure: Text | None = None) -> NoReturn:
    """Tell the operator what is wrong."""
    raise Misconfigured(Problem(element=element, expected=expected, found=found, cure=cure))
