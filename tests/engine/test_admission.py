"""Who may begin: bounded by memory and number, one base at a time, nobody forever last."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tunedesk.engine.generation.admission import Admission

pytestmark = pytest.mark.engine

BUDGET = 100


class Asking(msgspec.Struct, frozen=True):
    """A request as admission sees it."""

    base_folder: str
    room_tokens: int = 10
    name: int = 0


def _queue(*asking: Asking) -> Admission[Asking]:
    queue: Admission[Asking] = Admission()
    for one in asking:
        queue.add(one)
    return queue


def _begin_all(queue: Admission[Asking], running: list[Asking]) -> list[Asking]:
    while found := queue.next(running, BUDGET):
        running.append(found)
    return running


def test_four_begin_and_the_fifth_waits_for_one_to_end() -> None:
    queue = _queue(*(Asking("a", name=at) for at in range(5)))
    running = _begin_all(queue, [])
    assert [one.name for one in running] == [0, 1, 2, 3]
    assert [one.name for one in _begin_all(queue, running[1:])] == [1, 2, 3, 4]


def test_what_does_not_fit_waits_and_the_small_go_ahead() -> None:
    queue = _queue(Asking("a", 70), Asking("a", 60), Asking("a", 20))
    assert [one.room_tokens for one in _begin_all(queue, [])] == [70, 20]


def test_one_larger_than_all_memory_runs_alone() -> None:
    queue = _queue(Asking("a", 500), Asking("a", 1))
    assert [one.room_tokens for one in _begin_all(queue, [])] == [500]


def test_another_base_waits_until_nobody_runs() -> None:
    queue = _queue(Asking("a", name=0), Asking("b", name=1), Asking("a", name=2))
    assert [one.name for one in _begin_all(queue, [])] == [0, 2]
    assert queue.next([], BUDGET) == Asking("b", name=1)


def test_who_was_overtaken_eight_times_is_overtaken_no_more() -> None:
    queue = _queue(Asking("b"))
    running = [Asking("a")]
    for _ in range(8):
        queue.add(Asking("a"))
        assert queue.next(running, BUDGET) == Asking("a")
    queue.add(Asking("a"))
    assert queue.next(running, BUDGET) is None
    assert queue.next([], BUDGET) == Asking("b")


def test_those_who_leave_are_given_back() -> None:
    queue = _queue(Asking("a", name=1), Asking("a", name=2), Asking("a", name=3))
    assert [one.name for one in queue.leave(lambda one: one.name != 2)] == [1, 3]
    assert len(queue) == 1
    assert queue.next([], BUDGET) == Asking("a", name=2)


@given(st.lists(st.builds(Asking, st.sampled_from("abc"), st.integers(1, 150)), max_size=20))
def test_everybody_begins_some_day_and_the_bounds_hold(asking: list[Asking]) -> None:
    queue = _queue(*asking)
    running: list[Asking] = []
    n_begun = 0
    while len(queue) or running:
        before = len(running)
        running = _begin_all(queue, running)
        n_begun += len(running) - before
        assert len(running) <= 4
        assert len({one.base_folder for one in running}) <= 1
        assert sum(min(one.room_tokens, BUDGET) for one in running) <= BUDGET
        running.pop(0)
    assert n_begun == len(asking)
