"""The one client: anyone who speaks OpenAI's API, over the network or a Unix socket."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Container, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from tunedesk.core.chat import ChatDelta, ChatRequest
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, JobEvent, JobRequest, JobState, ModelInfo
from tunedesk.core.learned import Learned, learned_from_preview
from tunedesk.providers import wire
from tunedesk.providers.archive_calls import ArchiveCalls
from tunedesk.providers.chat_chunks import deltas
from tunedesk.providers.client import build_client
from tunedesk.providers.credentials import Credentials
from tunedesk.providers.errors import not_an_api, translate, unreadable
from tunedesk.providers.file_calls import FileCalls
from tunedesk.providers.job_body import job_body
from tunedesk.providers.paging import PAGE_SIZE, all_items, only
from tunedesk.providers.profiles import Profile

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream

T = TypeVar("T")

_READ_TIMEOUT_S = 30.0
_CREATE_TIMEOUT_S = 60.0
_CHAT_TIMEOUT_S = 300.0  # between two pieces; a local model may be busy training
_MAX_ITEMS = 10_000
_FEW_EVENTS = 20
_SLICE_S = 0.004


def _has_failed(task: asyncio.Task[AsyncOpenAI]) -> bool:
    """Whether it is over without a client: the next call builds one anew."""
    return task.done() and (task.cancelled() or task.exception() is not None)


class OpenAICompatible:
    """A `Provider`. The SDK is imported in a thread at the first call, not at construction."""

    def __init__(
        self,
        profile: Profile,
        *,
        api_key: str = "",
        secret_headers: Mapping[str, str] | None = None,
        base_url: str = "",
        uds: Path | None = None,
    ) -> None:
        """`base_url` overrides the profile's; `uds` is a Unix socket to speak it over."""
        self._profile = profile
        self._credentials = Credentials(api_key, secret_headers)
        self._base_url = base_url or profile.base_url
        self._uds = uds
        self._building: asyncio.Task[AsyncOpenAI] | None = None
        self._files = FileCalls(profile.name, self._client, self._read, self._create)

    @property
    def files(self) -> FileCalls:
        return self._files

    @property
    def profile(self) -> Profile:
        return self._profile

    @property
    def archive(self) -> ArchiveCalls:
        """What is kept there of past fine-tuning."""
        return ArchiveCalls(self._client, self._read, self._profile.name)

    async def models(self) -> list[ModelInfo]:
        client = await self._client()
        page = await self._read(client.models.list())
        found = await all_items(only(page), limit=_MAX_ITEMS, name=self._profile.name)
        return [info for info in map(wire.model_info, found) if info is not None]

    async def create_job(self, request: JobRequest) -> JobState:
        client = await self._client(timeout_s=_CREATE_TIMEOUT_S, n_retries=0)
        body = job_body(request, self._profile)
        asked = client.fine_tuning.jobs.create(
            model=body.pop("model"), training_file=body.pop("training_file"), extra_body=body
        )
        state = wire.job_state(await self._create(asked))
        if state is None:
            raise unreadable(self._profile.name)
        return state

    async def job(self, job_id: str, *, once: bool = False) -> JobState:
        client = await self._client(n_retries=0 if once else 2)
        return self._job(await self._read(client.fine_tuning.jobs.retrieve(job_id)))

    async def find_jobs(self, metadata: Mapping[str, str]) -> list[JobState]:
        client = await self._client()
        tags = dict(metadata)

        async def page(after: str | None) -> Any:
            more = {"after": after} if after else {}
            listed = client.fine_tuning.jobs.list(limit=PAGE_SIZE, metadata=tags, **more)  # type: ignore[arg-type]
            return await self._read(listed)

        found = await all_items(page, limit=_MAX_ITEMS, name=self._profile.name)
        jobs = [job for job in map(wire.job_state, found) if job is not None]
        # Servers that do not know the filter send every job.
        return [job for job in jobs if tags.items() <= dict(job.metadata).items()]

    async def events(
        self, job_id: str, limit: int = _MAX_ITEMS, known: Container[str] = ()
    ) -> list[JobEvent]:
        client = await self._client()
        few = _FEW_EVENTS if known else PAGE_SIZE
        path = f"/fine_tuning/jobs/{quote(job_id, safe='')}/events"

        async def page(after: str | None) -> Any:
            query = {"after": after, "limit": PAGE_SIZE} if after else {"limit": few}
            # Plain JSON: the SDK's own objects take 10 ms of the loop for a hundred events.
            asked = client.get(path, cast_to=object, options={"params": query})
            return wire.listed(await self._read(asked))

        found = await all_items(
            page, limit=limit, known=known, name=self._profile.name, first_size=few
        )
        # Newest first on the wire; a stable sort keeps the order within a second.
        events = [wire.job_event(event) for event in reversed(found)]
        return sorted(events, key=lambda event: event.created_at_s)

    async def checkpoints(self, job_id: str) -> list[Checkpoint]:
        client = await self._client()

        async def page(after: str | None) -> Any:
            more = {"after": after} if after else {}
            listed = client.fine_tuning.jobs.checkpoints.list(job_id, limit=PAGE_SIZE, **more)  # type: ignore[arg-type]
            return await self._read(listed)

        found = await all_items(page, limit=_MAX_ITEMS, name=self._profile.name)
        checkpoints = [one for one in map(wire.checkpoint, found) if one is not None]
        return sorted(checkpoints, key=lambda one: one.step_number)

    async def cancel(self, job_id: str) -> JobState:
        client = await self._client()
        return self._job(await self._read(client.fine_tuning.jobs.cancel(job_id, **self._empty())))

    async def pause(self, job_id: str, *, is_paused: bool) -> JobState:
        client = await self._client()
        jobs = client.fine_tuning.jobs
        ask = jobs.pause if is_paused else jobs.resume
        return self._job(await self._read(ask(job_id, **self._empty())))

    async def delete_model(self, model: str) -> None:
        client = await self._client(n_retries=0)
        await self._read(client.models.delete(model))

    async def chat(
        self, request: ChatRequest, *, is_paid: bool = False
    ) -> AsyncGenerator[ChatDelta]:
        client = await self._client(timeout_s=_CHAT_TIMEOUT_S, n_retries=0)
        body = _chat_body(request, self._profile.called(request.model))
        kind = _plain_stream()
        asked = client.post(
            "/chat/completions", cast_to=object, body=body, stream=True, stream_cls=kind
        )
        stream = await (self._create(asked) if is_paid else self._read(asked))
        if not hasattr(stream, "__aiter__") or "html" in _content_type(stream):
            raise not_an_api(self._profile.name)
        until = time.perf_counter() + _SLICE_S
        try:
            async for delta in deltas(stream):
                yield delta
                if time.perf_counter() > until:
                    await asyncio.sleep(0.001)
                    until = time.perf_counter() + _SLICE_S
        except Exception as error:
            if not _is_cut(error):
                raise self._told(error, is_stream=True) from None
        finally:
            await stream.close()

    async def preview(
        self, model: str, row: Mapping[str, Any], method: str | None = None
    ) -> list[Learned]:
        if not self._profile.has_previews:
            raise _no_previews(self._profile.name)
        client = await self._client()
        body = {"model": model, "example": dict(row)} | ({"method": method} if method else {})
        asked = client.post("/fine_tuning/preview", cast_to=object, body=body)
        answer = await self._read(asked)
        readings = learned_from_preview(answer) if isinstance(answer, dict) else []
        if not readings:
            raise not_an_api(self._profile.name)
        return readings

    async def close(self) -> None:
        building, self._building = self._building, None
        if building is None:
            return
        client = (await asyncio.gather(building, return_exceptions=True))[0]
        if not isinstance(client, BaseException):
            await client.close()

    # ---- inner ---------------------------------------------------------------------------------

    async def _client(
        self, *, timeout_s: float = _READ_TIMEOUT_S, n_retries: int = 2
    ) -> AsyncOpenAI:
        if self._building is None or _has_failed(self._building):
            self._building = asyncio.create_task(
                asyncio.to_thread(
                    build_client, self._profile, self._base_url, self._credentials, self._uds
                )
            )
        client = await asyncio.shield(self._building)
        return client.with_options(timeout=timeout_s, max_retries=n_retries)

    async def _read(self, asked: Awaitable[T]) -> T:
        try:
            return await asked
        except Exception as error:
            raise self._told(error) from error

    async def _create(self, asked: Awaitable[T]) -> T:
        try:
            return await asked
        except Exception as error:
            raise self._told(error, is_creation=True) from error

    def _told(
        self, error: Exception, *, is_creation: bool = False, is_stream: bool = False
    ) -> TunedeskError:
        return translate(
            error,
            self._profile.name,
            address=self._base_url,
            credentials=self._credentials,
            is_creation=is_creation,
            is_stream=is_stream,
        )

    def _empty(self) -> dict[str, Any]:
        """How a call without content is made."""
        return {"extra_body": {}} if self._profile.empty_json else {}

    def _job(self, found: object) -> JobState:
        state = wire.job_state(found)
        if state is None:
            raise not_an_api(self._profile.name)
        return state


