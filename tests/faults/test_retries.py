"""N5: reads are retried at most twice, with jitter, as the server asks; creations never."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from tests.support.fake_client import REQUEST, client, waits
from tests.support.fake_provider import Answer, Reply, Silence, fake_provider, refusal
from tests.support.projects import run
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.openai_compatible import OpenAICompatible

__all__ = ["waits"]

OWN = [(0.375, 0.5), (0.75, 1.0)]
"""Seconds before each of the two retries where the server says nothing: with up to 25 % jitter."""

Range = tuple[float, float]


def busy(**headers: str) -> Reply:
    return refusal(429, "Slow down", **{name.replace("_", "-"): v for name, v in headers.items()})


def at(offset_s: float) -> str:
    return formatdate(time.time() + offset_s, usegmt=True)


def reads() -> dict[str, tuple[Answer, list[Range]]]:
    """What is answered, and how long the client then waits before each retry. Made anew for each
    test, since some hold the time of day."""
    return {
        "429": (busy(), OWN),
        "429, 1 s": (busy(Retry_After="1"), [(1, 1)] * 2),
        "429, 1.5 s": (busy(Retry_After="1.5"), [(1.5, 1.5)] * 2),
        "429, 50 ms": (busy(retry_after_ms="50"), [(0.05, 0.05)] * 2),
        "429, both": (busy(retry_after_ms="50", Retry_After="9"), [(0.05, 0.05)] * 2),
        "429, 2 min": (busy(Retry_After="120"), [(120, 120)] * 2),
        "429, above 2 min": (busy(Retry_After="121"), []),
        "429, a year": (busy(Retry_After="31536000"), []),
        "429, beyond numbers": (busy(Retry_After="1e999"), []),
        "429, in a minute": (busy(Retry_After=at(60)), [(50, 61)] * 2),
        "429, tomorrow": (busy(Retry_After=at(86_400)), []),
        "429, yesterday": (busy(Retry_After=at(-86_400)), OWN),
        "429, zero": (busy(Retry_After="0"), OWN),
        "429, negative": (busy(Retry_After="-5"), OWN),
        "429, no number": (busy(Retry_After="NaN"), OWN),
        "429, words": (busy(Retry_After="soon"), OWN),
        "429, nothing": (busy(Retry_After=""), OWN),
        "429, two": (busy(Retry_After="1, 2"), OWN),
        "429, told not to": (busy(x_should_retry="false"), []),
        "400, told to": (refusal(400, "Again", **{"x-should-retry": "true"}), OWN),
        "500": (refusal(500, "Oops"), OWN),
        "503, 2 s": (refusal(503, "Busy", **{"Retry-After": "2"}), [(2, 2)] * 2),
        "408": (refusal(408, "Slow"), OWN),
        "404": (refusal(404, "None"), []),
        "410": (refusal(410, "Gone"), []),
        "401": (refusal(401, "Key"), []),
        "a page": (Reply(b"<html>", content_type="text/html"), []),
        "no reply": (Silence(), OWN),
        "reset": (Silence("rst"), OWN),
        "cut": (Reply({"id": "ftjob-1"}, cut_after_bytes=5), OWN),
    }


CALLS: list[Callable[[OpenAICompatible], Any]] = [
    lambda provider: provider.models(),
    lambda provider: provider.job("ftjob-1"),
    lambda provider: provider.events("ftjob-1"),
    lambda provider: provider.checkpoints("ftjob-1"),
    lambda provider: provider.find_jobs({"tunedesk_job": "local-1"}),
]


@pytest.mark.parametrize("case", reads())
def test_a_read_waits_as_told_and_gives_up_in_time(case: str, waits: list[float]) -> None:
    answer, expected = reads()[case]

    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            server.before = lambda _: answer
            for call in CALLS:
                server.requests.clear()
                waits.clear()
                with pytest.raises(TunedeskError) as caught:
                    await call(provider)
                assert caught.value.next_step
                assert len(server.requests) == len(expected) + 1
                assert len(waits) == len(expected)
                for waited, (low, high) in zip(waits, expected, strict=True):
                    assert low <= waited <= high

    run(steps())


@pytest.mark.parametrize("case", reads())
def test_a_creation_is_sent_once(case: str, waits: list[float]) -> None:
    answer, _ = reads()[case]

    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            server.before = lambda _: answer
            with pytest.raises(TunedeskError):
                await provider.create_job(REQUEST)
            assert len(server.requests) == 1
            assert waits == []

    run(steps())


def test_waits_differ_from_each_other(waits: list[float]) -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            server.before = lambda _: busy()
            for _ in range(5):
                with pytest.raises(TunedeskError):
                    await provider.models()
            assert len(set(waits)) == 10

    run(steps())
