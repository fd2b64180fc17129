"""The test of a provider: what it finds out, each thing that can be wrong, what it never does."""

from __future__ import annotations

import asyncio
import errno
import json
import socket
import ssl
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import self_signed
from tests.support.fake_provider import Reply, fake_provider, refusal
from tests.support.odd_servers import answer_of, odd_server, tls
from tests.support.projects import run
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.credentials import Credentials
from tunedesk.providers.network_errors import of_network
from tunedesk.providers.probe import Answer, probe
from tunedesk.providers.profiles import Profile

KEY = "sk-canary-4b1d9e77"
CREDENTIALS = Credentials(KEY)
HTML = b"<!doctype html><title>Welcome</title>"


def profile(base_url: str, **changes: Any) -> Profile:
    return Profile(id="fake", name="Fake", base_url=base_url, **changes)


def verdicts(answers: list[Answer]) -> dict[str, str]:
    return {answer.what: answer.verdict for answer in answers}


async def only_problem(base_url: str, limit_s: float = 9.0) -> TunedeskError:
    """The problem that all three answers have; its words hold no key and tell a next step."""
    answers = await probe(profile(base_url), CREDENTIALS, limit_s=limit_s)
    problems = [answer.problem for answer in answers]
    assert problems[0] is not None
    assert {str(problem) for problem in problems} == {str(problems[0])}
    assert KEY not in str(problems)
    assert problems[0].next_step
    return problems[0]


def test_each_of_three_is_judged_for_itself_and_nothing_is_created() -> None:
    async def steps() -> None:
        async with fake_provider() as server:
            page = {"object": "list", "data": [], "has_more": False}
            answers = {
                "/models": Reply(page),
                "/files": refusal(403, "Files are not for you.", "scope"),
                "/fine_tuning/jobs": refusal(404, "Unknown request URL"),
            }
            server.before = lambda request: answers[request.path]
            found = await probe(profile(server.base_url), CREDENTIALS)
            assert verdicts(found) == {
                "models": "works",
                "files": "refused",
                "jobs": "not_offered",
            }
            assert [answer.problem is None for answer in found] == [True, False, False]
            assert "Files are not for you." in found[1].raw
            assert found[1].raw.startswith("403")
            asked = sorted((r.method, r.path, r.query.get("limit")) for r in server.requests)
            assert asked == [
                ("GET", "/files", "1"),
                ("GET", "/fine_tuning/jobs", "1"),
                ("GET", "/models", None),
            ]

    run(steps())


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_nothing_is_asked_twice(status: int) -> None:
    async def steps() -> None:
        async with fake_provider() as server:
            server.before = lambda _: refusal(status, "Later.", **{"Retry-After": "0"})
            found = await probe(profile(server.base_url), CREDENTIALS)
            assert len(server.requests) == 3
            assert "works" not in verdicts(found).values()

    run(steps())


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (answer_of("200 OK", HTML, "text/html"), "web_page"),
        (answer_of("200 OK", b'{"hello": 1}'), "not_an_api"),
        (answer_of("200 OK", b"\xff\xfe\x00"), "not_an_api"),
        (answer_of("301 Moved", Location="https://elsewhere.example/v1"), "redirected"),
        (
            answer_of("401 No", json.dumps({"error": {"message": f"Bad {KEY}"}}).encode()),
            "key_refused",
        ),
        (
            answer_of("401 No", b'{"error": {"code": "mismatched_organization", "message": "x"}}'),
            "other_organization",
        ),
        (
            answer_of(
                "401 No",
                b'{"error": {"message": "OpenAI-Organization header should match organization"}}',
            ),
            "other_organization",
        ),
        (answer_of("403 No", HTML, "text/html"), "forbidden"),
        (
            answer_of("403 No", json.dumps({"error": {"message": f"Not {KEY}"}}).encode()),
            "forbidden",
        ),
        (answer_of("404 No", HTML, "text/html"), "wrong_path"),
        (answer_of("410 Gone"), "gone"),
        (answer_of("429 Slow"), "rate_limited"),
        (answer_of("503 Busy", HTML, "text/html"), "provider_failed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "hung_up"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "not_http"),
        (b"", "hung_up"),
    ],
)
def test_every_odd_answer_has_its_own_sentence(answer: bytes, code: str) -> None:
    async def steps() -> None:
        async with odd_server(answer) as server:
            problem = await only_problem(f"http://127.0.0.1:{server.port}/v1")
            assert problem.code == code

    run(steps())


def test_the_raw_answer_shows_no_key_however_it_is_spelled() -> None:
    key = 'sk/c+ana"ry=91'
    credentials = Credentials(key, {"X-Second": "second-secret-5"})
    import base64
    from urllib.parse import quote

    spelled = [
        key,
        quote(key, safe=""),
        json.dumps(key),
        base64.b64encode(key.encode()).decode(),
        "second-secret-5",
    ]

    async def steps() -> None:
        body = "\n".join(spelled).encode()
        async with odd_server(answer_of("400 No", body, "text/plain")) as server:
            found = await probe(profile(f"http://127.0.0.1:{server.port}/v1"), credentials)
            for spelling in spelled:
                assert spelling not in found[0].raw
            assert found[0].raw.count("…") >= len(spelled)

    run(steps())


