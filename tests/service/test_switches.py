"""What each switch of a profile does on the wire: a request more, less, or another.

Switches with tests of their own: pause, checkpoints and where losses come (test_monitor), the empty
body (test_azure), what is billed (test_cost_sheet).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.fake_client import CHAT, KEY, REQUEST, client
from tests.support.fake_provider import FakeProvider, Request, fake_provider
from tests.support.projects import run
from tests.support.training_bench import CREATE, PLAN, bench
from tests.support.uploads import PART_BYTES, upload_bench
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Hyperparameters


async def every_call(server: FakeProvider, **switches: Any) -> list[Request]:
    """All kinds of calls with these switches: reading, sending, creating, asking, deleting."""
    async with client(server, **switches) as provider:
        await provider.models()
        await provider.create_job(REQUEST)
        await provider.find_jobs({})
        await provider.files.all()
        async for _ in provider.chat(CHAT):
            pass
        await provider.cancel("ftjob-1")
    return server.requests


def test_headers_query_and_organisation_go_with_every_call() -> None:
    async def steps() -> None:
        async with fake_provider() as server:
            requests = await every_call(
                server,
                extra_headers={"X-Route": "fast"},
                extra_query={"api-version": "2026-01-01"},
                organization="org-1",
            )
            assert len(requests) == 6
            for request in requests:
                assert request.headers["x-route"] == "fast", request.line
                assert request.headers["openai-organization"] == "org-1", request.line
                assert request.query["api-version"] == "2026-01-01", request.line

    run(steps())


@pytest.mark.parametrize(
    ("key_header", "name", "value"),
    [
        ("Authorization", "authorization", f"Bearer {KEY}"),
        ("authorization", "authorization", f"Bearer {KEY}"),
        ("api-key", "api-key", KEY),
    ],
)
def test_the_key_goes_where_the_profile_says_and_nowhere_else(
    key_header: str, name: str, value: str
) -> None:
    async def steps() -> None:
        async with fake_provider() as server:
            for request in await every_call(server, key_header=key_header):
                held = {header: told for header, told in request.headers.items() if KEY in told}
                assert held == {name: value}, request.line

    run(steps())


@pytest.mark.parametrize(
    ("place", "body"),
    [
        (
            "method",
            {
                "method": {
                    "type": "supervised",
                    "supervised": {
                        "hyperparameters": {
                            "n_epochs": 2,
                            "batch_size": "auto",
                            "learning_rate_multiplier": 2e-05,
                        }
                    },
                }
            },
        ),
        ("top_level", {"hyperparameters": {"n_epochs": 2, "learning_rate_multiplier": 2e-05}}),
    ],
)
def test_hyperparameters_and_an_absolute_rate_are_sent_where_they_are_read(
    tmp_path: Path, place: str, body: dict[str, Any]
) -> None:
    async def steps() -> None:
        switches = {"hyperparameters_in": place, "learning_rate": "absolute"}
        async with bench(tmp_path, **switches) as b:
            numbers = Hyperparameters(n_epochs=2, learning_rate_multiplier=2e-5)
            await b.training.start(
                msgspec.structs.replace(PLAN, hyperparameters=numbers), b.session
            )
            sent = next(r.json for r in b.server.requests if r.line == CREATE)
            found = {name: sent[name] for name in ("method", "hyperparameters") if name in sent}
            assert found == body

    run(steps())


@pytest.mark.parametrize(
    ("uploads", "n_bytes", "in_parts"),
    [
        (True, PART_BYTES, False),
        (True, PART_BYTES + 1, True),
        (True, PART_BYTES * 3, True),
        (False, PART_BYTES * 3, False),
    ],
)
def test_parts_begin_above_the_threshold(
    tmp_path: Path, uploads: bool, n_bytes: int, in_parts: bool
) -> None:
    async def steps() -> None:
        async with upload_bench(tmp_path, uploads=uploads) as b:
            await b.send(await b.snapshot(n_bytes))
            assert bool(b.server.count("POST /uploads")) is in_parts
            assert bool(b.server.count("POST /files")) is not in_parts
            assert b.server.files[0]["bytes"] == n_bytes

    run(steps())


@pytest.mark.parametrize(
    ("switches", "why"), [({"trains": False}, "provider_chat_only"), ({"min_examples": 18}, "rows")]
)
def test_what_would_be_refused_is_not_sent_at_all(
    tmp_path: Path, switches: dict[str, Any], why: str
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, **switches) as b:
            with pytest.raises(TunedeskError, match=why):
                await b.training.start(PLAN, b.session)
            assert {one.method for one in b.server.requests} <= {"GET"}

    run(steps())


def test_few_rows_and_long_ones_are_sent_where_the_profile_allows_them(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, min_examples=3, max_row_tokens=13) as b:
            ready = await b.training.readiness(PLAN, b.session)
            (longest,) = [check for check in ready.checks if check.code == "longest_row"]
            assert (longest.level, longest.args["limit"]) == ("warning", 13)
            await b.training.start(PLAN, b.session)
            assert b.server.count(CREATE) == 1
            assert b.server.files[0]["content"].count(b"\n") == 17  # cut there, not here

    run(steps())
