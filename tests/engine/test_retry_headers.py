"""What the official client sends once more by itself, and what it must not."""

from __future__ import annotations

from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from tunedesk.engine.guard import LOCAL_HOSTS, Guard

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

TOKEN = "a-token-of-the-test-suite"


class _Failing:
    """Answers every request with one status, and counts them."""

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.n_asked = 0
        self.seen: list[httpx2.Headers] = []
        self._status = status
        self._headers = headers
        app = Starlette(routes=[Route("/v1/{rest:path}", self._answer, methods=["GET", "POST"])])
        self.app = Guard(app, token=TOKEN, hosts=LOCAL_HOSTS)

    async def _answer(self, _: Request) -> JSONResponse:
        self.n_asked += 1
        error = {"message": "No.", "type": "server_error", "param": None, "code": None}
        return JSONResponse({"error": error}, self._status, headers=self._headers)

    def client(self) -> AsyncOpenAI:
        http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app))
        return AsyncOpenAI(
            api_key=TOKEN, base_url="http://localhost/v1", http_client=http, max_retries=2
        )


async def _asked(status: int, method: str, **headers: str) -> tuple[int, Any]:
    """How often the client asked, and the headers of the last answer."""
    failing = _Failing(status, {"retry-after-ms": "1", **headers})
    async with failing.client() as client:
        with pytest.raises(openai.APIStatusError) as caught:
            if method == "POST":
                await client.fine_tuning.jobs.create(model="m", training_file="f")
            else:
                await client.fine_tuning.jobs.list()
    return failing.n_asked, caught.value.response.headers


@pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 507])
async def test_a_creation_is_sent_once(status: int) -> None:
    n_asked, headers = await _asked(status, "POST")
    assert n_asked == 1
    assert headers["x-should-retry"] == "false"
    assert headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("status", [500, 503])
async def test_reading_may_be_tried_again(status: int) -> None:
    n_asked, headers = await _asked(status, "GET")
    assert n_asked == 3
    assert "x-should-retry" not in headers


async def test_who_says_when_may_be_asked_again() -> None:
    assert (await _asked(503, "POST", **{"retry-after": "0"}))[0] == 3
    assert (await _asked(429, "POST"))[0] == 3


@pytest.mark.parametrize("status", [400, 403, 404, 413, 415])
async def test_a_plain_refusal_is_not_repeated(status: int) -> None:
    assert (await _asked(status, "POST"))[0] == 1
