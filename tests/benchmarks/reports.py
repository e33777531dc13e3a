"""How fast a report is over two million documents: `python -m tests.benchmarks.reports [DOCUMENTS]`.

The documents are those that `lgsp simulate` plans, counted by the rules that count real ones, but without being written
or signed: what is measured is counting, and reading what was counted.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from lgsp.calendar import calendar_of
from lgsp.output import console
from lgsp.reports.cells import Counted
from lgsp.reports.forms import as_html, as_xlsx
from lgsp.reports.making import province_report
from lgsp.settings import CalendarSection
from lgsp.simulate.plan import DOCUMENTS, Plan
from lgsp.store import open_engine, upgrade
from lgsp.store.tallies import Delivered, Document, Tallies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lgsp.simulate.events import Letter
    from lgsp.store.tallies import Facts

_AT_ONCE = 20_000


def main(documents: int) -> None:
    """Count so many documents, then make reports of them."""
    rules = Counted(province=("H03", "A44", "D44"), targets={1: 30, 2: 10, 3: 5, 4: 5})
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/lgsp.db")
        upgrade(engine)
        tallies = Tallies(engine)
        facts = _facts(documents)
        counting = _timed("count all", lambda: _count(tallies, rules, facts))
        console.print(f"  {documents / counting:,.0f} documents a second of CPU")
        size = Path(engine.url.database or "").stat().st_size / 2**20
        console.print(f"  {size:,.0f} MiB")
        names: dict[str, str] = {body.code: body.name for body in Plan(1, 7, calendar_of(CalendarSection())).bodies}
        made = province_report(tallies, since="2020-01-01", until="2020-09-23", names=names)
        console.print(f"  {made.figures[0].value:,} documents, {len(made.section('by_agency').rows)} agencies")
        for name, since, until in (
            ("report, nine months", "2020-01-01", "2020-09-23"),
            ("one month", "2020-08-01", "2020-08-31"),
        ):
            _timed(name, partial(province_report, tallies, since=since, until=until, names=names))
        _timed("page", lambda: as_html(made, "vi"))
        _timed("workbook", lambda: as_xlsx(made, "vi"))
        engine.dispose()


def _count(tallies: Tallies, rules: Counted, facts: Iterator[tuple[tuple[str, str], Facts]]) -> None:
    while part := list(islice(facts, _AT_ONCE)):
        tallies.add(part, rules)


def _facts(documents: int) -> Iterator[tuple[tuple[str, str], Facts]]:
    plan = Plan(documents / DOCUMENTS, 7, calendar_of(CalendarSection()))
    random = Random(7)
    for letter in plan._letters(Random(7)):
        yield ("dispatch", f"{letter.serial:032x}"), _document(letter, random)


def _document(letter: Letter, random: Random) -> Document:
    progress = random.choices(("", "01", "03", "04", "05", "06"), (5, 4, 22, 14, 15, 40), k=len(letter.recipients))
    return Document(
        day=str((letter.at + timedelta(0)).date()),
        sender=letter.sender.code,
        level=letter.sender.level,
        bloc=letter.sender.bloc,
        verdict="valid" if letter.signed else "absent",
        admission="accept" if letter.signed else "for-information",
        paper=("on-request" if letter.paper.reason else "list") if letter.paper else "",
        business=letter.business,
        priority=letter.priority,
        deliveries=tuple(
            Delivered(
                to.code, to.level, to.bloc, "taken" if far else "delivered", far, random.randrange(20_000), 180_000
            )
            for to, far in zip(letter.recipients, progress, strict=True)
        ),
    )


def _timed(name: str, work: Callable[[], object]) -> float:
    began, wall = time.process_time(), time.perf_counter()
    work()
    spent = time.process_time() - began
    console.print(f"{name:24}{spent:10.3f} s of CPU{time.perf_counter() - wall:10.3f} s")
    return spent


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000)