@pytest.mark.parametrize(
    ("made", "trusted", "code"),
    [
        ({}, False, "certificate_unknown"),
        ({"days": -1}, True, "certificate_expired"),
        ({"name": "other.example", "address": "127.0.0.2"}, True, "certificate_other_name"),
    ],
)
def test_a_bad_certificate_is_named_and_no_key_is_sent(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    made: dict[str, Any],
    trusted: bool,
    code: str,
) -> None:
    certificate = self_signed(tmp_path, **made)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))

    async def steps() -> None:
        async with odd_server(answer_of("200 OK"), tls(certificate)) as server:
            problem = await only_problem(f"https://127.0.0.1:{server.port}/v1")
            assert problem.code == code
            assert server.heads == []

    run(steps())


def test_https_where_http_is_spoken_and_a_port_where_nobody_listens() -> None:
    async def steps() -> None:
        async with odd_server(answer_of("400 No")) as server:
            problem = await only_problem(f"https://127.0.0.1:{server.port}/v1")
            assert problem.code == "not_encrypted"
        problem = await only_problem(f"http://127.0.0.1:{server.port}/v1")
        assert problem.code == "unreachable"
        assert "Nothing listens at 127.0.0.1" in problem.what

    run(steps())


@pytest.mark.parametrize("status", ["403 Forbidden", "407 Proxy Authentication Required"])
def test_a_proxy_that_refuses_is_told_from_the_provider(
    monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    async def steps() -> None:
        async with odd_server(answer_of(status, HTML, "text/html")) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
            problem = await only_problem("https://api.example.com/v1")
            assert problem.code == "proxy_refused"
            assert status.split()[0] in problem.what
            assert "in between" in problem.what
            past = await only_problem("http://127.0.0.1:9/v1")
            assert "in between" not in past.what
            assert all(head.startswith("CONNECT api.example.com") for head in proxy.heads)
            assert not any(KEY in head for head in proxy.heads)

    run(steps())


@pytest.mark.parametrize(
    ("number", "code"), [(socket.EAI_NONAME, "no_such_host"), (socket.EAI_AGAIN, "no_network")]
)
def test_a_name_that_is_not_found(monkeypatch: pytest.MonkeyPatch, number: int, code: str) -> None:
    def nobody_knows(*_args: object, **_more: object) -> None:
        raise socket.gaierror(number, "not found")

    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)

    async def steps() -> None:
        problem = await only_problem("https://api.exmaple.com/v1")
        assert problem.code == code
        assert "api.exmaple.com" in str(problem)

    run(steps())


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EHOSTUNREACH])
def test_no_way_to_the_network_has_its_sentence(number: int) -> None:
    assert of_network(OSError(number, "x"), "Fake", "h").code == "no_network"
    assert of_network(ssl.SSLError("x"), "Fake", "h").code == "not_encrypted"


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_it_ends_in_time_where_nothing_comes(answer: bytes | None) -> None:
    def waiting(_head: str) -> bytes | None:
        return answer

    async def steps() -> None:
        async with odd_server(waiting if answer is None else answer) as server:
            problem = await only_problem(f"http://127.0.0.1:{server.port}/v1", limit_s=0.3)
            assert problem.code in ("timeout", "hung_up")

    run(steps())


def test_cancelling_closes_the_connections() -> None:
    async def steps() -> None:
        async with odd_server(None) as server:
            asked = asyncio.create_task(
                probe(profile(f"http://127.0.0.1:{server.port}/v1"), CREDENTIALS)
            )
            while len(server.heads) < 3:
                await asyncio.sleep(0.005)
            began = time.monotonic()
            asked.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asked
            assert time.monotonic() - began < 5  # not the nine seconds it may take

    run(steps())


def test_no_key_goes_over_the_network_in_the_open() -> None:
    with pytest.raises(TunedeskError) as caught:
        run(probe(profile("http://example.com/v1"), CREDENTIALS))
    assert caught.value.code == "insecure_address"


def test_what_the_profile_adds_is_sent_with_each_question() -> None:
    async def steps() -> None:
        async with fake_provider() as server:
            made = profile(
                server.base_url,
                key_header="api-key",
                organization="org-1",
                extra_headers={"X-Route": "fast"},
                extra_query={"api-version": "v1"},
            )
            await probe(made, Credentials(KEY, {"X-Portkey-Api-Key": "pk-second-1"}))
            for request in server.requests:
                assert request.headers["api-key"] == KEY
                assert request.headers["x-portkey-api-key"] == "pk-second-1"
                assert request.headers["openai-organization"] == "org-1"
                assert request.headers["x-route"] == "fast"
                assert request.query["api-version"] == "v1"
                assert "authorization" not in request.headers

    run(steps())
