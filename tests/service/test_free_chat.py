"""Free conversations: panes, branches, tools, what is kept and what is found again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.fake_provider import FakeProvider, Reply, Silence, fake_provider, stream_of
from tests.support.projects import Home, fake_providers, home, project, run, until
from tunedesk.core.chat import ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.core.proof import sent_digest
from tunedesk.services.chat.conversation import Conversation
from tunedesk.services.chat.export import export_chat, row_of
from tunedesk.services.chat.room import ChatRoom
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender

ONE = Contender(provider_id="fake", model="base-1", label="Base One", kind="base")
TWO = Contender(provider_id="fake", model="tuned-1", label="marv", kind="tuned")
TOOLS = '[{"type": "function", "function": {"name": "weather", "parameters": {}}}]'
STREAM = "text/event-stream"
DIGESTS = {("fake", "tuned-1"): "sha256 of the adapter"}


class Bench:
    def __init__(self, place: Home, server: FakeProvider, room: ChatRoom) -> None:
        self.place, self.server, self.room = place, server, room
        self.say(ONE, "Rome.")
        self.say(TWO, "Rome, if you insist.")

    def say(self, who: Contender, text: str, finish_reason: str | None = "stop") -> None:
        """What this model answers from here on."""
        body = stream_of(text, finish_reason=finish_reason)
        self.server.chat[who.model] = Reply(body, content_type=STREAM)

    def asked(self) -> list[dict[str, Any]]:
        """The bodies of all chat requests."""
        lines = [r for r in self.server.requests if r.line.endswith("/chat/completions")]
        return [request.json for request in lines]


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    async with (
        home(folder) as place,
        fake_provider() as server,
        fake_providers(place, server) as providers,
        project(place) as made,
    ):
        yield Bench(place, server, ChatRoom(made, providers, DIGESTS))


def _said(chat: Conversation, pane_id: int) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in chat.way(pane_id)]


def test_every_pane_answers_and_it_is_there_again_at_the_next_start(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            chat = b.room.begin([ONE, TWO])
            assert await b.room.chats() == []  # nothing said, nothing kept
            first, second = chat.record.panes
            cold = ChatSettings(temperature=0.0, max_tokens=9)
            chat.set_pane(msgspec.structs.replace(second, system="Be Marv.", settings=cold))
            await chat.say("Capital of\nItaly?")
            await chat.say("And of France?")
            again = await b.room.last()
            assert again is not None
            assert again.record == chat.record
            assert again.record.name == "Capital of Italy?"
            for pane in (first, second):
                assert _said(again, pane.id) == _said(chat, pane.id)
            assert _said(again, second.id)[1] == ("assistant", "Rome, if you insist.")
            answer = again.way(second.id)[1].answer
            assert answer is not None
            assert (answer.model, answer.settings) == (TWO.model, cold)
            assert answer.model_digest == DIGESTS["fake", TWO.model]
            assert answer.at_ms == b.place.now_ms
            first_asked = next(body for body in b.asked() if body["model"] == TWO.model)
            assert answer.prompt_digest == sent_digest(first_asked["messages"])
            last = {body["model"]: body for body in b.asked()}[TWO.model]
            assert last["messages"][0] == {"role": "system", "content": "Be Marv."}
            assert [message["role"] for message in last["messages"][1:]] == [
                "user",
                "assistant",
                "user",
            ]
            assert (last["temperature"], last["max_tokens"]) == (0.0, 9)

    run(steps())


def test_an_earlier_turn_put_anew_keeps_the_old_branch(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            chat = b.room.begin([ONE, TWO])
            await chat.say("Capital of Italy?")
            await chat.say("Thank you.")
            b.say(ONE, "Paris.")
            await chat.edit(chat.way(1)[0], "Capital of France?")
            assert _said(chat, 1) == [("user", "Capital of France?"), ("assistant", "Paris.")]
            assert len(chat.way(2)) == 2  # the other pane follows
            old, new = chat.siblings(chat.way(1)[0])
            assert (old.text, new.text) == ("Capital of Italy?", "Capital of France?")
            await chat.show(old)
            assert [text for _, text in _said(chat, 1)][::2] == ["Capital of Italy?", "Thank you."]
            assert len(chat.way(2)) == 2  # a branch is looked at where it is asked for
            b.say(ONE, "Roma.")
            await chat.retry(chat.way(1)[-1])
            assert chat.way(1)[-1].text == "Roma."
            assert [turn.text for turn in chat.siblings(chat.way(1)[-1])] == ["Rome.", "Roma."]
            again = await b.room.last()
            assert again is not None
            assert _said(again, 1) == _said(chat, 1)

    run(steps())


def test_an_answer_that_is_quit_in_the_middle_is_there_again_at_the_next_start(
    tmp_path: Path,
) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            chat = b.room.begin([ONE])
            slow = stream_of("Rome", *[" is old"] * 40)
            b.server.chat[ONE.model] = Reply(slow, content_type=STREAM, byte_delay_s=0.02)
            talking = asyncio.create_task(chat.say("Capital?"))
            await until(lambda: any(one.text for one in chat.writing.values()))
            chat.set_pane(msgspec.structs.replace(chat.pane(1), system="Be Marv."))
            await chat.keep()
            crashed = await b.room.last()  # what a start after kill -9 finds
            assert crashed is not None
            assert _said(crashed, 1) == [("user", "Capital?")]
            talking.cancel()
            await asyncio.gather(talking, return_exceptions=True)
            again = await b.room.last()
            assert again is not None
            asked, answered = again.way(1)
            assert (asked.text, answered.text[:4]) == ("Capital?", "Rome")

    run(steps())


def test_what_is_stopped_cut_or_refused_stays_and_is_said(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            chat = b.room.begin([ONE, TWO])
            b.server.chat[ONE.model] = Reply(
                stream_of("Rome", " is", " old."), content_type=STREAM, byte_delay_s=0.02
            )
            b.server.chat[TWO.model] = Silence()
            asking = asyncio.create_task(chat.say("Capital of Italy?"))
            await until(lambda: any(one.text for one in chat.writing.values()))
            assert chat.is_writing(1)
            chat.stop(1)
            await asking
            cut, failed = chat.way(1)[-1], chat.way(2)[-1]
            assert cut.answer is not None
            assert not cut.answer.is_complete
            assert failed.answer is None
            assert failed.problem
            assert not chat.writing
            b.say(TWO, "Rome.")
            await chat.retry(failed)
            assert chat.way(2)[-1].text == "Rome."
            # What never came is not sent as if it had been said.
            await chat.show(failed)
            await chat.say("And?")
            sent = [body for body in b.asked() if body["model"] == TWO.model][-1]["messages"]
            assert [message["role"] for message in sent] == ["user", "user"]
            assert b.server.count("POST /chat/completions") <= len(b.asked())  # nobody asked twice

    run(steps())


def test_an_answer_that_cannot_be_written_down_is_not_under_way_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise TunedeskError("disk_full", "The disk is full.", "", "")

    async def steps() -> None:
        async with bench(tmp_path) as b:
            chat = b.room.begin([ONE, TWO])
            b.server.before = lambda _request: monkeypatch.setattr(Ledger, "put_turn", full)
            with pytest.raises(TunedeskError, match="disk is full"):
                await chat.say("Capital of Italy?")
            assert not chat.writing
            assert not any(chat.is_writing(pane.id) for pane in chat.record.panes)
            assert chat.way(1)[-1].text == "Rome.", "it can still be read and copied"

    run(steps())


def _calling() -> bytes:
    """A reply that calls a tool, in pieces."""
    pieces = [
        {"index": 0, "id": "call_1", "function": {"name": "weather", "arguments": '{"pla'}},
        {"index": 0, "function": {"arguments": 'ce": "Rome"}'}},
    ]
    lines = [{"choices": [{"index": 0, "delta": {"tool_calls": [piece]}}]} for piece in pieces]
    lines.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
    return b"".join(b"data: " + json.dumps(one).encode() + b"\n\n" for one in lines)


def test_tools_are_sent_called_and_answered(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            chat = b.room.begin([ONE])
            for text, said in (("[{", "line 1"), ("[1]", "Number 1"), ('"x"', "no list")):
                with pytest.raises(TunedeskError, match=said):
                    await chat.set_tools(text)
            await chat.set_tools(TOOLS)
            b.server.chat[ONE.model] = Reply(_calling(), content_type=STREAM)
            await chat.say("Weather in Rome?")
            assert b.asked()[-1]["tools"] == json.loads(TOOLS)
            assert chat.wants_result()
            b.say(ONE, "Sunny.")
            await chat.say("21 degrees")
            assert not chat.wants_result()
            row = json.loads(row_of(chat, chat.way(1)[-1]))
            call = {"name": "weather", "arguments": '{"place": "Rome"}'}
            assert row["messages"][1]["tool_calls"][0]["function"] == call
            assert row["messages"][2] == {
                "role": "tool",
                "tool_call_id": "call_1",
                "content": "21 degrees",
            }
            assert row["messages"][3] == {"role": "assistant", "content": "Sunny."}
            assert row["messages"][:3] == b.asked()[-1]["messages"]
            assert row["tools"] == json.loads(TOOLS)

    run(steps())


def test_panes_come_and_go(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            chat = b.room.begin([ONE])
            await chat.say("Capital of Italy?")
            while (made := chat.add_pane()) is not None:
                chat.set_pane(msgspec.structs.replace(made, contender=TWO))
            assert len(chat.record.panes) == 4
            await chat.say("Really?")
            assert _said(chat, 4) == [("user", "Really?"), ("assistant", "Rome, if you insist.")]
            chat.remove_pane(2)
            await chat.say("Sure?")
            assert len(b.asked()) == 1 + 4 + 3
            again = await b.room.last()
            assert again is not None
            assert [pane.id for pane in again.record.panes] == [1, 3, 4]

    run(steps())


def test_conversations_are_searched_named_exported_and_deleted(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            for prompt in ("Capital of Italy?", "\u0e19\u0e49\u0e33 boils when?"):
                b.place.now_ms += 1000
                await b.room.begin([ONE, TWO]).say(prompt)
            names = [chat.name for chat in await b.room.chats()]
            assert names == ["\u0e19\u0e49\u0e33 boils when?", "Capital of Italy?"]
            # SARA AM in its two halves, as some keyboards write it.
            (found,) = await b.room.chats("\u0e19\u0e4d\u0e49\u0e32")
            assert found.name == names[0]
            assert len(await b.room.chats("INSIST")) == 2
            renamed = await b.room.rename(found, "  Water ")
            assert [chat.name for chat in await b.room.chats("water")] == ["Water"]
            chat = await b.room.open(renamed)
            for kind in ("md", "jsonl"):
                await export_chat(b.place.background, chat, tmp_path / f"out.{kind}", kind)
            rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_bytes().splitlines()]
            assert [row["messages"][-1]["content"] for row in rows] == [
                "Rome.",
                "Rome, if you insist.",
            ]
            text = (tmp_path / "out.md").read_text(encoding="utf-8")
            assert text.index("# Water") < text.index("Base One") < text.index("if you insist")
            await b.room.delete(renamed)
            assert [chat.name for chat in await b.room.chats()] == ["Capital of Italy?"]

    run(steps())
