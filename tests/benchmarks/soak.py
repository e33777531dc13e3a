"""`python -m tests.benchmarks.soak`: an hour under load, and whether any process holds more memory at its end."""

from __future__ import annotations

import argparse
import threading
import time
from collections import defaultdict
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.table import Table

from signing import KeyKind
from tests.benchmarks import kept, plot
from tests.benchmarks.carrying import Carrying
from tests.benchmarks.cpu import memory_mebibytes
from tests.benchmarks.ground import about, prepared
from tests.benchmarks.papers import Form, Papers, make_keys, make_papers
from tests.benchmarks.ways import the_bus

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    #: Minutes since the beginning, and MiB.
    Points = list[tuple[float, float]]

_WARM: Final = 400
_TRIED: Final = 2000
#: How many seconds' documents are signed at a time, while the ones before are sent.
_PORTION_SECONDS: Final = 10
#: What memory may grow by from the first quarter to the last.
_GOAL: Final = 0.05


def main() -> None:
    """Run as the command line says."""
    wanted = _arguments()
    console = Console(stderr=True)
    with prepared() as (ground, brokers):
        keys = make_keys(ground.folder, KeyKind.P_256)  # signing them must not be most of the work
        papers, facts = Papers(ground.folder / "soak.papers"), about(ground)
        papers.add(chain.from_iterable(make_papers(keys, range(_WARM + _TRIED), Form())))
        with the_bus(ground) as way, closing(Carrying(ground, way, brokers, papers)) as carrying:
            carrying.warm(range(_WARM))
            figure = carrying.measured(range(_WARM, _WARM + _TRIED), lambda _: None)
            rate = wanted.load * figure.rate
            console.print(f"{figure.rate:,.0f} documents/s at most; {rate:,.0f}/s for {wanted.minutes:g} minutes")
            load = _Load(carrying, papers, keys, rate)
            load.start()
            points = _watch(carrying.pids, wanted.minutes, wanted.every, load)
            load.stop()
            carrying.wait_for(load.sent, lambda _: None)
    facts |= {"load": f"{load.sent:,} documents of 3 KB, {rate:,.0f}/s, {wanted.load:.0%} of {figure.rate:,.0f}/s"}
    _show(facts, points)
    file = wanted.json or kept.PLACE / f"soak-{datetime.now(UTC):%Y-%m-%dT%H%M}.json"
    kept.keep({**facts, "mebibytes": points}, file)
    picture = plot.lines("Memory of each process under load", f"{facts['load']}, {facts['date']}", points, "MiB")
    file.with_suffix(".svg").write_text(picture, encoding="utf-8")
    console.print(f"kept in {file}", highlight=False)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="(default: %(default)s)")
    parser.add_argument("--load", type=float, default=0.7, help="of what is measured first (default: %(default)s)")
    parser.add_argument("--every", type=float, default=10, help="seconds between two looks (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the figures there, not in var/bench")
    return parser.parse_args()


class _Load(threading.Thread):
    """Sends at a rate, whatever becomes of it, and signs what comes next meanwhile."""

    def __init__(self, carrying: Carrying, papers: Papers, keys: Path, rate: float) -> None:
        super().__init__(name="load", daemon=True)
        self._carrying, self._papers, self._keys, self._rate = carrying, papers, keys, rate
        self._over = threading.Event()
        #: How many documents were sent.
        self.sent = 0

    def run(self) -> None:
        portion = self._signed()
        while not self._over.is_set():
            signing = _Signing(self._signed)
            signing.start()
            self._carrying.send_evenly(portion, self._rate)
            self.sent += len(portion)
            portion = signing.done()

    def stop(self) -> None:
        """Return once the portion in hand is sent."""
        self._over.set()
        self.join()

    def _signed(self) -> range:
        numbers = range(len(self._papers), len(self._papers) + round(self._rate * _PORTION_SECONDS))
        self._papers.add(chain.from_iterable(make_papers(self._keys, numbers, Form())))
        return numbers


class _Signing(threading.Thread):
    """Signs beside the sending."""

    def __init__(self, work: Callable[[], range]) -> None:
        super().__init__(name="signing", daemon=True)
        self._work = work
        self._numbers = range(0)

    def run(self) -> None:
        self._numbers = self._work()

    def done(self) -> range:
        """Return what was signed, once it is."""
        self.join()
        return self._numbers


def _watch(
    pids: Mapping[str, Sequence[int]], minutes: float, every: float, load: threading.Thread
) -> dict[str, Points]:
    points: dict[str, Points] = defaultdict(list)
    begun = time.monotonic()
    while (past := (time.monotonic() - begun) / 60) < minutes:
        assert load.is_alive(), "nothing is sent any more"
        for name, roots in pids.items():
            points[name].append((past, sum(map(memory_mebibytes, roots))))
        time.sleep(every)
    return points


def _show(facts: Mapping[str, str], points: Mapping[str, Points]) -> None:
    console = Console(width=120)
    for name, value in facts.items():
        console.print(f"[bold]{name:<12}[/] {value}", highlight=False)
    table = Table(title="memory, MiB", title_justify="left")
    for heading in ("", "first quarter", "last quarter", "change", "goal"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, line in points.items():
        quarter = max(1, len(line) // 4)
        first, last = (mean(value for _, value in part) for part in (line[:quarter], line[-quarter:]))
        change = last / first - 1
        judged = f"{'within' if change <= _GOAL else 'OVER'} {_GOAL:.0%}"
        table.add_row(name, f"{first:,.1f}", f"{last:,.1f}", f"{change:+.1%}", judged)
    console.print(table)


if __name__ == "__main__":
    main()
