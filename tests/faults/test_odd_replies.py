"""N7: replies with anything in them harm nothing, and refusals of a start are explained."""

from __future__ import annotations

import asyncio
import gc
import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.fake_provider import Reply, Request, event, refusal
from tests.support.hostile_streams import spoil_value
from tests.support.projects import fake_providers, run
from tests.support.seeds import replayable, seeds
from tests.support.training_bench import CREATE, PLAN, Bench, bench, fail_creation
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.comparison import Comparison
from tunedesk.services.train.training import NOT_STARTED, Training

BATCH = 25
STATUSES = [
    "paused",
    "pausing",
    "compressing",
    "pending_cancel",
    "QUEUED",
    "",
    "succeeded",
    "\u202e",
]
CHECKPOINT = {
    "id": "c1",
    "object": "fine_tuning.job.checkpoint",
    "created_at": 1,
    "fine_tuned_model_checkpoint": "ft:base-1:me:x:1:ckpt-step-1",
    "step_number": 1,
    "metrics": {"full_valid_loss": 2.5},
}


@pytest.mark.parametrize("first", range(0, 100, BATCH))
def test_mutated_replies_never_reach_the_default_handler(
    tmp_path: Path, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunedesk.services.train.job_lookup._REMOTE_PAUSE_S", 0.0)
    monkeypatch.setattr("openai._base_client.INITIAL_RETRY_DELAY", 0.0)
    monkeypatch.setattr("tunedesk.services.train.uploading.PROCESSING_S", 0.0)

    async def steps() -> None:
        unhandled: list[dict[str, Any]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, told: unhandled.append(told))
        async with bench(tmp_path) as b:
            await b.session.check()
            await b.project.in_ledger(lambda led: led._database.run("PRAGMA synchronous = OFF"))
            for seed in seeds(first, first + BATCH):
                with replayable(seed):
                    await everything(b, random.Random(seed))
                    assert not unhandled
            gc.collect()  # tasks whose exception nobody looked at tell now
            await asyncio.sleep(0)
            assert not unhandled

    run(steps())


async def everything(b: Bench, chance: random.Random) -> None:
    """All that a person would do with a job, while replies are not what they should be."""
    n_asked = b.server.count(CREATE)
    b.server.events = [event(0), event(1, step=1, total_steps=2, train_loss=2.0)]
    b.server.checkpoints = [dict(CHECKPOINT)]
    training = b.new_training()
    b.server.spoil = lambda request, usual: spoiled(chance, usual)
    await in_words(training.base_models("fake"))
    await in_words(training.start(PLAN, b.session))
    for job in b.server.jobs:
        job["status"] = chance.choice(STATUSES)
    for record in await training.jobs():
        await in_words(training._monitor.look_now(record.local_id))
        await training.view(record.local_id)
    newest = (await training.jobs())[:1]
    for record in newest:
        await in_words(training.cancel(record.local_id))
    await in_words(Comparison(b.project, b.providers, b.place.background).contenders())
    await in_words((await b.providers.get("fake")).files.all())
    await training.close()
    b.server.behave()
    assert b.server.count(CREATE) <= n_asked + 1
    b.server.jobs.clear()
    b.server.files.clear()
    await b.project.in_ledger(lambda ledger: ledger._database.run("DELETE FROM jobs"))


async def in_words(asked: Any) -> None:
    """An error is one that can be shown."""
    try:
        await asyncio.wait_for(asked, 60)
    except TunedeskError as error:
        assert error.title
        assert error.what
        assert error.next_step


def spoiled(chance: random.Random, usual: Reply) -> Reply:
    if chance.random() < 0.4 or "json" not in usual.headers["Content-Type"]:
        return usual
    body = json.loads(usual.body)
    for _ in range(chance.randint(1, 3)):
        spoil_value(chance, body)
    if chance.random() < 0.15:
        body = chance.choice([None, [], "text", 5, {}, {"data": None}, {"data": [None, 1, "x"]}])
    status = chance.choice([usual.status] * 9 + [202])
    return Reply(
        body, status, content_type=chance.choice(["application/json"] * 9 + ["text/plain"])
    )


REFUSALS = {
    "forbidden": (refusal(403, "You are not allowed to create jobs."), "not_allowed"),
    "unknown": (refusal(404, "The model `base-1` does not exist."), "cannot_tune_this"),
    "gone": (refusal(410, "This endpoint was removed."), "closed_for_you"),
    "closed, 403": (
        refusal(403, "Fine-tuning is closed to new customers.", "fine_tuning_closed"),
        "closed_for_you",
    ),
    "closed, 400": (
        refusal(400, "Fine-tuning is no longer accepting new customers."),
        "closed_for_you",
    ),
    "a page": (
        Reply(b"<html>Gone</html>", 410, content_type="text/html"),
        "closed_for_you",
    ),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refused_start_is_explained_with_a_next_step(tmp_path: Path, case: str) -> None:
    answer, code = REFUSALS[case]

    async def steps() -> None:
        async with bench(tmp_path) as b:
            fail_creation(b.server, is_done=False, answer=answer)
            with pytest.raises(TunedeskError) as caught:
                await b.training.start(PLAN, b.session)
            assert caught.value.code == code
            record = await b.job()
            assert record.status == NOT_STARTED
            for words in (caught.value.title, caught.value.what, caught.value.next_step):
                assert words
                assert words in (record.error or "")
            assert b.server.count(CREATE) == 1

    run(steps())


def at(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, 12, tzinfo=UTC).timestamp() * 1000)


LAST_DAY = at(2027, 1, 6)
OPENAI_PLAN = msgspec.structs.replace(PLAN, provider_id="openai")


@pytest.mark.parametrize(
    ("now_ms", "code"), [(LAST_DAY, "closing"), (LAST_DAY + 86_400_000, "closed")]
)
def test_after_openais_last_day_nothing_is_sent_and_the_reason_is_said(
    tmp_path: Path, now_ms: int, code: str
) -> None:
    async def steps() -> None:
        async with (
            bench(tmp_path) as b,
            fake_providers(b.place, b.server, id="openai", name="OpenAI") as providers,
        ):
            b.place.now_ms = now_ms
            training = Training(b.project, providers, b.place.background, b.place.clock)
            ready = await training.readiness(OPENAI_PLAN, b.session)
            (check,) = [one for one in ready.checks if one.code == code]
            assert check.args["day"] == "2027-01-06"
            assert ready.can_start == (code == "closing")
            if code == "closed":
                b.server.requests.clear()
                with pytest.raises(TunedeskError, match="closed"):
                    await training.start(OPENAI_PLAN, b.session)
                assert not b.server.requests
            await training.close()

    run(steps())


def test_a_refusal_after_the_last_day_says_that_it_is_everybodys(tmp_path: Path) -> None:
    """The clock went on between the check and the answer."""

    def midnight(request: Request) -> Reply | None:
        if request.line != CREATE:
            return None
        return refusal(404, "Not found")

    async def steps() -> None:
        async with (
            bench(tmp_path) as b,
            fake_providers(b.place, b.server, id="openai", name="OpenAI") as providers,
        ):
            b.place.now_ms = LAST_DAY
            training = Training(b.project, providers, b.place.background, b.place.clock)

            def answer(request: Request) -> Reply | None:
                if request.line == CREATE:
                    b.place.now_ms = LAST_DAY + 86_400_000
                return midnight(request)

            b.server.before = answer
            with pytest.raises(TunedeskError) as caught:
                await training.start(OPENAI_PLAN, b.session)
            assert caught.value.code == "closed_for_all"
            assert "06 January 2027" in caught.value.what
            await training.close()

    run(steps())
