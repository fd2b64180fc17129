"""K3: a key belongs to one origin; twenty ways to send it elsewhere, and none does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.fake_provider import FakeProvider, Reply, fake_provider
from tests.support.projects import run
from tunedesk.core.chat import ChatRequest
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import JobRequest
from tunedesk.providers.address import checked_address, origin_of
from tunedesk.providers.client import build_http
from tunedesk.providers.credentials import Credentials
from tunedesk.providers.openai_compatible import OpenAICompatible
from tunedesk.providers.probe import probe
from tunedesk.providers.profiles import Profile

KEY, SECOND = "sk-canary-31aa07c5", "pk-canary-second-9d"
SECRETS = Credentials(KEY, {"X-Portkey-Api-Key": SECOND})
KEY_HEADERS = ("Authorization", "api-key", "x-api-key")


def _to(place: str, status: int) -> Callable[[str], Reply]:
    return lambda other: Reply(
        b"",
        status,
        headers={"Location": place.format(other=other), "Retry-After-Ms": "1"},
    )


def _page(html: str) -> Callable[[str], Reply]:
    return lambda other: Reply(html.format(other=other).encode(), content_type="text/html")


def _header(name: str, value: str, status: int = 200) -> Callable[[str], Reply]:
    return lambda other: Reply(
        {"object": "list", "data": []}, status, headers={name: value.format(other=other)}
    )


def _body(**more: str) -> Callable[[str], Reply]:
    def made(other: str) -> Reply:
        fields = {name: text.format(other=other) for name, text in more.items()}
        return Reply({"object": "list", "data": [], "has_more": True, **fields})

    return made


SHAPES: dict[str, Callable[[str], Reply]] = {
    "301 elsewhere": _to("{other}/v1/models", 301),
    "302 elsewhere": _to("{other}/v1/models", 302),
    "303 elsewhere": _to("{other}/v1/models", 303),
    "307 elsewhere": _to("{other}/v1/models", 307),
    "308 elsewhere": _to("{other}/v1/models", 308),
    "300 elsewhere": _to("{other}/v1/models", 300),
    "304 elsewhere": _to("{other}/v1/models", 304),
    "305 use a proxy": _to("{other}", 305),
    "201 with a place": _to("{other}/v1/models", 201),
    "401 with a place": _to("{other}/v1/models", 401),
    "503 with a place": _to("{other}/v1/models", 503),
    "without scheme": _to("//{other}/v1/models", 302),
    "with a name before @": _to("http://127.0.0.1@{other}/v1", 307),
    "upper case and blanks": _to("  HTTP:{other}/v1", 302),
    "relative": _to("/v1/other-models", 307),
    "refresh header": _header("Refresh", "0; url={other}/v1"),
    "alternative service": _header("Alt-Svc", 'h2="{other}"; ma=9999'),
    "next link": _header("Link", '<{other}/v1>; rel="next"'),
    "page that refreshes": _page('<meta http-equiv="refresh" content="0;url={other}/v1">'),
    "next page in the body": _body(next="{other}/v1", last_id="x", url="{other}/v1"),
}


async def _everything(client: OpenAICompatible, path: Path) -> None:
    """Each kind of call; what comes back does not matter here."""
    calls = (
        lambda: client.models(),
        lambda: client.files.send(path, path.stat().st_size),
        lambda: client.create_job(JobRequest(model="m", training_file="f")),
        lambda: client.events("ftjob-1"),
        lambda: client.cancel("ftjob-1"),
    )
    for call in calls:
        try:
            await call()  # type: ignore[no-untyped-call]
        except TunedeskError as error:
            assert KEY not in str(error) and SECOND not in str(error)
    try:
        async for _ in client.chat(ChatRequest(model="m", messages=[])):
            pass
    except TunedeskError as error:
        assert KEY not in str(error)


def _asked_for(server: FakeProvider) -> set[str]:
    return {request.path for request in server.requests}


@pytest.mark.parametrize("shape", list(SHAPES), ids=list(SHAPES))
def test_no_redirect_is_followed(shape: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"messages": []}\n')

    async def steps() -> None:
        async with fake_provider() as server, fake_provider() as other:
            place = other.base_url.removesuffix("/v1").removeprefix("http://")
            answer = SHAPES[shape]
            server.before = lambda _: answer(
                place if shape.startswith(("without", "with a")) else f"http://{place}"
            )
            for key_header in KEY_HEADERS:
                profile = Profile(id="x", name="X", base_url=server.base_url, key_header=key_header)
                client = OpenAICompatible(profile, api_key=KEY, secret_headers=SECRETS.headers)
                await _everything(client, path)
                await client.close()
                await probe(profile, SECRETS)
            assert other.requests == []
            assert "/other-models" not in _asked_for(server)
            assert len(server.requests) >= 3 * 8

    run(steps())


def test_even_a_request_to_another_address_carries_no_key() -> None:
    """The last line of defence: whatever a library would do, the key is put on by origin."""

    async def steps() -> None:
        async with fake_provider() as server, fake_provider() as other:
            profile = Profile(id="x", name="X", base_url=server.base_url, key_header="api-key")
            async with build_http(profile, server.base_url, SECRETS, None) as client:
                await client.get(server.base_url + "/models")
                await client.get(other.base_url + "/models", headers={"api-key": "left behind"})
            sent = server.requests[0].headers
            assert (sent["api-key"], sent["x-portkey-api-key"]) == (KEY, SECOND)
            elsewhere = other.requests[0].headers
            assert not {"api-key", "x-portkey-api-key", "authorization"} & set(elsewhere)

    run(steps())


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("https://API.example.com/v1", "https://api.example.com:443/v2/", True),
        ("https://api.example.com", "https://api.example.com.evil.net", False),
        ("https://api.example.com", "http://api.example.com", False),
        ("https://api.example.com", "https://api.example.com:8443", False),
        ("http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/other", True),
        ("http://[::1]:8000/v1", "http://[::1]:8001/v1", False),
        ("https://api.example.com", "https://user@api.example.com", True),
        ("https://api.example.com", "https://api.example.com@evil.net", False),
    ],
)
def test_what_one_origin_is(one: str, other: str, is_same: bool) -> None:
    assert (origin_of(one) == origin_of(other)) == is_same


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "api.example.com/v1",
        "http://api.example.com/v1",
        "ftp://127.0.0.1/v1",
        "https://",
        "https://me:secret@api.example.com/v1",
        "https://api.example.com/v1?api-key=secret",
        "https://api.example.com/v1#top",
        "https://api.example.com/v1/chat/completions",
        "https://api.example.com:notaport/v1",
        "javascript://127.0.0.1/%0aalert(1)",
    ],
)
def test_an_address_that_no_key_may_go_to_is_refused_with_a_next_step(typed: str) -> None:
    with pytest.raises(TunedeskError) as caught:
        checked_address(typed)
    assert caught.value.next_step
    assert "secret" not in str(caught.value)


def test_an_address_is_kept_in_one_spelling() -> None:
    assert checked_address("  https://api.example.com/v1/ ") == "https://api.example.com/v1"
    assert checked_address("http://localhost:8000/v1") == "http://localhost:8000/v1"
