"""A model's answers are asked for once, kept, and stand in blind rounds after its end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

import msgspec
import pytest

from tests.support.fake_provider import (
    Answer,
    FakeProvider,
    Reply,
    Request,
    Silence,
    fake_provider,
    refusal,
    stream_of,
)
from tests.support.projects import (
    fake_providers,
    home,
    project,
    rows_of,
    run,
    session,
    until,
    write_rows,
)
from tunedesk.core.chat import Answer as Said
from tunedesk.core.chat import ChatRequest, ChatSettings
from tunedesk.core.edits import SetSplits
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import JobState
from tunedesk.core.proof import sent_digest
from tunedesk.services.compare.answering import Answering
from tunedesk.services.compare.comparison import Comparison, Contender
from tunedesk.services.compare.frozen import kept_answers
from tunedesk.services.compare.frozen_answering import FrozenAnswering
from tunedesk.services.project.project import DatasetInfo, Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.model_list import ModelList
from tunedesk.services.rescue.keeping import Keeping
from tunedesk.services.rescue.keeping_types import KEEP_SETTINGS, KeepOffer
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import FrozenAnswer, FrozenModel, JobRecord

MODEL = "ft:gpt-4o-mini-2024-07-18:acme:support:1"
OTHER = "ft:gpt-4o-mini-2024-07-18:acme:tone:2"
BASE = Contender(provider_id="fake", model="base-1", label="Base One", kind="base")
N = 4
CHAT = "POST /chat/completions"


class Bench:
    """A provider with two tuned models, and a dataset of `N` prompts."""

    def __init__(
        self,
        server: FakeProvider,
        made: Project,
        providers: Providers,
        info: DatasetInfo,
    ) -> None:
        self.server, self.project, self.providers, self.info = server, made, providers, info
        self.waited: list[float] = []
        self.keeping = self.new_keeping()
        self.comparison = Comparison(made, providers, made.background)

    def new_keeping(self) -> Keeping:
        """As after another start of the app."""
        return Keeping(self.project, self.providers, self._wait, lambda: date(2026, 11, 28))

    async def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        await asyncio.sleep(0)

    def answer(self, *answers: Answer | None) -> None:
        """These come first, one for each ask; None is the usual one."""
        left = list(answers)

        def before(request: Request) -> Answer | None:
            is_ask = request.line == CHAT
            return left.pop(0) if is_ask and left else None

        self.server.before = before

    @property
    def asked(self) -> Counter[str]:
        """How often each prompt came, by its words."""
        asks = [request.json for request in self.server.requests if request.line == CHAT]
        return Counter(ask["messages"][-1]["content"] for ask in asks)

    async def offers(self) -> list[KeepOffer]:
        prompts = await self.keeping.prompts(self.info, "all", None)
        return list((await self.keeping.offers("fake", prompts)).models)

    async def offer(self) -> KeepOffer:
        """Of the first model."""
        return next(one for one in await self.offers() if one.model == MODEL)

    async def keep(self, *, again: bool = False) -> KeepOffer:
        """Ask the first model what is missing; how it stands then."""
        await self.keeping.begin([await self.offer()], again=again)
        return await self.offer()

    async def kept(self) -> list[FrozenAnswer]:
        return await self.project.in_ledger(lambda ledger: ledger.frozen_answers("fake", MODEL))

    async def frozen(self, n: int = 0) -> Contender:
        """Kept answers as who they are in a comparison."""
        return [one for one in await self.comparison.contenders() if one.is_frozen][n]


def _job(number: int, model: str, name: str) -> JobRecord:
    state = JobState(
        id=f"ftjob-{number}",
        status="succeeded",
        model="gpt-4o-mini-2024-07-18",
        created_at_s=number,
        fine_tuned_model=model,
    )
    return JobRecord(
        local_id=f"saved-{number}",
        name=name,
        provider_id="fake",
        base_model=state.model,
        created_at_ms=number * 1000,
        train_digest="",
        n_train=0,
        status="succeeded",
        state=state,
    )


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    async with (
        home(folder) as place,
        fake_provider() as server,
        fake_providers(place, server, preset="openai") as providers,
        project(place) as made,
    ):
        path = write_rows(made.folder / "datasets" / "rows.jsonl", rows_of(N))
        info = await made.add_dataset(path)

        def write(ledger: Ledger) -> None:
            for job in (_job(1, MODEL, "support"), _job(2, OTHER, "tone")):
                ledger.add_intent(job)

        await made.in_ledger(write)

        b = Bench(server, made, providers, info)
        yield b
        await b.keeping.close()


def _said(*pieces: str, finish_reason: str | None = "stop") -> Reply:
    return Reply(stream_of(*pieces, finish_reason=finish_reason), content_type="text/event-stream")


def test_the_price_is_known_before_anything_is_sent(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            offer = await b.offer()
            assert (offer.n_prompts, len(offer.missing)) == (N, N)
            cost = offer.cost
            assert cost.usd == pytest.approx(
                (cost.input_tokens * 0.3 + cost.output_tokens * 1.2) / 1e6
            )
            assert cost.input_tokens > cost.output_tokens > 0
            assert b.server.requests == []

    run(steps())


def test_each_prompt_is_asked_once_and_kept_with_all_that_belongs_to_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            offer = await b.keep()
            assert (offer.n_whole, len(offer.missing)) == (N, 0)
            assert b.asked == {f"Question {i}?": 1 for i in range(N)}
            kept = (await b.kept())[0]
            assert kept.answer is not None and kept.answer.text == "Fine."
            assert (kept.answer.provider_id, kept.answer.model) == ("fake", MODEL)
            assert kept.settings == KEEP_SETTINGS and kept.asked_at_ms > 0
            proof = kept.answer.prompt_digest, kept.answer.at_ms
            assert proof == (sent_digest(kept.messages), kept.asked_at_ms)
            assert kept.reference.startswith("Answer ")
            await b.keep()
            assert sum(b.asked.values()) == N

    run(steps())


def test_a_pause_that_is_asked_for_is_kept_and_the_prompt_comes_after_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            busy = refusal(429, "Slow down", **{"Retry-After": "7"})
            b.answer(None, busy, busy)
            offer = await b.keep()
            assert b.keeping.state.stopped_by is None
            assert b.waited == [7, 7]
            assert offer.n_whole == N
            assert sum(b.asked.values()) == N + 2  # the two were refused: nothing was answered

    run(steps())


def test_an_account_with_nothing_left_stops_it_and_nothing_counts_as_asked(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.answer(None, refusal(429, "You exceeded your current quota"))
            offer = await b.keep()
            stopped = b.keeping.state.stopped_by
            assert stopped is not None and "quota" in stopped.what
            assert (offer.n_whole, len(offer.missing), offer.n_lost) == (1, N - 1, 0)
            assert b.waited == []

    run(steps())


@pytest.mark.parametrize(
    "answer", [refusal(500, "Oops"), Silence(), Silence("rst"), _said(finish_reason=None)]
)
def test_what_may_have_been_paid_for_is_not_asked_again_unasked(
    tmp_path: Path, answer: Answer
) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.answer(answer)
            offer = await b.keep()
            assert (offer.n_whole, offer.n_lost, len(offer.missing)) == (N - 1, 1, 0)
            await b.keep()
            assert max(b.asked.values()) == 1
            offer = await b.keep(again=True)
            assert (offer.n_whole, offer.n_lost) == (N, 0)
            assert sorted(b.asked.values()) == [1] * (N - 1) + [2]

    run(steps())


def test_a_provider_that_is_down_is_not_asked_everything(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.answer(*[refusal(503, "Down")] * N)
            offer = await b.keep()
            assert b.keeping.state.stopped_by is not None
            assert (offer.n_lost, len(offer.missing)) == (3, N - 3)
            assert b.waited == [2, 4]

    run(steps())


def test_cut_off_too_long_and_refused_are_told_apart(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.answer(
                _said("Half an", finish_reason=None),
                _said("Long", finish_reason="length"),
                refusal(400, "This prompt is not allowed."),
                _said("", finish_reason="content_filter"),
            )
            offer = await b.keep()
            assert (offer.n_cut_off, offer.n_too_long, offer.n_refused) == (1, 1, 2)
            states = {ask.state: ask for ask in await b.kept()}
            cut = states["cut_off"].answer
            assert cut is not None and cut.text == "Half an"
            assert any("not allowed" in ask.problem for ask in await b.kept())
            found = await b.comparison.prompts(BASE, await b.frozen(), None)
            assert len(found.prompts) == 1  # what ended by itself

    run(steps())


def test_a_refusal_in_the_answer_is_kept_as_one(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            body = _said("No.").body.replace(b'"content"', b'"refusal"')
            b.answer(Reply(body, content_type="text/event-stream"))
            offer = await b.keep()
            assert offer.n_refused == 1
            (said,) = [a.answer for a in await b.kept() if a.state == "refused"]
            assert said is not None and said.text == "No."

    run(steps())


def test_a_model_that_has_ended_is_named_and_the_next_is_asked(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.chat[MODEL] = refusal(404, "The model does not exist", "model_not_found")
            await b.keeping.begin(await b.offers())
            assert list(b.keeping.state.problems) == ["support"]
            kept = {offer.label: offer.n_whole for offer in await b.offers()}
            assert kept == {"support": 0, "tone": N}
            assert not await b.kept()

    run(steps())


def test_pausing_waits_for_the_answer_under_way_and_going_on_asks_the_rest(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:

            def pause(_request: Request) -> None:
                b.keeping.pause()

            b.server.before = pause
            offer = await b.keep()
            assert (offer.n_whole, len(offer.missing), offer.n_lost) == (1, N - 1, 0)
            assert not b.keeping.state.is_running and b.keeping.state.stopped_by is None
            b.server.behave()
            assert (await b.keep()).n_whole == N
            assert max(b.asked.values()) == 1

    run(steps())


def test_cancelling_keeps_what_came_and_sends_nothing_twice(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            slow = _said("Half", "and half")
            b.answer(None, Reply(slow.body, content_type="text/event-stream", byte_delay_s=0.002))
            running = b.keeping.begin([await b.offer()])
            await until(lambda: b.server.count(CHAT) == 2)
            b.keeping.stop()
            await asyncio.gather(running, return_exceptions=True)
            offer = await b.offer()
            assert not b.keeping.state.is_running
            assert (offer.n_cut_off + offer.n_lost, offer.n_whole) == (1, 1)
            assert len(offer.missing) == N - 2
            await b.keep()
            assert max(b.asked.values()) == 1

    run(steps())


def test_an_ended_model_stands_in_a_round_without_being_asked(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.chat[MODEL] = _said("The", " old", " voice.")
            await b.keep()
            b.server.chat[MODEL] = refusal(404, "gone")
            b.server.requests.clear()
            frozen = await b.frozen()
            assert frozen.label == "support · kept answers"
            found = await b.comparison.prompts(BASE, frozen, None)
            assert (len(found.prompts), found.is_of_test) == (N, False)
            asked = found.prompts[0]
            made = await b.comparison.begin(
                BASE, frozen, asked.messages, source_digest=asked.digest
            )
            await made.run(lambda: None)
            assert made.votable
            requests = [request.json for request in b.server.requests if request.line == CHAT]
            assert [one["model"] for one in requests] == ["base-1"]
            assert requests[0]["max_tokens"] == KEEP_SETTINGS.max_tokens
            record = await b.project.in_ledger(lambda ledger: ledger.round(made.id))
            reveal = await made.vote(record.seat_of(frozen))
            assert reveal.winner == frozen
            said = reveal.answers[record.seat_of(frozen)]
            assert (said.text, said.model) == ("The old voice.", MODEL)
            assert asked.digest in await b.comparison.voted_digests(frozen, BASE)

    run(steps())


def test_two_of_kept_answers_need_nobody(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.chat[OTHER] = _said("Another tone.")
            await b.keeping.begin(await b.offers())
            await b.server.close()
            first, second = await b.frozen(0), await b.frozen(1)
            asked = (await b.comparison.prompts(first, second, None)).prompts[0]
            made = await b.comparison.begin(
                first, second, asked.messages, source_digest=asked.digest
            )
            await made.run(lambda: None)
            reveal = await made.vote("A")
            assert {one.text for one in reveal.answers.values()} == {"Fine.", "Another tone."}
            await b.server.open()  # for the bench to close

    run(steps())


class _Live(Answering):
    """Says `n` pieces of `PIECE_CHARS` characters, one each `PIECE_S`."""

    def __init__(self, n: int) -> None:
        super().__init__(BASE)
        self._n = n

    async def speak(self) -> None:
        for _ in range(self._n):
            await asyncio.sleep(PIECE_S)
            self._pieces.append("x" * PIECE_CHARS)
        self.finish_reason, self.is_over = "stop", True


PIECE_CHARS, PIECE_S = 5, 0.03


@pytest.mark.parametrize(("n_live", "n_kept"), [(10, 25), (25, 10)])
def test_a_kept_answer_grows_as_one_that_is_written_now(n_live: int, n_kept: int) -> None:
    """U7: neither a jump nor a head start tells which of the two was kept."""

    async def steps() -> list[tuple[int, int]]:
        live = _Live(n_live)
        text = "y" * (PIECE_CHARS * n_kept)
        answer = Said(
            provider_id="fake",
            model=MODEL,
            text=text,
            finish_reason="stop",
            elapsed_ms=1,
            completion_tokens=1,
            settings=KEEP_SETTINGS,
        )
        kept = FrozenAnswering(BASE, answer)
        kept.other = live
        nobody, request = Providers.__new__(Providers), ChatRequest(model="", messages=[])
        writing = asyncio.gather(live.speak(), kept.run(nobody, request))
        seen = [(0, 0)]
        while not writing.done():
            await asyncio.sleep(0.005)
            lengths = (len(live.text), len(kept.text))
            if lengths != seen[-1]:
                seen.append(lengths)
        assert kept.answer(KEEP_SETTINGS) == answer
        return seen

    seen = run(steps())
    assert seen[-1] == (PIECE_CHARS * n_live, PIECE_CHARS * n_kept)
    assert all(kept <= live for live, kept in seen if live < PIECE_CHARS * n_live)
    tail = [kept for live, kept in seen if live == PIECE_CHARS * n_live]
    if n_kept > n_live:
        assert len(tail) > (n_kept - n_live) / 2  # piece by piece, on a busy machine some at once


def test_kept_answers_are_listed_as_a_model_and_can_be_thrown_away(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.keep()
            models = ModelList(b.project, b.providers)
            row = next(row for row in (await models.load()).rows if row.is_frozen)
            assert (row.label, row.n_prompts, row.ends) == ("support", N, None)
            asked = len(b.server.requests)
            await models.delete(row)
            assert len(b.server.requests) == asked  # the model itself is left alone
            assert not any(row.is_frozen for row in (await models.load()).rows)

    run(steps())


def test_kept_answers_are_known_by_provider_and_model(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.keep()
            mine = await b.frozen()
            elsewhere = FrozenModel(
                provider_id="other", model=MODEL, label="support", provider="", created_at_ms=1
            )
            asked = (await b.kept())[0]
            assert asked.answer is not None
            theirs = msgspec.structs.replace(
                asked,
                provider_id="other",
                answer=msgspec.structs.replace(asked.answer, provider_id="other", text="Theirs."),
            )

            def write(ledger: Ledger) -> None:
                ledger.add_frozen(elsewhere)
                ledger.put_ask(theirs)

            await b.project.in_ledger(write)
            other = next(
                one
                for one in await b.comparison.contenders()
                if one.is_frozen and one.provider_id == "other"
            )
            assert (other.model, other.label) == (mine.model, mine.label)
            digest = asked.prompt_digest
            for who, text in ((mine, "Fine."), (other, "Theirs.")):
                said = await b.project.in_ledger(
                    lambda ledger, who=who: kept_answers(ledger, [who], digest)
                )
                assert said[who].text == text

    run(steps())


def test_those_of_the_test_rows_come_first_and_the_others_are_counted(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.keep()
            frozen = await b.frozen()
            async with session(b.project, rows_of(3, first=2)) as opened:
                opened.apply(SetSplits((0, 1, 2), ("test",) * 3))
                found = await b.comparison.prompts(BASE, frozen, opened)
            assert [prompt.messages[-1]["content"] for prompt in found.prompts] == [
                "Question 2?",
                "Question 3?",
            ]
            assert (found.is_of_test, found.n_skipped) == (True, 1)

    run(steps())


def test_a_prompt_that_was_not_asked_is_refused(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.keep()
            with pytest.raises(TunedeskError) as caught:
                await b.comparison.begin(
                    BASE, await b.frozen(), [], ChatSettings(), source_digest="f" * 64
                )
            assert caught.value.code == "round.not_kept"

    run(steps())
