"""A test set is asked ahead of time: each prompt once, and the person rates what is there."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.support.asking_ahead import (
    BASE,
    CHAT,
    MODEL,
    PAIR,
    PROMPTS,
    SETTINGS,
    TUNED,
    Bench,
    N,
    bench,
    said,
)
from tests.support.fake_provider import (
    Answer,
    Reply,
    Request,
    Silence,
    refusal,
    stream_of,
)
from tests.support.projects import run, until
from tunedesk.core.blind import is_repeated, other_seat
from tunedesk.core.chat import ChatSettings
from tunedesk.core.pair_rows import pair_of
from tunedesk.core.proof import sent_digest
from tunedesk.core.rows import prompt_messages, reference_reply
from tunedesk.services.compare.after_vote import forget_edit, note_edit, view_of, winner_row
from tunedesk.services.compare.comparison import HeldOutPrompt, Round
from tunedesk.services.compare.difference import (
    NO_DIFFERENCE,
    PROBE_SETTINGS,
    Difference,
    difference,
)
from tunedesk.services.compare.results import preference_pairs, results
from tunedesk.store.ledger import Ledger


def test_the_price_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            offer = await b.offer()
            assert (offer.n_to_ask, offer.is_paid) == (N, True)
            assert offer.usd is not None and 0 < offer.usd < 0.01
            assert b.server.requests == []

    run(steps())


def test_our_own_engine_bills_nothing(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=False) as b:
            offer = await b.offer()
            assert (offer.usd, offer.is_paid) == (0.0, False)

    run(steps())


def test_each_model_is_asked_each_prompt_once_and_the_rounds_are_there_at_once(
    tmp_path: Path,
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            offer = await b.ask()
            assert (offer.n_ready, offer.n_to_ask) == (N, 0)
            assert set(b.asked.values()) == {1} and len(b.asked) == 2 * N
            made = await b.round(2)
            assert made.votable
            reveal = await made.vote("A")
            for seat, who in reveal.contenders.items():
                answer = reveal.answers[seat]
                assert answer.model == who.model
                assert answer.prompt_digest == sent_digest(PROMPTS[2].messages)
                assert (answer.finish_reason, answer.settings) == ("stop", SETTINGS)
                assert answer.at_ms > 0
            assert sum(b.asked.values()) == 2 * N, "judging asks nobody"
            assert await b.comparison.voted_digests(*PAIR) == {"d2"}

    run(steps())


def test_a_part_of_the_set_can_be_asked_and_the_rest_after_another_start(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            offer = await b.ask(1)
            assert (offer.n_ready, offer.n_to_ask) == (1, N - 1)
            b.start()
            offer = await b.ask()
            assert (offer.n_ready, offer.n_to_ask) == (N, 0)
            assert set(b.asked.values()) == {1}

    run(steps())


def test_a_round_that_is_wanted_comes_next_and_is_waited_for(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            running = b.ahead.begin(await b.offer())
            made = await b.round(N - 1)
            assert made.votable
            assert not running.done(), "the rest is still to come"
            await running
            order = [r.json["messages"][-1]["content"] for r in b.server.requests if r.line == CHAT]
            assert f"Question {N - 1}?" in order[:4]
            assert set(b.asked.values()) == {1}

    run(steps())


@pytest.mark.parametrize(
    "odd",
    [refusal(500, "Oops"), Silence(), Silence("rst"), said("Half", finish_reason=None)],
    ids=["500", "silence", "reset", "cut"],
)
def test_what_may_have_been_paid_for_is_asked_again_only_when_told_to(
    tmp_path: Path, odd: Answer
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [odd]
            offer = await b.ask()
            assert (offer.n_ready, offer.n_to_ask, len(offer.doubtful)) == (N - 1, 0, 1)
            assert b.ahead.state.n_cut_off == 1
            b.start()
            await b.ask()
            assert set(b.asked.values()) == {1}
            made = await b.round(PROMPTS.index(offer.doubtful[0]))
            assert not made.votable and made.problem is not None, "shown, not asked, not votable"
            assert set(b.asked.values()) == {1}
            offer = await b.ask(again=True)
            assert (offer.n_ready, len(offer.doubtful)) == (N, 0)
            assert sorted(b.asked.values()) == [1] * (2 * N - 1) + [2]

    run(steps())


@pytest.mark.parametrize("odd", [refusal(503, "Busy"), said("Half", finish_reason=None)])
def test_a_free_model_is_asked_again_by_itself(tmp_path: Path, odd: Answer) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=False) as b:
            b.odd = [odd]
            offer = await b.ask()
            assert (offer.n_ready, offer.n_to_ask) == (N, 0)
            assert b.ahead.state.n_cut_off == 0

    run(steps())


def test_a_provider_that_asks_for_a_pause_gets_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [refusal(429, "Slow down", **{"Retry-After": "7"})]
            offer = await b.ask()
            assert (offer.n_ready, b.waited) == (N, [7])

    run(steps())


def test_what_concerns_every_prompt_stops_the_run_and_says_why(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [None, refusal(429, "You exceeded your current quota")]
            b.base_delay_s = 0.001
            offer = await b.ask()
            stopped = b.ahead.state.stopped_by
            assert stopped is not None and "quota" in stopped.what
            assert (offer.n_ready, offer.n_to_ask, len(offer.doubtful)) == (1, N - 1, 0)
            offer = await b.ask()
            assert (offer.n_ready, offer.n_to_ask) == (N, 0)
            tuned = {words: n for (is_tuned, words), n in b.asked.items() if is_tuned}
            assert sorted(tuned.values()) == [1, 1, 1, 2], "only the refused one came twice"
            base = [n for (is_tuned, _), n in b.asked.items() if not is_tuned]
            assert base == [1] * N, "an answer under way at the refusal is waited for, and kept"

    run(steps())


def test_equal_answers_are_counted_and_nobody_has_to_judge_them(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [None, said("From the base.")]
            await b.ask()
            assert b.ahead.state.n_identical == 1
            assert await b.comparison.voted_digests(*PAIR) == {"d1"}

    run(steps())


def test_pausing_waits_for_the_answers_under_way(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            running = b.ahead.begin(await b.offer())
            await until(lambda: b.server.count(CHAT) > 0)
            b.ahead.pause()
            await running
            offer = await b.offer()
            assert 0 < offer.n_ready < N  # one, or two where both answered at once
            assert (offer.n_to_ask, len(offer.doubtful)) == (N - offer.n_ready, 0)
            assert b.ahead.state.stopped_by is None and not b.ahead.state.is_running
            offer = await b.ask()
            assert offer.n_ready == N and set(b.asked.values()) == {1}

    run(steps())


def test_stopping_keeps_what_came_as_cut_off(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            body = stream_of("Half", "and half")
            b.odd = [Reply(body, content_type="text/event-stream", byte_delay_s=0.005)]
            running = b.ahead.begin(await b.offer())
            waits = asyncio.create_task(b.ahead.wanted(PAIR, "d3"))
            await until(lambda: b.server.count(CHAT) == 2)
            b.ahead.stop()
            await asyncio.gather(running, return_exceptions=True)
            await waits  # nobody waits for what will not come
            offer = await b.offer()
            assert (offer.n_ready, len(offer.doubtful), offer.n_to_ask) == (0, 1, N - 1)

    run(steps())


@pytest.mark.parametrize("odd", [said("Half", finish_reason=None), refusal(403, "Not you")])
@pytest.mark.parametrize("is_row", [True, False], ids=["row", "typed"])
def test_asking_again_from_the_page_asks_only_who_has_no_whole_answer(
    tmp_path: Path, odd: Answer, is_row: bool
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [odd]
            first = await b.round(0, is_row=is_row)
            assert not first.votable
            made = await b.round(0, again=first, is_row=is_row)
            assert made.votable and made.id != first.id
            assert sorted(b.asked.values()) == [1, 2], "what is paid for is not asked again"
            reveal = await made.vote("tie")
            assert {answer.model: answer.text for answer in reveal.answers.values()} == {
                BASE.model: "From the base.",
                TUNED.model: "From the tuned one.",
            }
            waiting = await b.project.in_ledger(lambda ledger: ledger.waiting_rounds())
            assert waiting == []

    run(steps())


def test_who_refused_is_asked_when_the_prompt_comes_again_and_nobody_else(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [refusal(429, "You exceeded your current quota")]
            assert not (await b.round(0)).votable
            b.start()
            offer = await b.offer()
            assert (offer.n_ready, offer.n_to_ask, offer.doubtful) == (0, N, [])
            made = await b.round(0)
            assert made.votable and sorted(b.asked.values()) == [1, 2]

    run(steps())


def test_a_round_that_is_stopped_keeps_the_whole_answer_of_before(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [
                said("Half", finish_reason=None),
                Reply(stream_of("Slow"), content_type="text/event-stream", byte_delay_s=0.01),
            ]
            first = await b.round(0)
            second = await b.begin(0, again=first)
            running = asyncio.create_task(second.run(lambda: None))
            await until(lambda: sum(b.asked.values()) == 3)
            await second.stop()
            await running
            assert not second.votable
            assert (await b.round(0, again=second)).votable
            assert sorted(b.asked.values()) == [1, 3]

    run(steps())


def test_a_prompt_that_was_only_written_down_when_it_was_stopped_was_not_sent(
    tmp_path: Path,
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            offer, begun, may_write = await b.offer(), threading.Event(), threading.Event()

            def slow_disk(ledger: Ledger) -> None:
                note = ledger.note_asked

                def note_asked(*about: Any) -> None:
                    begun.set()
                    may_write.wait(20)
                    note(*about)

                ledger.note_asked = note_asked  # type: ignore[method-assign]

            await b.project.in_ledger(slow_disk)
            running = b.ahead.begin(offer)
            await until(begun.is_set)
            b.ahead.stop()
            may_write.set()
            await asyncio.gather(running, return_exceptions=True)
            offer = await b.offer()
            assert (offer.n_ready, offer.n_to_ask, offer.doubtful) == (0, N, [])
            assert b.server.count(CHAT) == 0

    run(steps())


def test_other_settings_are_another_question(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            await b.ask()
            warm = ChatSettings(temperature=0.9)
            assert (await b.ahead.offer(PAIR, PROMPTS, warm)).n_to_ask == N

    run(steps())


async def _judge_all(b: Bench, n: int) -> None:
    """Vote on `n` prompts of a longer set, always for seat A."""
    for number in range(n):
        b.pass_time()
        made = await b.comparison.begin(
            *PAIR,
            [{"role": "user", "content": f"Long {number}?"}],
            SETTINGS,
            source_digest=f"long{number}",
        )
        await made.run(lambda: None)
        await made.vote("A")


def test_about_one_in_twenty_comes_once_more_with_swapped_seats(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=False) as b:
            await _judge_all(b, 100)
            before = {
                view.round.id: view.round
                for view in await b.project.in_ledger(lambda ledger: ledger.votes())
            }
            n_requests = len(b.server.requests)
            again = []
            while (made := await b.comparison.repeat(*PAIR, is_at_end=True)) is not None:
                await made.run(lambda: None)
                assert made.votable
                b.pass_time()
                again.append((made, await made.vote("A")))
            drawn = [record for record in before.values() if is_repeated(record.seed, record.id)]
            assert 0 <= len(drawn) - len(again) <= 3, "but for the last three"
            assert len(b.server.requests) == n_requests, "nobody is asked for it"
            for made, reveal in again:
                record = await b.project.in_ledger(lambda ledger, of=made: ledger.round(of.id))
                assert record.repeats is not None
                first = before[record.repeats]
                assert record.first_seat == other_seat(first.first_seat)
                said = {seat: answer.text for seat, answer in reveal.answers.items()}
                answers = await b.project.in_ledger(lambda ledger, of=first: ledger.answers(of.id))
                assert said == {other_seat(seat): answers[seat].text for seat in answers}
            view = await results(b.project, *PAIR)
            assert view.verdict.n_votes == 100, "a repeat does not count"

    run(steps())


def test_a_changed_vote_counts_as_changed_and_keeps_the_blind_one(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=False) as b:
            made = await b.round(0)
            with pytest.raises(RuntimeError):
                await made.change_vote("A")
            await made.vote("A", ["tone"], "dry")
            reveal = await made.change_vote("B", ["length"])
            assert reveal.winner == reveal.contenders["B"]
            (view,) = await b.project.in_ledger(lambda ledger: ledger.votes())
            assert (view.vote.choice, view.vote.reasons) == ("B", ["length"])
            assert view.original is not None
            assert (view.original.choice, view.original.note) == ("A", "dry")

    run(steps())


def test_the_winner_put_right_is_what_a_pair_prefers(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=False) as b:
            made = await b.round(0)
            await made.vote("A")
            view = await view_of(b.project, made.id)
            raw = winner_row(view, "Better \ud800")
            assert reference_reply(raw) == "Better \ud800"
            assert prompt_messages(raw) == [{"role": "user", "content": "Question 0?"}]
            await note_edit(b.project, made.id, "Better.", 1)
            (row,) = (await preference_pairs(b.project, *PAIR)).read_bytes().splitlines()
            pair = pair_of(row)
            assert pair.preferred.text == "Better." and pair.other.text == made.shown("B")
            await forget_edit(b.project, made.id)
            assert (await view_of(b.project, made.id)).edit is None

    run(steps())


def test_two_that_do_not_differ_are_asked_only_when_told_so(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.found = Difference(is_found=False, by_chances=False)
            offer = await b.ask()
            stopped = b.ahead.state.stopped_by
            assert stopped is not None and stopped.code == NO_DIFFERENCE
            assert "word for word" in stopped.what
            assert (offer.n_to_ask, b.server.requests) == (N, [])
            assert (await b.ask()).n_ready == N, "the person knows, and wants it all the same"

    run(steps())


@pytest.mark.parametrize(("tuned", "is_found"), [("From the base.", False), ("Else.", True)])
def test_a_difference_shows_in_short_answers_at_temperature_0(
    tmp_path: Path, tuned: str, is_found: bool
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [said(tuned), said(tuned)]
            found = await difference(b.providers, PAIR, PROMPTS)
            assert found == Difference(is_found=is_found, by_chances=False)
            asked = [request.json for request in b.server.requests]
            assert len(asked) == (2 if is_found else 4)
            assert {(one["temperature"], one["max_tokens"]) for one in asked} == {
                (0.0, PROBE_SETTINGS.max_tokens)
            }

    run(steps())


def test_a_probe_that_is_refused_leaves_no_request_alone(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            slow = Reply(stream_of("Fine."), content_type="text/event-stream", byte_delay_s=0.0005)

            def before(request: Request) -> Answer:
                is_tuned = request.json["model"] == TUNED.model
                return refusal(401, "No such key") if is_tuned else slow

            b.server.before = before
            assert await difference(b.providers, PAIR, PROMPTS) is None
            assert len(b.server.requests) == 2
            assert not [task for task in asyncio.all_tasks() if "_said" in repr(task.get_coro())]

    run(steps())


def test_our_engine_is_asked_for_the_chances_of_each_token(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=False) as b:
            chances = {BASE.model: -0.5, TUNED.model: -0.25}

            def before(request: Request) -> Answer:
                assert request.json["logprobs"] is True
                token = {"token": "Fine", "logprob": chances[request.json["model"]]}
                choice = {"index": 0, "delta": {"content": "Fine"}, "finish_reason": "stop"}
                chunk = {"choices": [choice | {"logprobs": {"content": [token]}}]}
                body = f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n".encode()
                return Reply(body, content_type="text/event-stream")

            b.server.before = before
            found = await difference(b.providers, PAIR, PROMPTS)
            assert found == Difference(is_found=True, by_chances=True)
            chances[TUNED.model] = -0.5
            found = await difference(b.providers, PAIR, PROMPTS)
            assert found == Difference(is_found=False, by_chances=True)

    run(steps())


def test_200_rounds_asked_ahead_tell_nothing_by_pace_or_side(tmp_path: Path) -> None:
    """Fault U7: both texts are there at one moment, whole, and either model sits left by chance."""
    prompts = [
        HeldOutPrompt(
            messages=[{"role": "user", "content": f"{n}?"}], reference="", digest=f"many{n}"
        )
        for n in range(200)
    ]

    async def steps() -> None:
        async with bench(tmp_path, is_paid=False) as b:
            await b.ahead.begin(await b.ahead.offer(PAIR, prompts, SETTINGS))
            for prompt in prompts:
                made = await b.comparison.begin(
                    *PAIR, prompt.messages, SETTINGS, source_digest=prompt.digest
                )
                seen = {(len(made.shown("A")), len(made.shown("B")))}

                def look(of: Round = made, into: set[tuple[int, int]] = seen) -> None:
                    into.add((len(of.shown("A")), len(of.shown("B"))))

                await made.run(look)
                assert len(seen - {(0, 0)}) == 1, "never one before the other"
                for word in ("base", "marv", MODEL, "ft:"):
                    assert word not in repr(made)
            rounds = await b.project.in_ledger(lambda ledger: ledger.rounds())
            assert len(rounds) == 200
            assert 65 < sum(record.first_seat == "A" for record in rounds) < 135  # p < 1e-6 outside

    run(steps())


def test_what_the_page_is_asking_is_not_asked_a_second_time(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            offer = await b.offer()
            slow = Reply(
                stream_of("Slow", "one"), content_type="text/event-stream", byte_delay_s=0.001
            )
            b.odd = [slow]
            live = asyncio.create_task(b.round(0))
            await until(lambda: sum(b.asked.values()) == 2)
            await b.ahead.begin(offer)
            assert (await live).votable
            assert len(b.asked) == 2 * N and set(b.asked.values()) == {1}

    run(steps())


def test_what_the_page_lost_is_not_asked_by_a_run_of_an_older_offer(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            offer = await b.offer()
            b.odd = [said("Half", finish_reason=None)]
            assert not (await b.round(0)).votable
            await b.ahead.begin(offer)
            assert set(b.asked.values()) == {1}
            assert len((await b.offer()).doubtful) == 1

    run(steps())


def test_what_was_judged_since_an_offer_is_not_asked_by_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            old = await b.offer()
            await (await b.round(0)).vote("A")
            assert (await b.offer()).n_to_ask == N - 1
            await b.ahead.begin(old)
            assert set(b.asked.values()) == {1}
            assert (await b.offer()).n_to_ask == 0

    run(steps())


def test_what_the_page_asked_since_an_offer_is_passed_over(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            old = await b.offer()
            assert (await b.round(0)).votable
            await b.ahead.begin(old)
            assert (await b.offer()).n_ready == N
            assert set(b.asked.values()) == {1}

    run(steps())


@pytest.mark.parametrize("is_row", [True, False], ids=["row", "typed"])
def test_asking_again_under_other_settings_asks_both(tmp_path: Path, is_row: bool) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [said("Half", finish_reason=None)]
            first = await b.round(0, is_row=is_row)
            warm = ChatSettings(temperature=0.9)
            made = await b.round(0, again=first, is_row=is_row, settings=warm)
            assert made.votable and set(b.asked.values()) == {2}

    run(steps())
