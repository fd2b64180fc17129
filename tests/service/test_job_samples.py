"""Answers over time: told by an engine, or asked for by hand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.fake_provider import Answer, Reply, Request, Silence, refusal, stream_of
from tests.support.projects import run
from tests.support.training_bench import PLAN, Bench, bench
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, JobEvent, Sample
from tunedesk.services.train.job_samples import N_PROMPTS, SampleAnswer

FIRST = "ft:x:ckpt-step-1"


async def _with_checkpoint(b: Bench, *samples: Sample) -> str:
    job = await b.training.start(PLAN, b.session)
    made = Checkpoint(id="c", created_at_s=1, model=FIRST, step_number=4, samples=samples)
    await b.project.in_ledger(lambda ledger: ledger.set_checkpoints(job, [made]))
    return job


def test_an_engines_answers_stand_by_step_beside_the_rows_reply(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, kind="tunedesk") as b:
            job = await _with_checkpoint(b, Sample("Question 0?", "after"))
            told = [{"prompt": "Question 0?", "answer": "before"}, {"prompt": 3}]
            event = JobEvent(
                id="e",
                created_at_s=1,
                level="info",
                message="Sample answers before training: 1",
                data={"step": 0, "samples": told},
            )
            await b.project.in_ledger(lambda ledger: ledger.add_events(job, [event]))
            sheet = await b.training.samples.sheet(job)
            assert sheet.is_by_itself and sheet.n_missing == 0
            (line,) = sheet.lines
            assert list(line.answers) == [SampleAnswer(0, "before"), SampleAnswer(4, "after")]
            assert line.reference == "Answer 0."

    run(steps())


def test_elsewhere_base_and_checkpoints_are_asked_once_each(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            job = await _with_checkpoint(b)
            before = await b.training.samples.sheet(job)
            assert (before.n_missing, before.usd, list(before.lines)) == (2 * N_PROMPTS, None, [])
            await b.training.samples.ask(job)
            after = await b.training.samples.sheet(job)
            assert after.n_missing == 0 and len(after.lines) == N_PROMPTS
            assert [one.step for one in after.lines[0].answers] == [0, 4]
            asked = [one for one in b.server.requests if one.line == "POST /chat/completions"]
            await b.training.samples.ask(job)
            again = [one for one in b.server.requests if one.line == "POST /chat/completions"]
            assert len(again) == len(asked) == 2 * N_PROMPTS

    run(steps())


def test_before_there_is_a_checkpoint_there_is_nothing_to_ask_for(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            job = await b.training.start(PLAN, b.session)
            assert (await b.training.samples.sheet(job)).n_missing == 0
            await b.training.samples.ask(job)
            assert not b.server.count("POST /chat/completions")

    run(steps())


def test_what_was_answered_before_a_refusal_is_kept(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            job = await _with_checkpoint(b)
            b.server.chat[FIRST] = Reply({"error": {"message": "It has ended."}}, status=404)
            with pytest.raises(TunedeskError):
                await b.training.samples.ask(job)
            sheet = await b.training.samples.sheet(job)
            assert sheet.n_missing == N_PROMPTS and len(sheet.lines) == N_PROMPTS
            b.server.chat[FIRST] = Reply(stream_of("Yes."), content_type="text/event-stream")
            await b.training.samples.ask(job)
            assert (await b.training.samples.sheet(job)).n_missing == 0

    run(steps())


@pytest.mark.parametrize(
    ("answer", "n_lost"),
    [
        (Silence("rst"), 1),
        (Reply(stream_of("Half"), content_type="text/event-stream", cut_after_bytes=120), 1),
        (refusal(429, "Slow down.", **{"retry-after": "0"}), 0),
    ],
)
def test_a_question_is_written_down_before_it_is_sent_and_sent_once(
    tmp_path: Path, answer: Answer, n_lost: int
) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            job = await _with_checkpoint(b)
            written: list[int] = []

            def lose(request: Request) -> Answer | None:
                if request.line != "POST /chat/completions":
                    return None
                written.append(_n_asks(b.project.folder))
                return answer

            b.server.before = lose
            with pytest.raises(TunedeskError):
                await b.training.samples.ask(job)
            assert written == [1]
            sheet = await b.training.samples.sheet(job)
            assert (sheet.n_missing, sheet.n_lost) == (2 * N_PROMPTS, n_lost)
            b.server.before = lambda _: None
            await b.training.samples.ask(job)
            sheet = await b.training.samples.sheet(job)
            assert (sheet.n_missing, sheet.n_lost) == (0, 0)

    run(steps())


def _n_asks(folder: Path) -> int:
    """What the ledger has on the disk, read beside the app."""
    with closing(sqlite3.connect(folder / "project.tunedesk")) as database:
        return int(database.execute("SELECT count(*) FROM sample_asks").fetchone()[0])
