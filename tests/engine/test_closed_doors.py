"""Faults E1: on every route, foreign hosts, web pages, strangers and foreign types are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import httpx2
import pytest

from tests.support.engine import EngineUnderTest
from tests.support.engine_routes import routes, routes_that_frameworks_check

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

ROUTES = [*routes(), ("GET", "/v1/unknown"), ("GET", "/"), ("GET", "/openapi.json")]
NOT_OFFERED = {"/v1/images/generations", "/v1/fine_tuning/checkpoints/x/permissions"}
ROUTES += [("POST", path) for path in sorted(NOT_OFFERED)]
FORM_PATHS = {"/v1/files", "/v1/uploads/x-1/parts"}

_JSON = {"Content-Type": "application/json"}
_IMAGE = {"Sec-Fetch-Dest": "image", "Sec-Fetch-Mode": "no-cors", "Accept": "image/*"}


class Door(NamedTuple):
    """A request that must not pass, and how it is refused."""

    headers: dict[str, str]
    body: bytes
    status: int
    code: str


def test_all_routes_are_known_here() -> None:
    assert len(ROUTES) >= 28
    assert ("POST", "/v1/chat/completions") in ROUTES
    assert ("POST", "/v1/uploads/x-1/parts") in ROUTES


def test_no_route_leaves_its_refusals_to_the_framework() -> None:
    assert routes_that_frameworks_check() == []


def _foreign_hosts(engine: EngineUnderTest) -> Iterator[Door]:
    for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:80", ""):
        yield Door({**engine.auth, **_JSON, "Host": host}, b"{}", 403, "host_not_allowed")


def _web_pages(engine: EngineUnderTest) -> Iterator[Door]:
    for origin in ("https://evil.example", "null", "http://localhost:3000"):
        headers = {**engine.auth, **_JSON, "Origin": origin}
        yield Door(headers, b"{}", 403, "origin_not_allowed")
    for site in ("cross-site", "same-site", "same-origin", "none"):
        headers = {**engine.auth, **_IMAGE, "Sec-Fetch-Site": site}
        yield Door(headers, b"", 403, "origin_not_allowed")


def _strangers(engine: EngineUnderTest) -> Iterator[Door]:
    tokens = ["Bearer", "Bearer wrong", f"Basic {engine.token}", f"Bearer {engine.token}x"]
    yield Door({**_JSON}, b"{}", 401, "invalid_api_key")
    yield Door({**_IMAGE}, b"", 401, "invalid_api_key")
    for token in tokens:
        yield Door({**_JSON, "Authorization": token}, b"{}", 401, "invalid_api_key")


def _foreign_types(engine: EngineUnderTest, path: str) -> Iterator[Door]:
    kinds = ["text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded", ""]
    if path not in FORM_PATHS:
        kinds += ["multipart/form-data; boundary=x"]
    refusal = (404, "not_offered") if path in NOT_OFFERED else (415, "unsupported_media_type")
    for kind in kinds:
        yield Door({**engine.auth, "Content-Type": kind}, b"{}", *refusal)
    yield Door(engine.auth, b"{}", *refusal)


async def _ask(
    engine: EngineUnderTest, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> httpx2.Response:
    async with engine.http() as http:
        return await http.request(method, f"http://localhost{path}", headers=headers, content=body)


def _assert_refused(answer: httpx2.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    assert answer.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_no_door_is_open(engine: EngineUnderTest, method: str, path: str) -> None:
    doors = [*_foreign_hosts(engine), *_web_pages(engine), *_strangers(engine)]
    doors += _foreign_types(engine, path)
    for door in doors:
        answer = await _ask(engine, method, path, door.headers, door.body)
        _assert_refused(answer, door.status, door.code)


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
    answer = await _ask(engine, "GET", "/v1/models/", engine.auth)
    assert answer.status_code == 404
    answer = await _ask(engine, "PUT", "/v1/files", {**engine.auth, **_JSON}, b"{}")
    assert answer.status_code == 405
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


async def test_an_oversized_body_is_refused_unread(engine: EngineUnderTest) -> None:
    body = b'{"model": "' + b"x" * (17 * 2**20) + b'"}'
    headers = {**engine.auth, **_JSON}
    answer = await _ask(engine, "POST", "/v1/chat/completions", headers, body)
    _assert_refused(answer, 413, "too_large")


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"[" * 100_000, b"\xff\xfe", b'""'])
async def test_a_body_that_is_no_object_is_refused_in_the_same_shape(
    engine: EngineUnderTest, body: bytes
) -> None:
    for method, path in routes():
        if method == "POST" and not path.endswith(("/cancel", "/pause", "/resume", "/parts")):
            answer = await _ask(engine, method, path, {**engine.auth, **_JSON}, body)
            assert answer.status_code == 400, (path, answer.text)
            assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


_PATHS = ["../../engine.db", "..%2f..%2fengine.db", "%2e%2e/engine.db", "/etc/passwd", "file-x%00"]
_PATHS += ["..\\..\\engine.db", "C:\\x", "\\\\host\\share", "CON", "NUL.jsonl", "~root", "%ff"]


@pytest.mark.parametrize("name", _PATHS)
async def test_an_id_never_becomes_a_path(engine: EngineUnderTest, name: str) -> None:
    for spelled in (name, quote(name, safe="%"), quote(name, safe="")):
        for method, path in routes():
            if "x-1" in path:
                headers, body = {**engine.auth, **_JSON}, b'{"part_ids": []}'
                answer = await _ask(engine, method, path.replace("x-1", spelled), headers, body)
                assert answer.status_code in {400, 404, 405}, (method, path, answer.text)
                assert b"root:" not in answer.content
                assert b"SQLite" not in answer.content


def test_the_socket_is_private(engine: EngineUnderTest) -> None:
    assert engine.uds is not None
    socket = Path(engine.uds)
    assert socket.stat().st_mode & 0o777 == 0o600
    assert socket.parent.stat().st_mode & 0o777 == 0o700
