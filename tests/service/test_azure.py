"""The preset of Azure / Foundry against a server with Azure's quirks, on the wire.

The quirks are those of learn.microsoft.com's fine-tuning pages and of openai-python issue 938.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from tests.support.fake_client import CHAT
from tests.support.fake_provider import Answer, Reply, Request, event, refusal
from tests.support.projects import providers_of, run, until
from tests.support.training_bench import PLAN, Bench, bench
from tunedesk.assets import resource
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.profiles import load_presets
from tunedesk.services.compare.comparison import Comparison
from tunedesk.services.providers.local_engine import LocalEngine

KEY = "azure-key-0123456789"


class Azure:
    """Refuses what Azure refuses; ids of events are others at each call."""

    def __init__(self, b: Bench) -> None:
        self._ids = itertools.count()
        self._server = b.server

    def answer(self, request: Request) -> Answer | None:
        """What Azure says in place of the usual; None leaves it to that."""
        if request.headers.get("api-key") != KEY or "authorization" in request.headers:
            return refusal(401, "Access denied due to invalid subscription key.")
        match [request.method, *request.path.strip("/").split("/")]:
            case ["POST", "uploads", *_]:
                return refusal(404, "Resource not found")
            case ["POST", "fine_tuning", "jobs", _, _]:
                return self._wants_json(request)
            case ["POST", "fine_tuning", "jobs"]:
                return None if request.json.get("trainingType") else refusal(400, "trainingType?")
            case ["GET", "fine_tuning", "jobs", _, "events"]:
                return self._renamed(request)
            case ["GET", "files", _]:  # the first file is read by the time it is asked for
                self._server.files[-1]["status"] = self._server.file_status = "processed"
        return None

    def _wants_json(self, request: Request) -> Answer | None:
        if request.body != b"{}" or "json" not in request.headers.get("content-type", ""):
            return refusal(400, "The request body is not valid JSON.")
        return None

    def _renamed(self, request: Request) -> Answer | None:
        if "after" in request.query:
            return refusal(400, "Given after argument was not found in items.")
        for one in self._server.events:
            one["id"] = f"ftevent-{next(self._ids)}"
        page = {"object": "list", "data": self._server.events[::-1], "has_more": True}
        return Reply(page)


@asynccontextmanager
async def azure(tmp_path: Path) -> AsyncIterator[tuple[Bench, Azure]]:
    """A bench whose provider "fake" is the shipped preset with a key, looked at every 20 ms."""
    presets = load_presets(resource("providers", "presets.json"))
    preset = next(one for one in presets if one.id == "azure")
    async with bench(tmp_path) as b:
        profile = msgspec.structs.replace(
            preset, id="fake", preset="azure", base_url=b.server.base_url, poll_s=0.02
        )
        engine = LocalEngine(b.place.folders, b.place.background)
        b.providers = providers_of(engine, profile, keys={"fake": KEY})
        b.training = b.new_training()
        quirks = Azure(b)
        b.server.before = quirks.answer
        try:
            yield b, quirks
        finally:
            await b.training.close()
            await b.providers.close()


def test_a_job_is_started_followed_and_cancelled(tmp_path: Path) -> None:
    async def steps() -> None:
        async with azure(tmp_path) as (b, _quirks):
            b.server.file_status = "running"
            local_id = await b.training.start(PLAN, b.session)
            assert b.server.jobs[0]["trainingType"] == "globalStandard"
            assert b.server.jobs[0]["method"]["type"] == "supervised"
            b.server.events = [event(1, step=1, total_steps=2, train_loss=2.0), event(2)]
            b.server.jobs[0]["status"] = "running"
            await b.reach("running")
            n_asked = len(b.server.requests)
            await until(lambda: len(b.server.requests) > n_asked + 8)
            view = await b.training.view(local_id)
            assert [one.message for one in view.events] == ["Event 1", "Event 2"]
            assert view.curve.train == [(1, 2.0)]
            await b.training.cancel(local_id)
            assert (await b.job()).status == "cancelled"
            cancel = next(r for r in b.server.requests if r.path.endswith("/cancel"))
            assert json.loads(cancel.body) == {}

    run(steps())


def test_pausing_and_going_on_have_a_body_too(tmp_path: Path) -> None:
    async def steps() -> None:
        async with azure(tmp_path) as (b, _quirks):
            local_id = await b.training.start(PLAN, b.session)
            for is_paused, status in ((True, "paused"), (False, "queued")):
                await b.training.pause(local_id, is_paused=is_paused)
                assert (await b.job()).status == status

    run(steps())


def test_a_project_address_without_uploads_gets_the_file_whole(tmp_path: Path) -> None:
    async def steps() -> None:
        async with azure(tmp_path) as (b, _quirks):
            profile = b.providers.profile("fake")
            assert (profile.uploads, profile.uploads_from_bytes) == (True, 104_857_600)
            b.providers.book.put(msgspec.structs.replace(profile, uploads_from_bytes=100))
            await b.training.start(PLAN, b.session)
            assert b.server.count("POST /uploads") >= 1
            assert b.server.count("POST /files") == 2
            assert len(b.server.jobs) == 1

    run(steps())


def test_a_model_that_is_not_deployed_says_what_to_do(tmp_path: Path) -> None:
    async def steps() -> None:
        async with azure(tmp_path) as (b, quirks):
            b.server.before = lambda request: (
                refusal(404, "The API deployment does not exist.", "DeploymentNotFound")
                if request.path == "/chat/completions"
                else quirks.answer(request)
            )
            provider = await b.providers.get("fake")
            with pytest.raises(TunedeskError) as caught:
                async for _ in provider.chat(CHAT):
                    pass
            assert caught.value.code == "not_deployed"
            assert "Deploy it in the provider's portal" in caught.value.next_step

    run(steps())


def test_a_model_is_asked_by_its_deployments_name(tmp_path: Path) -> None:
    tuned = "gpt-4o-mini-2024-07-18.ft-0e208cf3"

    async def steps() -> None:
        async with azure(tmp_path) as (b, _quirks):
            profile = b.providers.profile("fake")
            deployments = {"prod": "gpt-4.1-mini", "spare": "gpt-4.1-mini", "mine": tuned}
            b.providers.book.put(msgspec.structs.replace(profile, deployments=deployments))
            comparison = Comparison(b.project, b.providers, b.place.background)
            offered = [c for c in await comparison.contenders() if c.provider_id == "fake"]
            assert [(c.label, c.model, c.kind) for c in offered] == [
                ("prod · gpt-4.1-mini", "gpt-4.1-mini", "base"),
                (f"mine · {tuned}", tuned, "tuned"),
            ]
            made = await comparison.begin(
                offered[0], offered[1], [{"role": "user", "content": "?"}]
            )
            await made.run(lambda: None)
            asked = [r.json["model"] for r in b.server.requests if r.path == "/chat/completions"]
            assert sorted(asked) == ["mine", "prod"]

    run(steps())


def test_without_the_preset_the_body_is_empty_as_openai_has_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            local_id = await b.training.start(PLAN, b.session)
            await b.training.cancel(local_id)
            cancel = next(r for r in b.server.requests if r.path.endswith("/cancel"))
            assert (cancel.body, cancel.headers["content-length"]) == (b"", "0")

    run(steps())
