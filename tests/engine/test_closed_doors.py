"""Faults E1: on every route, foreign hosts, web pages and strangers are refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest

from tests.support.engine import EngineUnderTest
from tunedesk.engine.api import Parts, build_app

pytestmark = [pytest.mark.engine, pytest.mark.anyio]


def _routes() -> list[tuple[str, str]]:
    """(method, path) of every route of the app, with ids filled in."""
    nothing = cast(Any, None)
    parts = Parts(files=nothing, jobs=nothing, catalogue=nothing, runner=nothing, generator=nothing)
    found = [
        (method.upper(), re.sub(r"\{[^}]*\}", "x-1", path))
        for path, methods in build_app(parts).openapi()["paths"].items()
        for method in methods
    ]
    return [*found, ("GET", "/v1/unknown"), ("GET", "/"), ("GET", "/openapi.json")]


ROUTES = _routes()


def test_all_routes_are_known_here() -> None:
    assert len(ROUTES) >= 16
    assert ("POST", "/v1/chat/completions") in ROUTES


async def _ask(
    engine: EngineUnderTest, method: str, path: str, headers: dict[str, str], body: bytes = b"{}"
) -> httpx2.Response:
    async with engine.http() as http:
        return await http.request(method, f"http://localhost{path}", headers=headers, content=body)


def _assert_refused(answer: httpx2.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["code"] == code
    assert answer.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_foreign_host_is_refused(engine: EngineUnderTest, method: str, path: str) -> None:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", ""):
        answer = await _ask(engine, method, path, {**engine.auth, "Host": host})
        _assert_refused(answer, 403, "host_not_allowed")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_web_page_is_refused(engine: EngineUnderTest, method: str, path: str) -> None:
    for origin in ("https://evil.example", "null", "http://localhost:3000"):
        answer = await _ask(engine, method, path, {**engine.auth, "Origin": origin})
        _assert_refused(answer, 403, "origin_not_allowed")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_a_stranger_is_refused(engine: EngineUnderTest, method: str, path: str) -> None:
    tokens = ["", "Bearer", "Bearer wrong", f"Basic {engine.token}", f"Bearer {engine.token}x"]
    kinds = ["application/json", "text/plain", "application/x-www-form-urlencoded"]
    for token, kind in zip(tokens, [*kinds, *kinds], strict=False):
        headers = {"Content-Type": kind, **({"Authorization": token} if token else {})}
        answer = await _ask(engine, method, path, headers)
        _assert_refused(answer, 401, "invalid_api_key")


async def test_token_in_the_address_does_not_help(engine: EngineUnderTest) -> None:
    answer = await _ask(engine, "GET", f"/v1/models?api_key={engine.token}", {})
    _assert_refused(answer, 401, "invalid_api_key")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:1234", "[::1]:80"])
async def test_own_names_are_let_in(engine: EngineUnderTest, host: str) -> None:
    answer = await _ask(engine, "GET", "/v1/models", {**engine.auth, "Host": host})
    assert answer.status_code == 200


async def test_unknown_address_and_method_answer_in_the_same_shape(
    engine: EngineUnderTest,
) -> None:
    answer = await _ask(engine, "GET", "/v1/nothing", engine.auth)
    _assert_refused(answer, 404, "unknown_url")
    answer = await _ask(engine, "PUT", "/v1/files", engine.auth)
    assert answer.status_code == 405
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


async def test_an_oversized_body_is_refused_unread(engine: EngineUnderTest) -> None:
    body = b'{"model": "' + b"x" * (17 * 2**20) + b'"}'
    answer = await _ask(engine, "POST", "/v1/chat/completions", engine.auth, body)
    _assert_refused(answer, 413, "too_large")


def test_the_socket_is_private(engine: EngineUnderTest) -> None:
    assert engine.uds is not None
    socket = Path(engine.uds)
    assert socket.stat().st_mode & 0o777 == 0o600
    assert socket.parent.stat().st_mode & 0o777 == 0o700
