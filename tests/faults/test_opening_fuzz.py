"""D6: whatever a file holds, it opens: no row is lost or changed, each bad one is told by its
number and the reason as the command tells it, and closing leaves the file as it was."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.support.fuzzed_rows import LINES, must_be_told, mutated
from tests.support.projects import home, project, run
from tunedesk.core.issues import Issue
from tunedesk.core.lines import iter_rows
from tunedesk.core.validation import check_row
from tunedesk.services.dataset.session import DatasetSession, open_session

N_FILES = 600
N_BATCHES = 4
CHECKED_EVERY = 25  # by all rules, with the tokens and the look for rows that are alike


@pytest.mark.parametrize("batch", range(N_BATCHES))
def test_fuzzed_files_open_line_by_line(tmp_path: Path, batch: int) -> None:
    async def steps() -> None:
        path = tmp_path / "rows.jsonl"
        path.write_bytes(b"")
        async with home(tmp_path) as place, project(place) as made:
            info = await made.add_dataset(path)
            for number in range(N_FILES // N_BATCHES):
                seed = f"opening {batch}.{number}"
                content = mutated(random.Random(seed))
                path.write_bytes(content)
                opened = await open_session(made, info)
                _look_at(opened, content, seed)
                if number % CHECKED_EVERY == 0:
                    await opened.check()
                    _judge(opened, content, seed)
                await opened.close()
                assert path.read_bytes() == content, seed

    run(steps())


def _look_at(opened: DatasetSession, content: bytes, hint: str) -> None:
    """Before any check: rows as the table and the row view ask for them."""
    rows = list(iter_rows(content))
    assert [opened.row(i) for i in range(len(opened))] == rows, hint
    for index, row in enumerate(rows):
        opened.summary(index)
        assert opened.issues_of(index) == check_row(row, index + 1), hint
        is_bad = any(issue.severity == "error" for issue in check_row(row, index + 1))
        assert (opened.state(index).status == "error") == is_bad, hint
        assert is_bad or not must_be_told(row), hint


def _judge(opened: DatasetSession, content: bytes, hint: str) -> None:
    """After it: bad lines are told in the list, good ones have tokens and can be taught."""
    told: dict[int, list[Issue]] = {}
    for issue in opened.issues():
        told.setdefault(issue.row, []).append(issue)
    for number, row in enumerate(iter_rows(content), 1):
        if must_be_told(row):
            assert any(issue.severity == "error" for issue in told[number]), hint
            assert all(issue.message and issue.fix for issue in told[number]), hint
        elif row in LINES:
            assert opened.state(number - 1).tokens, f"{hint}: line {number}"
    assert opened.counts().all == len(opened)
