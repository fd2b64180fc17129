"""Who has its turn when: a real worker with a model that costs nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from tests.support.engine import MODEL_ID, models_folder
from tests.support.generation_fakes import FakeModel, WorkerUnderTest, start_order
from tunedesk.engine.generation import worker as worker_module
from tunedesk.engine.generation.protocol import (
    Accepted,
    Cancel,
    Done,
    Ended,
    Piece,
    Refused,
    Sampling,
)

pytestmark = pytest.mark.engine

LONG = "word and thing " * 900


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerUnderTest]:
    FakeModel.reset()
    monkeypatch.setattr(worker_module, "ServedModel", FakeModel)
    made = WorkerUnderTest(tmp_path / "locks")
    yield made
    made.stop()


def _runs() -> list[tuple[str | None, int]]:
    """Whose turn followed whose, and how many tokens each turn took."""
    runs = groupby(FakeModel.steps, lambda step: step[0])
    return [(name, sum(n for _, n in steps)) for name, steps in runs]


def test_a_long_prompt_lets_the_other_speak_between_its_slices(worker: WorkerUnderTest) -> None:
    worker.begin_together(start_order("short", max_tokens=100), start_order("long", LONG))
    worker.until(Done, 2)
    while_both = _runs()[: [name for name, _ in _runs()].index("long") + 20]
    assert len(while_both) > 20
    assert max(n for name, n in while_both if name == "long") <= 256
    assert sum(n for name, n in FakeModel.steps if name == "long") > 2700


def test_two_take_turns_of_a_few_tokens(worker: WorkerUnderTest) -> None:
    worker.begin_together(start_order("a", max_tokens=40), start_order("b", max_tokens=40))
    worker.until(Done, 2)
    assert len(_runs()) > 16


def test_at_most_four_run_and_the_others_follow_in_order(worker: WorkerUnderTest) -> None:
    names = [f"r{at}" for at in range(7)]
    worker.begin_together(*(start_order(name, max_tokens=20) for name in names))
    said = worker.until(Done, 7)
    assert [one.id for one in said if isinstance(one, Done)] == names
    begun: set[str | None] = set()
    over: set[str | None] = set()
    last_step = {name: at for at, (name, _) in enumerate(FakeModel.steps)}
    for at, (name, _) in enumerate(FakeModel.steps):
        begun.add(name)
        assert len(begun - over) <= 4
        if last_step[name] == at:
            over.add(name)


def test_a_prompt_is_read_once_for_all_choices(worker: WorkerUnderTest) -> None:
    worker.send(start_order("n", n=3, max_tokens=5))
    worker.start()
    said = worker.until(Done)
    accepted, done = said[0], said[-1]
    assert isinstance(accepted, Accepted)
    assert isinstance(done, Done)
    assert FakeModel.steps[0] == ("n", accepted.prompt_tokens)
    assert len(FakeModel.steps) == 1 + 3 * 4  # the first tokens come with the prompt
    assert done.completion_tokens == 15
    assert [one.index for one in said if isinstance(one, Ended)] == [0, 1, 2]
    first_pieces = [one.index for one in said if isinstance(one, Piece)][:6]
    assert first_pieces == [0, 1, 2, 0, 1, 2]


def test_two_bases_asked_in_turn_are_not_loaded_in_turn(
    worker: WorkerUnderTest, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(
        models_folder() / MODEL_ID, other, ignore=shutil.ignore_patterns("*.safetensors")
    )
    orders = [
        start_order(f"{at}", **({"base_folder": str(other)} if at % 2 else {})) for at in range(6)
    ]
    worker.begin_together(*orders)
    worker.until(Done, 6)
    assert FakeModel.loaded == [MODEL_ID, "other"]


def test_one_that_runs_out_of_memory_is_refused_and_the_others_go_on(
    worker: WorkerUnderTest,
) -> None:
    FakeModel.fails = {
        "big": RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
        "odd": MemoryError(),
    }
    worker.begin_together(*(start_order(name, max_tokens=200) for name in ("big", "good", "odd")))
    refused = [one for one in worker.until(Refused, 2) if isinstance(one, Refused)]
    assert {one.id for one in refused} == {"big", "odd"}
    assert {one.code for one in refused} == {"out_of_memory"}
    assert all("not enough free memory" in one.message for one in refused)
    assert worker.until(Done)[-1].id == "good"


def test_a_cancelled_one_says_nothing_more(worker: WorkerUnderTest) -> None:
    worker.send(start_order("gone", max_tokens=None), Cancel(id="gone"), start_order("next"))
    worker.start()
    said = worker.until(Done)
    assert said[-1].id == "next"
    assert FakeModel.steps.count(("gone", 1)) < 8
    worker.send(Cancel(id="gone"), Cancel(id="never heard of"), start_order("last"))
    assert worker.until(Done)[-1].id == "last"


def test_garbage_lines_are_left_out(
    worker: WorkerUnderTest, capsys: pytest.CaptureFixture[str]
) -> None:
    worker.start()
    worker.send_raw(b'\xff\xfe\n{}\n{"type": "start"}\nnot json\n' + b"x" * 100_000 + b"\n\n")
    worker.send(start_order("sound"))
    assert worker.until(Done)[-1].id == "sound"
    assert capsys.readouterr().err.count("was not understood and left out") == 6


def test_a_reply_may_fill_the_context_and_ends_there(worker: WorkerUnderTest) -> None:
    worker.send(start_order("fills", LONG * 3, max_tokens=None))
    worker.start()
    said = worker.until(Done)
    assert isinstance(said[0], Accepted)
    assert isinstance(said[-1], Done)
    assert isinstance(said[-2], Ended)
    assert said[-2].finish_reason == "length"
    assert said[0].prompt_tokens + said[-1].completion_tokens == 8192


def test_a_prompt_beyond_the_context_is_refused_in_openais_words(worker: WorkerUnderTest) -> None:
    worker.send(start_order("over", LONG * 4))
    worker.start()
    (refused,) = worker.until(Refused)
    assert isinstance(refused, Refused)
    assert (refused.status, refused.code) == (400, "context_length_exceeded")
    assert refused.message.startswith(
        "This model's maximum context length is 8192 tokens. However, your messages resulted in"
    )


def test_a_bias_for_no_token_is_refused(worker: WorkerUnderTest) -> None:
    worker.send(start_order("odd", sampling=Sampling(logit_bias={10**6: 1.0})))
    worker.start()
    (refused,) = worker.until(Refused)
    assert isinstance(refused, Refused)
    assert (refused.status, refused.param) == (400, "logit_bias")
