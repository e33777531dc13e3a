"""Who waits for SQLite's write lock gets it in the order of asking."""

from __future__ import annotations

import threading
import time

from lgsp.store.turns import Turns


def test_the_turn_goes_to_who_has_waited_longest() -> None:
    turns, order = Turns(), []
    threads = []

    def work(number: int) -> None:
        with turns:
            order.append(number)

    with turns:
        for number in range(8):
            threads.append(threading.Thread(target=work, args=(number,)))
            threads[-1].start()
            while len(turns._waiting) <= number:
                time.sleep(0.001)
    for thread in threads:
        thread.join()
    assert order == list(range(8))


def test_two_never_have_the_turn_and_a_failure_hands_it_on() -> None:
    turns, inside, most = Turns(), [], []

    def work() -> None:
        for _ in range(200):
            try:
                with turns:
                    inside.append(1)
                    most.append(len(inside))
                    inside.pop()
                    raise ValueError  # noqa: TRY301 - what happens inside
            except ValueError:
                pass

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(most) == 800
    with turns:
        pass
