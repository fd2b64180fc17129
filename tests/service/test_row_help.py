"""What the row editor asks for: drafts, tokens, and what a row teaches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.dataset_rows import assistant, chat, preference, raw, user
from tests.support.fake_provider import (
    FakeProvider,
    Reply,
    Request,
    fake_provider,
    refusal,
    stream_of,
)
from tests.support.projects import home, project, providers_of, run
from tunedesk.core.errors import TunedeskError
from tunedesk.core.learned import MOST_CHARS, Learned
from tunedesk.providers.engine_process import EngineAddress
from tunedesk.providers.openai_compatible import OpenAICompatible
from tunedesk.providers.profiles import Profile
from tunedesk.services.compare.comparison import Comparison
from tunedesk.services.dataset.row_help import Contender, Draft, RowHelp
from tunedesk.services.providers.local_engine import LocalEngine

LOCAL = Profile(id="local", name="Here", kind="engine", needs_key=False, max_row_tokens=12)
BASE = Contender(provider_id="fake", model="base-1", label="Base One", kind="base")
_STREAM = "text/event-stream"


class Bench:
    def __init__(self, server: FakeProvider, engine: LocalEngine, helper: RowHelp) -> None:
        self.server, self.engine, self.help = server, engine, helper

    def start_engine(self) -> None:
        """As after a start: the fake server stands where the engine would listen."""
        self.engine._address = EngineAddress(
            base_url=self.server.base_url, token="t", uds=None, pid=1
        )
        self.engine._become("ready")

    async def draft(self, *messages: dict[str, Any]) -> Draft:
        made = self.help.start_draft(BASE, messages or (user(),))
        await self.help.write(made)
        return made


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    async with home(folder) as place, fake_provider() as server, project(place) as made:
        fake = Profile(id="fake", name="Fake", kind="openai", base_url=server.base_url)
        engine = LocalEngine(place.folders, place.background)
        providers = providers_of(engine, fake, LOCAL, keys={"fake": "sk-test"})
        comparison = Comparison(made, providers, place.background)
        try:
            yield Bench(server, engine, RowHelp(made, providers, comparison, place.background))
        finally:
            await providers.close()


def _texts(learned: Learned) -> tuple[str, str, str]:
    """What is taught, only read, and lost."""
    taught = "".join(p.text for p in learned.pieces if p.is_taught and not p.is_lost)
    read = "".join(p.text for p in learned.pieces if not p.is_taught and not p.is_lost)
    return taught, read, "".join(p.text for p in learned.pieces if p.is_lost)


def test_a_draft_is_asked_without_what_a_chat_does_not_know(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.chat["base-1"] = Reply(stream_of("Two", "!"), content_type=_STREAM)
            draft = await b.draft(user("How many?"), assistant("One.", weight=0), user("Sure?"))
            assert (draft.text, draft.is_complete, draft.problem) == ("Two!", True, None)
            sent = b.server.requests[-1].json["messages"]
            assert sent == [user("How many?"), assistant("One."), user("Sure?")]

    run(steps())


@pytest.mark.parametrize("reason", [None, "length"])
def test_a_draft_without_an_end_is_cut_off(tmp_path: Path, reason: str | None) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            body = stream_of("Two", finish_reason=reason)
            b.server.chat["base-1"] = Reply(body, content_type=_STREAM)
            draft = await b.draft()
            assert (draft.text, draft.is_complete) == ("Two", False)

    run(steps())


def test_a_refused_draft_says_why_and_a_stopped_one_ends(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.before = lambda _request: refusal(400, "No tools, please.")
            draft = await b.draft()
            assert draft.problem is not None
            assert "No tools, please." in draft.problem.what
            assert not draft.is_complete
            writing = asyncio.ensure_future(b.help.write(b.help.start_draft(BASE, [user()])))
            await asyncio.sleep(0)
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            assert writing.cancelled()

    run(steps())


def test_this_computers_models_come_first(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.start_engine()
            assert [m.provider_id for m in await b.help.models()] == ["local", "fake"]

    run(steps())


def test_without_the_engine_the_rule_says_what_is_taught(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            row = chat(user("Hi"), assistant("Not this.", weight=0), assistant("This."))
            lesson = await b.help.lesson(row)
            assert (lesson.by_model, lesson.why) == ("", "engine_off")
            (one,) = lesson.readings
            assert "This." in _texts(one)[0] + _texts(one)[2]
            assert "Not this." not in _texts(one)[0]
            assert b.engine.status.state == "stopped"
            assert b.server.requests == []

    run(steps())


def test_the_rule_cuts_at_the_limit_and_counts_what_is_lost(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            (one,) = (await b.help.lesson(chat(user("Hi"), assistant("word " * 50)))).readings
            assert one.is_cut
            assert one.limit_tokens == 12
            taught, _, lost = _texts(one)
            assert taught + lost == "word " * 50 + "\n"
            assert one.n_taught_tokens + one.n_lost_tokens >= 50
            assert one.n_taught_tokens < 12
            pair = (await b.help.lesson(preference())).readings
            assert [reading.name for reading in pair] == ["preferred", "non_preferred"]
            huge = chat(user("Hi"), assistant("word " * 50_000))
            (long,) = (await b.help.lesson(huge)).readings
            assert long.is_shortened
            assert sum(len(p.text) for p in long.pieces) <= MOST_CHARS
            for odd in (b"{", b"[]", raw({"messages": 3}), raw({"messages": [1, None]})):
                await b.help.lesson(odd)

    run(steps())


def _preview(request: Request) -> Reply | None:
    if request.path != "/fine_tuning/preview":
        return None
    assert request.json["model"] == "base-1"
    tokens = [
        {"id": 1, "text": "Q ", "trained": False},
        {"id": 2, "text": "A", "trained": True},
        {"id": 3, "text": "B", "trained": False},
    ]
    view = {"tokens": tokens, "n_tokens": 3, "n_trained_tokens": 1, "limit_tokens": 2}
    view |= {"cut_at": 2, "lost_trained_tokens": 1}
    is_pair = "input" in request.json["example"]
    return Reply({"preferred": view, "non_preferred": view} if is_pair else view)


def test_the_engine_says_how_its_model_reads_a_row(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.start_engine()
            b.server.before = _preview
            lesson = await b.help.lesson(chat())
            assert lesson.by_model == "base-1"
            (one,) = lesson.readings
            assert _texts(one) == ("A", "Q ", "B")
            assert (one.n_taught_tokens, one.n_lost_tokens, one.limit_tokens) == (1, 1, 2)
            assert len((await b.help.lesson(preference())).readings) == 2

    run(steps())


def test_what_the_engine_refuses_is_read_by_rule_with_its_words(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.start_engine()
            for answer in (refusal(400, "No tools here."), Reply({"odd": 1}), Reply([1])):

                def before(request: Request, answer: Reply = answer) -> Reply | None:
                    return answer if request.path == "/fine_tuning/preview" else None

                b.server.before = before
                lesson = await b.help.lesson(chat())
                assert lesson.by_model == ""
                assert lesson.why
                assert lesson.readings

    run(steps())


def test_others_are_not_asked_for_previews() -> None:
    async def steps() -> None:
        async with fake_provider() as server:
            other = Profile(id="x", name="X", kind="openai", base_url=server.base_url)
            provider = OpenAICompatible(other, api_key="k")
            with pytest.raises(TunedeskError, match="does not say"):
                await provider.preview("m", {})
            await provider.close()
            assert server.requests == []

    run(steps())