def _chat_body(request: ChatRequest, model: str) -> dict[str, Any]:
    settings = request.settings
    body: dict[str, Any] = {
        "model": model,
        "messages": [dict(message) for message in request.messages],
        "temperature": settings.temperature,
        "top_p": settings.top_p,
        "max_tokens": settings.max_tokens,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.tools:
        body["tools"] = [dict(tool) for tool in request.tools]
    if request.wants_logprobs:
        body["logprobs"] = True
    return body if settings.seed is None else body | {"seed": settings.seed}


def _plain_stream() -> type[AsyncStream[object]]:
    from openai import AsyncStream

    return AsyncStream[object]


def _content_type(stream: Any) -> str:
    return str(stream.response.headers.get("content-type", ""))


def _is_cut(error: Exception) -> bool:
    """The connection ended in the middle: the reply is cut off, which the caller sees."""
    import httpx2
    import openai

    lost = (httpx2.TransportError, openai.APIConnectionError)
    return isinstance(error, lost) and not isinstance(error, TunedeskError)


def _no_previews(name: str) -> TunedeskError:
    return TunedeskError(
        "no_previews",
        f"{name} does not say how it reads a row.",
        "Only the engine on a computer of yours offers that.",
        "Go by the rule: assistant texts are taught.",
    )
