"""The parts of training: order, rate, threads, cutting, checkpoints, bits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from tests.support.engine import MODEL_ID, models_folder
from tests.support.engine_jobs import sample_rows
from tunedesk.engine.template import ChatTemplate
from tunedesk.engine.training.packing import micro_batches
from tunedesk.engine.training.report import Report
from tunedesk.engine.training.rows import Row, batches, read_rows
from tunedesk.engine.training.schedule import rate_at
from tunedesk.engine.training.spec import EVENTS_FILE, Line
from tunedesk.engine.training.threads import OthersLoad, ThreadChooser

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def template() -> ChatTemplate:
    return ChatTemplate(models_folder() / MODEL_ID)


def _rows(folder: Path, template: ChatTemplate, data: bytes, limit: int = 2048) -> list[Row]:
    path = folder / "train.jsonl"
    path.write_bytes(data)
    with Report(folder) as report:
        return read_rows(path, template, limit, report)


def _said(folder: Path) -> list[Line]:
    lines = (folder / EVENTS_FILE).read_bytes().split(b"\n")
    return [msgspec.json.decode(line, type=Line) for line in lines if line]


def test_the_order_depends_on_seed_and_epoch_alone(tmp_path: Path, template: ChatTemplate) -> None:
    rows = _rows(tmp_path, template, sample_rows(10))
    once = [batches(rows, 4, seed, epoch) for seed, epoch in ((1, 0), (1, 0), (1, 1), (2, 0))]
    assert once[0] == once[1]
    assert once[0] != once[2]
    assert once[0] != once[3]
    assert sorted(len(batch) for batch in once[0]) == [2, 4, 4]
    assert {id(row) for batch in once[2] for row in batch} == {id(row) for row in rows}


def test_an_overlong_row_is_cut_and_named(tmp_path: Path, template: ChatTemplate) -> None:
    long = {"messages": [{"role": "assistant", "content": "word " * 300}]}
    rows = _rows(tmp_path, template, sample_rows(1) + json.dumps(long).encode(), limit=100)
    assert [len(row.tokens) for row in rows][1] == 100
    warnings = [line for line in _said(tmp_path) if line.level == "warn"]
    assert len(warnings) == 1
    assert "Example 2 of train.jsonl is" in warnings[0].message
    assert "tokens to learn are lost" in warnings[0].message


def test_a_row_whose_answer_was_cut_away_is_left_out(
    tmp_path: Path, template: ChatTemplate
) -> None:
    question = {"role": "user", "content": "word " * 300}
    long = {"messages": [question, {"role": "assistant", "content": "y"}]}
    assert _rows(tmp_path, template, json.dumps(long).encode(), limit=100) == []
    assert "nothing to learn" in _said(tmp_path)[-1].message


def test_micro_batches_are_bounded_and_complete(tmp_path: Path, template: ChatTemplate) -> None:
    rows = _rows(tmp_path, template, sample_rows(40))
    parts = micro_batches(rows * 3)
    assert sum(len(part) for part in parts) == 120
    assert all(len(part) * max(len(row.tokens) for row in part) <= 2048 for part in parts)


def test_the_rate_warms_up_and_falls_to_a_tenth() -> None:
    rates = [rate_at(step, 100, 1e-3) for step in range(1, 101)]
    assert rates[0] == pytest.approx(2e-4)
    assert max(rates) == rates[4] == 1e-3
    assert rates[-1] == pytest.approx(1e-4)
    assert rates[4:] == sorted(rates[4:], reverse=True)
    assert rate_at(1, 1, 1e-3) == 1e-3


def test_threads_stay_at_most_on_a_quiet_machine() -> None:
    chooser, used = ThreadChooser(2, lambda: 0.1), []
    for _ in range(40):
        used.append(chooser.next())
        chooser.observe(used[-1], 0.8 if used[-1] == 2 else 1.3, 100)
    assert used.count(1) <= 2


def test_threads_give_way_on_a_busy_machine_and_come_back() -> None:
    others = [0.0]
    chooser, used = ThreadChooser(2, lambda: others[0]), []
    for step in range(80):
        busy = 20 <= step < 50
        others[0] = 1.5 if busy else 0.2
        used.append(chooser.next())
        chooser.observe(used[-1], (3.0 if busy else 0.8) if used[-1] == 2 else 1.3, 100)
    assert used[30:50].count(1) >= 18
    assert used[-15:].count(2) >= 13


def test_where_every_core_is_taken_one_thread_is_used_from_the_start() -> None:
    chooser = ThreadChooser(2, lambda: 2.0)
    assert chooser.calm() == 1
    for _ in range(20):
        assert chooser.next() == 1
        chooser.observe(1, 1.3, 100)


def test_the_load_of_others_leaves_out_our_own() -> None:
    others = OthersLoad()
    end_s = time.monotonic() + 1
    while time.monotonic() < end_s:
        pass
    alone = others()
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        time.sleep(1)  # what is measured is time itself
        beside = others()
        busy.kill()
    assert 0 <= alone <= (os.cpu_count() or 1)
    assert beside > 0.3
