"""Blind rounds and what the votes say, against a server that does as it is told."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.dataset_rows import user
from tests.support.fake_provider import FakeProvider, Reply, fake_provider, refusal, stream_of
from tests.support.odd_servers import odd_server
from tests.support.projects import (
    Home,
    fake_providers,
    home,
    project,
    providers_of,
    run,
    sample_session,
    until,
)
from tunedesk.core.blind import Seat
from tunedesk.core.chat import ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, JobState
from tunedesk.core.rows import VOTES_TAG, Format
from tunedesk.core.validation import check_rows
from tunedesk.providers.profiles import Profile
from tunedesk.services.compare.comparison import Comparison, Contender, Round
from tunedesk.services.compare.held_out import prompts_of
from tunedesk.services.compare.results import pairs, preference_pairs, results
from tunedesk.services.dataset.session import open_session
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.local_engine import LocalEngine
from tunedesk.services.providers.model_list import ModelList
from tunedesk.store.records import JobRecord

BASE = Contender(provider_id="fake", model="base-1", label="Base One", kind="base")
TUNED = Contender(provider_id="fake", model="ft:base-1:me:m:1", label="marv", kind="tuned")
ASKED = [{"role": "user", "content": "Capital of Italy?"}]
SEATS: tuple[Seat, Seat] = ("A", "B")


class Bench:
    """Two models that answer what `say` told them to."""

    def __init__(
        self,
        place: Home,
        server: FakeProvider,
        made: Project,
        of: Comparison,
        providers: Providers,
    ) -> None:
        self.place, self.server, self.project, self.comparison = place, server, made, of
        self.providers = providers
        self._n_votes = 0
        self.say(base="Rome.", tuned="Rome, if you insist.")

    def say(self, base: str, tuned: str) -> None:
        for who, text in ((BASE, base), (TUNED, tuned)):
            body = stream_of(*text.split(" "))
            self.server.chat[who.model] = Reply(body, content_type="text/event-stream")

    async def round(self, source_digest: str | None = None) -> Round:
        """A round that has run."""
        made = await self.comparison.begin(BASE, TUNED, ASKED, ChatSettings(), source_digest)
        await made.run(lambda: None)
        return made

    async def seat_of(self, of: Round, who: Contender) -> Seat:
        """Where somebody sits, from the ledger."""
        record = await self.project.in_ledger(lambda ledger: ledger.round(of.id))
        return record.seat_of(who)

    async def vote(self, winner: Contender | None, *reasons: str) -> None:
        """Run a round on a prompt of its own and vote for one, or a tie."""
        asked = ASKED if self._n_votes == 0 else [user(f"Capital {self._n_votes}?")]
        self._n_votes += 1
        made = await self.comparison.begin(BASE, TUNED, asked)
        await made.run(lambda: None)
        choice = await self.seat_of(made, winner) if winner is not None else "tie"
        self.place.now_ms += 1000
        await made.vote(choice, reasons)


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    async with (
        home(folder) as place,
        fake_provider() as server,
        fake_providers(place, server) as providers,
        project(place) as made,
    ):
        yield Bench(place, server, made, Comparison(made, providers, place.background), providers)


def test_a_round_is_asked_judged_and_revealed(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            made = await b.comparison.begin(BASE, TUNED, ASKED)
            assert not made.finished
            assert not made.votable
            assert made.problem is None
            changes: list[tuple[str, str]] = []
            await made.run(lambda: changes.append((made.shown("A"), made.shown("B"))))
            assert made.finished
            assert made.votable
            assert not made.identical
            tuned_seat = await b.seat_of(made, TUNED)
            assert changes[-1] == tuple(made.shown(seat) for seat in SEATS)
            assert made.shown(tuned_seat) == "Rome,ifyouinsist."
            reveal = await made.vote(tuned_seat, ["tone"], "dry")
            assert reveal.winner == TUNED
            assert reveal.labels[tuned_seat] == "marv"
            answer = reveal.answers[tuned_seat]
            assert (answer.model, answer.finish_reason, answer.completion_tokens) == (
                TUNED.model,
                "stop",
                4,
            )
            assert reveal.problems == {}
            (stored,) = await b.project.in_ledger(lambda ledger: ledger.votes())
            assert stored.winner == TUNED
            assert (stored.vote.reasons, stored.vote.note) == (["tone"], "dry")
            assert stored.answers[tuned_seat] == answer
            assert list(stored.round.messages) == ASKED
            with pytest.raises(TunedeskError) as caught:
                await made.vote("A")
            assert caught.value.code == "vote.already"

    run(steps())


def test_seats_are_drawn_and_stored_with_their_seed(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            for _ in range(60):
                await b.comparison.begin(BASE, TUNED, ASKED)
            rounds = await b.project.in_ledger(lambda ledger: ledger.rounds())
            n_left = sum(record.first_seat == "A" for record in rounds)
            assert 12 < n_left < 48  # p < 1e-5 outside
            assert len({record.seed for record in rounds}) == 1

    run(steps())


def test_before_the_vote_nothing_tells_who_is_who(tmp_path: Path) -> None:
    """Texts, errors and representations; what was wrong is told after the round is given up."""

    async def steps() -> None:
        async with bench(tmp_path) as b:
            gone = refusal(404, f"The model `{TUNED.model}` does not exist", "model_not_found")
            b.server.chat[TUNED.model] = gone
            made = await b.comparison.begin(BASE, TUNED, ASKED)
            seen: list[str] = []
            await made.run(lambda: seen.append(made.shown("A") + made.shown("B")))
            assert made.problem is not None
            with pytest.raises(TunedeskError) as caught:
                await made.vote("A")
            told = [*seen, str(made.problem), str(caught.value), repr(made), made.id]
            for secret in (TUNED.model, TUNED.label, BASE.model, BASE.label, "model", "Fake"):
                assert not [text for text in told if secret in text]
            assert not made.votable
            assert [made.is_cut_off(seat) for seat in SEATS].count(True) == 1
            assert made.problem.what == "An answer did not come."
            reveal = await made.abandon()
            seat = await b.seat_of(made, TUNED)
            assert "does not exist" in str(reveal.problems[seat])
            with pytest.raises(TunedeskError):
                await made.vote("B")

    run(steps())


def test_no_more_is_shown_of_the_quick_answer_than_of_the_slow_one(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.say(base="Short.", tuned="A much longer answer than the other one has.")
            made = await b.comparison.begin(BASE, TUNED, ASKED)
            lengths: list[tuple[int, int]] = []
            await made.run(lambda: lengths.append((len(made.shown("A")), len(made.shown("B")))))
            assert lengths[-1][0] != lengths[-1][1]
            for before, after in itertools.pairwise(lengths):
                assert after[0] >= before[0]
                assert after[1] >= before[1]

    run(steps())


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_a_cut_off_answer_is_kept_and_cannot_be_voted_on(tmp_path: Path, share: float) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            body = stream_of("Rome. ", "Not ", "built ", "in a ", "day.")
            at = int(len(body) * share)
            cut = Reply(body, content_type="text/event-stream", cut_after_bytes=at)
            b.server.chat[TUNED.model] = cut
            made = await b.round()
            seat = await b.seat_of(made, TUNED)
            assert made.finished
            assert not made.votable
            assert made.is_cut_off(seat)
            assert made.problem is not None
            assert made.problem.code == "round.cut_off"
            stored = await b.project.in_ledger(lambda ledger: ledger.answers(made.id))
            assert stored[seat].finish_reason is None
            assert "Rome. Not built in a day.".startswith(stored[seat].text)
            with pytest.raises(TunedeskError) as caught:
                await made.vote("tie")
            assert caught.value.code == "vote.incomplete"

    run(steps())


def test_equal_answers_can_only_tie(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.say(base="Rome.", tuned="Rome.")
            made = await b.round()
            assert made.identical
            assert made.votable
            for choice in ("A", "B", "both_bad"):
                with pytest.raises(TunedeskError, match="same"):
                    await made.vote(choice)
            assert (await made.vote("tie")).winner is None

    run(steps())


def test_stopping_ends_both_answers_at_once(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            endless = Reply(
                stream_of("Rome. ").split(b"\n\n")[0] + b"\n\n",
                content_type="text/event-stream",
                headers={"Content-Length": "99999999"},
            )
            b.server.chat[BASE.model] = b.server.chat[TUNED.model] = endless
            made = await b.comparison.begin(BASE, TUNED, ASKED)
            running = asyncio.create_task(made.run(lambda: None))
            await until(lambda: made.shown("A"))
            began_s = asyncio.get_running_loop().time()
            await made.stop()
            await running
            assert asyncio.get_running_loop().time() - began_s < 0.5
            assert made.finished
            assert made.problem is not None
            assert made.problem.code == "round.stopped"
            stored = await b.project.in_ledger(lambda ledger: ledger.answers(made.id))
            assert [answer.text for answer in stored.values()] == ["Rome. ", "Rome. "]
            with pytest.raises(RuntimeError):
                await made.run(lambda: None)

    run(steps())


def test_a_page_that_goes_away_leaves_the_answers_in_the_ledger(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            for who in (BASE, TUNED):
                slow = Reply(stream_of("Slow"), content_type="text/event-stream", byte_delay_s=0.01)
                b.server.chat[who.model] = slow
            made = await b.comparison.begin(BASE, TUNED, ASKED)
            running = asyncio.create_task(made.run(lambda: None))
            await until(lambda: b.server.count("POST /chat/completions") == 2)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert len(await b.project.in_ledger(lambda ledger: ledger.answers(made.id))) == 2

    run(steps())


def test_a_model_is_not_compared_with_itself(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            with pytest.raises(TunedeskError, match="same model"):
                await b.comparison.begin(BASE, BASE, ASKED)

    run(steps())


def test_contenders_are_base_models_and_what_the_project_made(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await add_job(b.project)
            labels = [(c.label, c.kind) for c in await b.comparison.contenders()]
            made = [("marv", "tuned"), ("marv · step 11", "checkpoint")]
            assert labels == [("Base One", "base"), *made]
            b.server.before = lambda _: refusal(401, "No")
            assert [c.label for c in await b.comparison.contenders()] == [m[0] for m in made]

    run(steps())


def test_what_has_ended_is_not_offered(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            ended, ends = "ft:gpt-4-0613:acme::old", "ft:no-end-known:acme::new"
            await add_job(b.project, "j1", "openai", ended)
            await add_job(b.project, "j2", "openai", ends)
            offered = {c.model for c in await b.comparison.contenders()}
            assert ends in offered and ended not in offered

    run(steps())


def test_where_a_key_is_missing_nobody_is_asked_and_it_is_said(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.providers.book.put(Profile(id="far", name="Far", base_url="https://far.invalid/v1"))
            keyless = Contender(provider_id="far", model="ft:x", label="x", kind="tuned")
            with pytest.raises(TunedeskError, match="Far needs a key"):
                await b.comparison.begin(BASE, keyless, ASKED)
            assert b.server.requests == []

    run(steps())


def test_without_a_provider_and_without_a_job_it_says_why(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.before = lambda _: refusal(401, "No")
            with pytest.raises(TunedeskError, match="does not accept the key"):
                await b.comparison.contenders()

    run(steps())


def test_a_provider_that_keeps_silent_does_not_keep_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tunedesk.services.providers.directory._ASK_S", 0.3)

    async def steps() -> None:
        async with (
            home(tmp_path) as place,
            fake_provider() as server,
            odd_server(None) as silent,
            project(place) as made,
        ):
            address = f"http://127.0.0.1:{silent.port}/v1"
            providers = providers_of(
                LocalEngine(place.folders, place.background),
                Profile(id="silent", name="Silent", base_url=address, needs_key=False),
                Profile(id="fake", name="Fake", base_url=server.base_url, needs_key=False),
            )
            comparison = Comparison(made, providers, place.background)
            await (await providers.get("fake")).models()  # the SDK is loaded by now
            assert [c.provider_id for c in await comparison.contenders()] == ["fake"]
            assert len(silent.heads) == 1
            found = await ModelList(made, providers).load()
            assert [row.provider_id for row in found.rows] == ["fake"]
            assert found.problems["Silent"].code == "timeout"
            await providers.close()

    run(steps())


def test_held_out_prompts_are_the_test_rows_once_each_without_errors(tmp_path: Path) -> None:
    async def steps() -> None:
        async with (
            home(tmp_path) as place,
            sample_session(place) as (_, opened),
        ):
            prompts = await prompts_of(opened)
            assert len(prompts) == 10
            assert prompts[0].messages[-1]["content"] == "What is the capital of Italy?"
            assert prompts[0].reference.startswith("Rome.")
            assert len({prompt.digest for prompt in prompts}) == 10

    run(steps())


def test_prompts_that_were_judged_are_known(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            made = await b.round(source_digest="d" * 64)
            assert await b.comparison.voted_digests(BASE, TUNED) == set()
            await made.vote("tie")
            await b.vote(TUNED)
            assert await b.comparison.voted_digests(TUNED, BASE) == {"d" * 64}
            kinds = [r.kind for r in await b.project.in_ledger(lambda ledger: ledger.rounds())]
            assert sorted(kinds) == ["free", "held_out"]

    run(steps())


# ---- results -----------------------------------------------------------------------------------


def test_results_count_every_vote_once_whichever_way_round(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            assert await pairs(b.project) == []
            await b.vote(TUNED, "tone", "length")
            await b.vote(TUNED, "tone")
            await b.vote(BASE, "accuracy")
            await b.vote(None, "tone")
            turned = await b.comparison.begin(TUNED, BASE, [user("Capital of France?")])
            await turned.run(lambda: None)
            b.place.now_ms += 1000
            await turned.vote("both_bad", note="neither")
            assert await pairs(b.project) == [(BASE, TUNED)]
            view = await results(b.project, BASE, TUNED)
            verdict = view.verdict
            assert (verdict.wins, verdict.losses, verdict.ties, verdict.both_bad) == (2, 1, 1, 1)
            assert (verdict.n_votes, verdict.outcome) == (5, "undecided")
            assert (view.base_label, view.tuned_label) == ("Base One", "marv")
            reasons = [(one.name, one.wins, one.even, one.losses) for one in view.by_reason]
            assert reasons == [("tone", 2, 1, 0), ("accuracy", 0, 0, 1), ("length", 1, 0, 0)]
            newest = view.votes[0]
            assert (newest.winner, newest.note, newest.prompt) == (
                "both_bad",
                "neither",
                "Capital of France?",
            )
            assert (newest.base_text, newest.tuned_text) == ("Rome.", "Rome,ifyouinsist.")
            assert (await b.project.summary()).n_votes == 5

    run(steps())


def test_without_votes_results_say_so(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            view = await results(b.project, BASE, TUNED)
            assert view.verdict.outcome == "no_votes"
            assert view.votes == []
            with pytest.raises(TunedeskError, match="no preference pair"):
                await preference_pairs(b.project, BASE, TUNED)

    run(steps())


def test_decided_votes_become_a_valid_preference_dataset(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.vote(TUNED)
            await b.vote(BASE)
            await b.vote(None)
            path = await preference_pairs(b.project, BASE, TUNED)
            assert path == b.project.folder / "datasets" / "marv-pairs.jsonl"
            lines = path.read_bytes().split(b"\n")[:-1]
            first, second = (json.loads(line) for line in lines)
            assert first == {
                "input": {"messages": ASKED},
                "preferred_output": [{"role": "assistant", "content": "Rome,ifyouinsist."}],
                "non_preferred_output": [{"role": "assistant", "content": "Rome."}],
            }
            assert second["preferred_output"] == [{"role": "assistant", "content": "Rome."}]
            report = check_rows(lines)
            assert report.format is Format.PREFERENCE
            assert {issue.code for issue in report.issues if issue.severity == "error"} <= {
                "too_few_rows"
            }
            (info,) = await b.project.datasets()
            opened = await open_session(b.project, info)
            assert opened.format is Format.PREFERENCE
            assert opened.all_tags() == {VOTES_TAG: 2}
            await opened.close()
            again = await preference_pairs(b.project, BASE, TUNED)
            assert again.name == "marv-pairs 2.jsonl"

    run(steps())


async def add_job(
    made: Project, local_id: str = "j1", provider_id: str = "fake", tuned: str = TUNED.model
) -> None:
    """A job of the project that ended with a model and one more checkpoint."""
    state = JobState(
        id="ftjob-1",
        status="succeeded",
        model="base-1",
        created_at_s=1,
        fine_tuned_model=tuned,
    )
    job = JobRecord(
        local_id=local_id,
        name="marv",
        provider_id=provider_id,
        base_model="base-1",
        created_at_ms=1,
        train_digest="0" * 64,
        n_train=12,
        status="succeeded",
        remote_id="ftjob-1",
        state=state,
    )
    found = [
        Checkpoint(id=f"c{step}", created_at_s=1, model=model, step_number=step)
        for step, model in ((11, f"{tuned}:ckpt-step-11"), (22, tuned))
    ]
    await made.in_ledger(lambda ledger: ledger.add_intent(job))
    await made.in_ledger(lambda ledger: ledger.set_checkpoints(local_id, found))
