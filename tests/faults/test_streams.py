"""N3 and N4: a reply that was cut off is known to be, and no stream harms the app."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from tests.support.fake_client import CHAT, client, said
from tests.support.fake_provider import Reply, fake_provider, stream_of
from tests.support.fake_provider.messages import Ending
from tests.support.hostile_streams import ENDINGS, FRAMINGS, hostile
from tests.support.projects import fake_providers, home, run, until
from tests.support.seeds import replayable, seeds
from tunedesk.core.errors import TunedeskError
from tunedesk.providers.openai_compatible import OpenAICompatible
from tunedesk.services.compare.answering import MAX_CHARS, Answering
from tunedesk.store.records import Contender

BASE = Contender(provider_id="fake", model="base-1", label="Base One", kind="base")
WHOLE = (
    'data: {"choices":[{"delta":{"content":"Rome. ไทย."}}]}\n\n'
    'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'
    "data: [DONE]\n\n"
).encode()
END = WHOLE.index(b"\n\n", WHOLE.index(b'"finish_reason"'))
"""Where the line ends that gives the reason."""

FAULTS = {"stream_failed", "not_an_api", "too_large", "refused", "not_found", "provider_failed"}
BATCH = 100
MB = 2**20


@pytest.mark.parametrize("ending", ENDINGS)
def test_cut_at_every_byte_it_is_flagged_unless_a_reason_was_seen(
    tmp_path: Path, ending: Ending
) -> None:
    """What is flagged takes no vote (Round) and no row without a confirm (Draft)."""

    async def steps() -> None:
        async with (
            home(tmp_path) as place,
            fake_provider() as server,
            fake_providers(place, server) as providers,
        ):
            for n_bytes in range(len(WHOLE) + 1):
                framing = FRAMINGS[n_bytes % 3] if n_bytes < END else "close"
                server.chat["base-1"] = event_stream(
                    WHOLE, cut_after_bytes=n_bytes, ending=ending, framing=framing
                )
                answering = Answering(BASE)
                await answering.run(providers, CHAT)
                answer = answering.answer(CHAT.settings)
                assert "Rome. ไทย.".startswith(answer.text)
                if n_bytes < END:
                    assert not answer.is_complete, f"cut after {n_bytes} bytes"
                if n_bytes >= END + 2:
                    assert answer.is_complete, f"cut after {n_bytes} bytes"
                    assert answer.text == "Rome. ไทย."

    run(steps())


def test_an_answer_without_end_is_kept_up_to_a_bound_and_counts_as_cut_off(tmp_path: Path) -> None:
    async def steps() -> None:
        async with (
            home(tmp_path) as place,
            fake_provider() as server,
            fake_providers(place, server) as providers,
        ):
            piece = b'data: {"choices": [{"delta": {"content": "%s"}, "finish_reason": "x"}]}\n\n'
            body = piece % (b"word " * 120_000)
            server.chat["base-1"] = event_stream(body, framing="close", repeats=True)
            answering = Answering(BASE)
            await answering.run(providers, CHAT)
            assert len(answering.text) == MAX_CHARS
            assert not answering.answer(CHAT.settings).is_complete
            assert answering.problem is not None
            assert f"stopped at {MAX_CHARS:,} characters" in answering.problem.what

    run(steps())


def test_an_answer_of_one_line_of_5_mb_is_kept_whole(tmp_path: Path) -> None:
    async def steps() -> None:
        async with (
            home(tmp_path) as place,
            fake_provider() as server,
            fake_providers(place, server) as providers,
        ):
            line = "word " * MB
            server.chat["base-1"] = event_stream(stream_of(line), framing="close")
            answering = Answering(BASE)
            await answering.run(providers, CHAT)
            answer = answering.answer(CHAT.settings)
            assert answer.text == line
            assert answer.is_complete

    run(steps())


@pytest.mark.parametrize("first", range(0, 1000, BATCH))
def test_fuzzed_streams_end_as_an_answer_or_as_an_error_in_words(first: int) -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            for seed in seeds(first, first + BATCH):
                reply = hostile(random.Random(seed))
                server.chat["base-1"] = reply
                with replayable(seed):
                    await ends_well(provider, reply)

    run(steps())


async def ends_well(provider: OpenAICompatible, reply: Reply) -> None:
    try:
        text, reason, _ = await asyncio.wait_for(said(provider), 30)
    except TunedeskError as error:
        assert error.code in FAULTS
        assert error.title
        assert error.next_step
    else:
        assert isinstance(text, str)
        if b"finish_reason" not in reply.body[: reply.cut_after_bytes]:
            assert reason is None


@pytest.mark.parametrize(
    "body",
    [
        b'data: {"choices": [{"delta": {"content": "' + b"x" * 10 * MB + b'"}}]}\n\n',
        b"data: " + b"y" * 10 * MB,
        (b"data: " + b"z" * 1000 + b"\n") * (10 * MB // 1007),
    ],
    ids=["one event", "no line end", "no blank line"],
)
@pytest.mark.parametrize("repeats", [False, True], ids=["once", "endless"])
def test_an_event_of_10_mb_is_refused_and_not_kept(body: bytes, repeats: bool) -> None:
    async def steps() -> None:
        async with fake_provider() as server, client(server) as provider:
            await said(provider)
            server.chat["base-1"] = event_stream(body, framing="close", repeats=repeats)
            tracemalloc.start()
            try:
                with pytest.raises(TunedeskError) as caught:
                    await said(provider)
                _, peak_bytes = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert caught.value.code == "too_large"
            assert peak_bytes < 40 * MB

    run(steps())


PIECE = b'data: {"choices": [{"delta": {"content": "%s"}}]}\n\n'
ENDLESS = {
    "text": PIECE % (b"word " * 200),
    "nothing": PIECE % b"",
    "comments": b": still here\n\n",
    "blank lines": b"\n",
    "done": stream_of("Fine.") + b": more\n\n",
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_endless_stream_stops_when_told_to(what: str) -> None:
    endless = event_stream(ENDLESS[what], framing="close", repeats=True)
    run(stops(endless))


@pytest.mark.parametrize("framing", FRAMINGS)
def test_a_stream_of_a_byte_now_and_then_stops_when_told_to(framing: str) -> None:
    slow = event_stream(PIECE % b"slow", framing=framing, byte_delay_s=0.05, repeats=True)
    run(stops(slow))


def test_a_provider_that_says_nothing_can_be_left() -> None:
    run(stops(event_stream(b"", head_delay_s=60)))


async def stops(reply: Reply) -> None:
    """The reader can be stopped at any time, and then the other side's socket is closed."""
    async with fake_provider() as server, client(server) as provider:
        await provider.models()
        server.chat["base-1"] = reply
        reading = asyncio.create_task(said(provider))
        await until(lambda: server.count("POST /chat/completions"))
        await asyncio.sleep(0.1)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        if not reply.head_delay_s:
            await until(lambda: not server.n_connections, "hanging up")


def event_stream(body: bytes, **how: Any) -> Reply:
    return Reply(body, content_type="text/event-stream", **how)
