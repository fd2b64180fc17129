"""What a provider offers, found out by reading alone: nothing is created or tried twice."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tunedesk.core.errors import TunedeskError
from tunedesk.providers.address import host_of
from tunedesk.providers.client import build_http
from tunedesk.providers.credentials import Credentials
from tunedesk.providers.errors import a_web_page, not_an_api, of_status, without_secrets
from tunedesk.providers.network_errors import of_network, too_slow
from tunedesk.providers.profiles import Profile

if TYPE_CHECKING:
    import httpx2

What = Literal["models", "files", "jobs"]
Verdict = Literal["works", "not_offered", "refused", "no_answer"]

LIMIT_S = 7.5
_ASKED: tuple[tuple[What, str], ...] = (
    ("models", "/models"),
    ("files", "/files?limit=1"),
    ("jobs", "/fine_tuning/jobs?limit=1"),
)
_NOT_OFFERED = frozenset({404, 405, 410, 501})
_MAX_BYTES = 4_000_000
_MAX_RAW_CHARS = 4_000


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one question. `raw` is the answer itself as plain text, without any key.

    `problem` is None where it works. `took_ms` is from the question to the end of the answer.
    """

    what: What
    verdict: Verdict
    raw: str = ""
    took_ms: int = 0
    problem: TunedeskError | None = None


async def probe(
    profile: Profile,
    credentials: Credentials,
    *,
    base_url: str = "",
    uds: Path | None = None,
    limit_s: float = LIMIT_S,
) -> list[Answer]:
    """Ask for models, files and jobs at once; all are answered, or given up, within `limit_s`.

    Raises TunedeskError only for an address that no key may be sent to. Cancelling closes the
    connections.
    """
    address = base_url or profile.base_url
    ends_at = time.monotonic() + limit_s
    client = await asyncio.to_thread(build_http, profile, address, credentials, uds)
    async with client:
        left_s = max(0.1, ends_at - time.monotonic())
        question = _Question(client, profile, credentials, address, left_s)
        answers = await asyncio.gather(*(question.ask(what, path) for what, path in _ASKED))
    if all(one.problem is not None and one.problem.code == "not_found" for one in answers):
        told = _wrong_path(profile.name)
        return [msgspec.structs.replace(one, problem=told) for one in answers]
    return list(answers)


def _wrong_path(name: str) -> TunedeskError:
    return TunedeskError(
        "wrong_path",
        f"Nothing of the OpenAI API is at the address of {name}.",
        "Somebody answers there, and knows neither models nor files nor jobs (404).",
        "Check the end of the address: most end in /v1. A server that lists no models cannot be "
        "used.",
    )


class _Question:
    def __init__(
        self,
        client: httpx2.AsyncClient,
        profile: Profile,
        credentials: Credentials,
        address: str,
        limit_s: float,
    ) -> None:
        self._client, self._name, self._credentials = client, profile.name, credentials
        self._address, self._limit_s = address, limit_s

    async def ask(self, what: What, path: str) -> Answer:
        import httpx2

        began = time.monotonic()
        try:
            async with asyncio.timeout(self._limit_s):
                response, content = await self._get(path)
        except TimeoutError:
            return self._silent(what, too_slow(self._name, host_of(self._address)), began)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            told = of_network(error, self._name, host_of(self._address))
            return self._silent(what, told, began)
        verdict, problem = self._judge(response, content)
        raw = self._credentials.scrub(_raw(response, content))
        took_ms = round((time.monotonic() - began) * 1000)
        return Answer(what=what, verdict=verdict, raw=raw, took_ms=took_ms, problem=problem)

    def _silent(self, what: What, problem: TunedeskError, began: float) -> Answer:
        took_ms = round((time.monotonic() - began) * 1000)
        return Answer(what=what, verdict="no_answer", took_ms=took_ms, problem=problem)

    async def _get(self, path: str) -> tuple[httpx2.Response, bytes]:
        url = self._address.rstrip("/") + path
        content = b""
        async with self._client.stream("GET", url, timeout=self._limit_s) as response:
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > _MAX_BYTES:
                    break
        return response, content

    def _judge(
        self, response: httpx2.Response, content: bytes
    ) -> tuple[Verdict, TunedeskError | None]:
        status, body = response.status_code, _json(content)
        if 200 <= status < 300:
            works = isinstance(body, list) or (isinstance(body, dict) and "data" in body)
            if works:
                return "works", None
            is_page = "html" in response.headers.get("content-type", "")
            told = a_web_page(self._name) if is_page else not_an_api(self._name)
            return "not_offered", told
        problem = without_secrets(of_status(status, body, self._name), self._credentials)
        if status in _NOT_OFFERED:
            return "not_offered", problem
        return ("no_answer" if status >= 500 else "refused"), problem


def _json(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _raw(response: httpx2.Response, content: bytes) -> str:
    kind = response.headers.get("content-type", "")
    where = response.headers.get("location", "")
    head = [f"{response.status_code} {response.reason_phrase}".strip()]
    head += [f"Content-Type: {kind}"] if kind else []
    head += [f"Location: {where}"] if where else []
    text = content[: _MAX_RAW_CHARS * 4].decode("utf-8", "replace")
    cut = text[:_MAX_RAW_CHARS] + ("\n…" if len(text) > _MAX_RAW_CHARS else "")
    return "\n".join(head) + "\n\n" + cut
