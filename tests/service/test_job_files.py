"""What is saved from a job's page."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.support.projects import run
from tests.support.training_bench import PLAN, bench
from tunedesk.core.errors import TunedeskError
from tunedesk.services.train.job_files import as_table

TABLE = b"step,train_loss\n1,2.5\n"


@pytest.mark.parametrize("sent", [TABLE, base64.b64encode(TABLE)])
def test_the_result_file_is_saved_as_the_table_it_is(tmp_path: Path, sent: bytes) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            local_id = await b.training.start(PLAN, b.session)
            b.server.files.append({"id": "file-9", "content": sent})
            b.set_status("succeeded", result_files=["file-9"], fine_tuned_model="ft:x")
            await b.reach("succeeded")
            target = tmp_path / "results.csv"
            await b.training.files.save_result(local_id, target)
            assert target.read_bytes() == TABLE

    run(steps())


def test_a_job_without_one_says_so(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            local_id = await b.training.start(PLAN, b.session)
            with pytest.raises(TunedeskError) as caught:
                await b.training.files.save_result(local_id, tmp_path / "results.csv")
            assert caught.value.code == "no_result"

    run(steps())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            with pytest.raises(TunedeskError) as caught:
                await b.training.files.write(tmp_path / "nowhere" / "curve.csv", b"")
            assert "nowhere" in caught.value.what

    run(steps())


def test_a_table_of_plain_letters_is_not_taken_for_base64() -> None:
    assert as_table(b"c3RlcA") == b"c3RlcA"
    assert as_table(b"step,train_loss\n") == b"step,train_loss\n"
