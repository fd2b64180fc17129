"""Every method of the installed official client is either served or listed as refused."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.support.engine import MODEL_ID, EngineUnderTest, wait_for_job
from tests.support.engine_jobs import TrainedJob, create_tiny_job, sample_rows, upload
from tests.support.sdk_walk import call, methods
from tunedesk.engine.api.refused import REFUSED

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

ROWS = sample_rows(12)
NAMES = sorted(methods(AsyncOpenAI(api_key="none", admin_api_key="none")))
_FEW_WORDS: Any = {"messages": [{"role": "user", "content": "Say yes."}], "temperature": 0}

Served = Callable[[AsyncOpenAI, TrainedJob], Awaitable[Any]]


async def _announced(client: AsyncOpenAI) -> str:
    made = await client.uploads.create(
        bytes=len(ROWS), filename="a.jsonl", mime_type="text/jsonl", purpose="fine-tune"
    )
    assert made.status == "pending"
    return made.id


async def _retrieve_content(client: AsyncOpenAI, _: TrainedJob) -> None:
    with pytest.warns(DeprecationWarning):
        text = await client.files.retrieve_content(await upload(client, ROWS))
    assert text == ROWS.decode()


async def _content(client: AsyncOpenAI, _: TrainedJob) -> None:
    assert (await client.files.content(await upload(client, ROWS))).content == ROWS


async def _list_files(client: AsyncOpenAI, _: TrainedJob) -> None:
    made = [await upload(client, ROWS) for _ in range(2)]
    oldest = [file.id async for file in client.files.list(order="asc", purpose="fine-tune")]
    newest = [file.id async for file in client.files.list(limit=1)]
    assert oldest[-2:] == made
    assert newest[:2] == made[::-1]


async def _delete_file(client: AsyncOpenAI, _: TrainedJob) -> None:
    assert (await client.files.delete(await upload(client, ROWS))).deleted


async def _retrieve_file(client: AsyncOpenAI, _: TrainedJob) -> None:
    assert (await client.files.retrieve(await upload(client, ROWS))).status == "processed"


async def _wait_for_processing(client: AsyncOpenAI, _: TrainedJob) -> None:
    file_id = await upload(client, ROWS)
    assert (await client.files.wait_for_processing(file_id)).id == file_id


async def _cancel_upload(client: AsyncOpenAI, _: TrainedJob) -> None:
    assert (await client.uploads.cancel(await _announced(client))).status == "cancelled"


async def _complete_upload(client: AsyncOpenAI, _: TrainedJob) -> None:
    upload_id = await _announced(client)
    part = await client.uploads.parts.create(upload_id, data=ROWS)
    assert (part.object, part.upload_id) == ("upload.part", upload_id)
    md5 = hashlib.md5(ROWS).hexdigest()
    done = await client.uploads.complete(upload_id, part_ids=[part.id], md5=md5)
    assert done.status == "completed"


async def _chunked(client: AsyncOpenAI, _: TrainedJob) -> None:
    more: Any = {"mime_type": "text/jsonl", "purpose": "fine-tune", "bytes": len(ROWS)}
    done = await client.uploads.upload_file_chunked(file=ROWS, filename="a.jsonl", **more)
    assert done.status == "completed"


async def _create_and_cancel(client: AsyncOpenAI, _: TrainedJob) -> None:
    job = await create_tiny_job(client, 50)
    assert job.status == "validating_files"
    assert (await client.fine_tuning.jobs.cancel(job.id)).status == "cancelled"


async def _pause_and_resume(client: AsyncOpenAI, _: TrainedJob) -> None:
    job = await create_tiny_job(client, 50)
    await wait_for_job(client, job.id, ["running"])
    assert (await client.fine_tuning.jobs.pause(job.id)).status in {"pausing", "paused"}
    assert (await wait_for_job(client, job.id, ["paused"])).status == "paused"
    assert (await client.fine_tuning.jobs.resume(job.id)).status == "queued"
    await client.fine_tuning.jobs.cancel(job.id)
    for ask in (client.fine_tuning.jobs.pause, client.fine_tuning.jobs.resume):
        with pytest.raises(openai.BadRequestError):
            await ask(job.id)


async def _list_jobs(client: AsyncOpenAI, trained: TrainedJob) -> None:
    found = await client.fine_tuning.jobs.list(metadata={"tunedesk": "test"})
    assert trained.id in [job.id for job in found.data]
    without = client.fine_tuning.jobs.list(extra_query={"metadata": "null"}, limit=1)
    assert trained.id not in [job.id async for job in without]


async def _retrieve_job(client: AsyncOpenAI, trained: TrainedJob) -> None:
    assert (await client.fine_tuning.jobs.retrieve(trained.id)).status == "succeeded"


async def _list_events(client: AsyncOpenAI, trained: TrainedJob) -> None:
    seen = [event.id async for event in client.fine_tuning.jobs.list_events(trained.id, limit=2)]
    assert len(seen) == len(set(seen)) > 5


async def _list_checkpoints(client: AsyncOpenAI, trained: TrainedJob) -> None:
    found = [c async for c in client.fine_tuning.jobs.checkpoints.list(trained.id, limit=1)]
    assert [checkpoint.step_number for checkpoint in found] == [8, 4]


async def _list_models(client: AsyncOpenAI, trained: TrainedJob) -> None:
    assert {MODEL_ID, trained.model} <= {model.id async for model in client.models.list()}


async def _retrieve_model(client: AsyncOpenAI, trained: TrainedJob) -> None:
    assert (await client.models.retrieve(trained.model)).id == trained.model
    with pytest.raises(openai.NotFoundError, match="some/other model"):
        await client.models.retrieve("some/other model")  # sent as some%2Fother%20model


async def _delete_model(client: AsyncOpenAI, _: TrainedJob) -> None:
    done = await wait_for_job(client, (await create_tiny_job(client, 1)).id)
    assert (await client.models.delete(done.fine_tuned_model)).deleted
    with pytest.raises(openai.NotFoundError, match="some/other model"):
        await client.models.delete("some/other model")


async def _chat(client: AsyncOpenAI, trained: TrainedJob) -> None:
    done = await client.chat.completions.create(model=trained.model, max_tokens=9, **_FEW_WORDS)
    assert done.choices[0].message.content


async def _parse(client: AsyncOpenAI, _: TrainedJob) -> None:
    done = await client.chat.completions.parse(model=MODEL_ID, **_FEW_WORDS)
    assert done.choices[0].message.content


async def _stream(client: AsyncOpenAI, _: TrainedJob) -> None:
    async with client.chat.completions.stream(model=MODEL_ID, **_FEW_WORDS) as stream:
        assert (await stream.get_final_completion()).choices[0].finish_reason == "stop"


SERVED: dict[str, Served] = {
    "files.content": _content,
    "files.create": _retrieve_file,
    "files.delete": _delete_file,
    "files.list": _list_files,
    "files.retrieve": _retrieve_file,
    "files.retrieve_content": _retrieve_content,
    "files.wait_for_processing": _wait_for_processing,
    "uploads.cancel": _cancel_upload,
    "uploads.complete": _complete_upload,
    "uploads.create": _complete_upload,
    "uploads.parts.create": _complete_upload,
    "uploads.upload_file_chunked": _chunked,
    "fine_tuning.jobs.cancel": _create_and_cancel,
    "fine_tuning.jobs.checkpoints.list": _list_checkpoints,
    "fine_tuning.jobs.create": _create_and_cancel,
    "fine_tuning.jobs.list": _list_jobs,
    "fine_tuning.jobs.list_events": _list_events,
    "fine_tuning.jobs.pause": _pause_and_resume,
    "fine_tuning.jobs.resume": _pause_and_resume,
    "fine_tuning.jobs.retrieve": _retrieve_job,
    "models.delete": _delete_model,
    "models.list": _list_models,
    "models.retrieve": _retrieve_model,
    "chat.completions.create": _chat,
    "chat.completions.parse": _parse,
    "chat.completions.stream": _stream,
}
# The same calls by another name.
SERVED |= {
    f"beta.{name}": ask for name, ask in SERVED.items() if name.startswith("chat.completions.")
}
# These ask nothing of a server over HTTP: web sockets, and work done in the client itself.
SILENT = {name for name in NAMES if name.endswith(".connect")}
SILENT |= {"webhooks.unwrap", "webhooks.verify_signature"}
SILENT |= {f"beta.agents.environments.files.{name}" for name in ("prepare", "prepare_directory")}
SILENT |= {"beta.agents.sessions.artifacts.for_result"}
# What a method needs beyond something for each required argument.
MORE: dict[str, dict[str, Any]] = {
    "responses.stream": {"response_id": "x"},
    "beta.agents.environments.files.upload": {"path": "/workspace/x"},
    "vector_stores.file_batches.upload_and_poll": {"files": [b"x"]},
}


def _is_listed(name: str) -> bool:
    return any(name.startswith(f"{refused.resource}.") for refused in REFUSED)


def test_each_method_is_served_or_listed_as_refused() -> None:
    assert set(NAMES) >= set(SERVED), "the client has lost a method"
    unknown = [name for name in NAMES if name not in SERVED and not _is_listed(name)]
    assert not unknown, f"new in the client, neither served nor refused: {unknown}"


@pytest.mark.parametrize("ask", list(dict.fromkeys(SERVED.values())), ids=lambda f: f.__name__)
async def test_a_served_method_does_what_it_says(
    client: AsyncOpenAI, trained: TrainedJob, ask: Served
) -> None:
    await ask(client, trained)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_every_other_method_is_told_that_it_is_not_offered(engine: EngineUnderTest) -> None:
    wrong = {}
    async with engine.client().with_options(admin_api_key=engine.token) as client:
        for name, method in methods(client).items():
            if name in SERVED or name in SILENT:
                continue
            try:
                await call(method, **MORE.get(name, {}))
                wrong[name] = "answered"
            except Exception as error:
                if not _says_not_offered(error):
                    wrong[name] = repr(error)
    assert wrong == {}


def _says_not_offered(error: BaseException) -> bool:
    """Also where the client's own helper wraps the answer."""
    if isinstance(error, openai.NotFoundError):
        return error.code == "not_offered" and bool(error.request_id)
    return error.__cause__ is not None and _says_not_offered(error.__cause__)


def test_each_refusal_says_why() -> None:
    for refused in REFUSED:
        assert refused.prefix.startswith("/")
        assert refused.why.endswith(".")
    assert len({(refused.resource, refused.prefix) for refused in REFUSED}) == len(REFUSED)
