"""The frozen rows of jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.projects import run
from tests.support.training_bench import N_TEST, PLAN, bench
from tunedesk.core.errors import TunedeskError
from tunedesk.core.rows import prompt_digest
from tunedesk.services.train.job_rows import FrozenRow, difference


def test_they_are_what_was_sent_whatever_becomes_of_the_dataset(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            job = await b.training.start(PLAN, b.session)
            train, test = await b.training.rows.of(job)
            assert (len(train), len(test)) == (20 - N_TEST, N_TEST)
            assert train.row(1) == FrozenRow("Question 3?", "Answer 3.")
            assert test.row(3) == FrozenRow("Question 2?", "Answer 2.")
            digest = await b.training.rows.prompt_digest(job, "train", 1)
            assert digest == prompt_digest(b.session.row(3))
            same = difference([train, test], [test, train])
            assert (same.only_here, same.only_there, same.n_both) == ([], [], 20)
            found = difference([train, test], [test])
            assert len(found.only_here) == 20 - N_TEST and found.only_here[0] == ("train", 1)
            with pytest.raises(TunedeskError):
                await b.training.rows.prompt_digest(job, "train", 99)
            train.path.unlink()
            assert train.row(1) == FrozenRow("", "")
            with pytest.raises(TunedeskError):
                await b.training.rows.of(job)

    run(steps())
