"""An answer cut at the longest that is set takes no vote, and is asked again with more tokens."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.asking_ahead import BASE, PAIR, PROMPTS, TUNED, N, bench, said
from tests.support.projects import run
from tunedesk.core.chat import ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.services.compare.round import AT_LIMIT, SEATS


@pytest.mark.parametrize("is_paid", [True, False], ids=["paid", "free"])
def test_what_met_the_longest_answer_is_asked_only_with_more_tokens(
    tmp_path: Path, is_paid: bool
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=is_paid) as b:
            b.odd = [None, said("Long", finish_reason="length")]
            offer = await b.ask()
            assert (offer.n_ready, offer.n_to_ask, len(offer.doubtful)) == (N - 1, 0, 0)
            assert b.ahead.state.n_cut_off == 1
            (cut,) = offer.at_limit
            made = await b.round(PROMPTS.index(cut))
            assert not made.votable and made.problem is not None
            assert made.problem.code == AT_LIMIT and "256" in made.problem.what
            assert [made.met_limit(seat) for seat in SEATS].count(True) == 1
            with pytest.raises(TunedeskError):
                await made.vote("A")
            assert set(b.asked.values()) == {1}, "under the same limit it is cut there again"
            shorter = await b.ahead.offer(PAIR, PROMPTS, ChatSettings(max_tokens=128))
            assert (shorter.n_to_ask, list(shorter.at_limit)) == (0, [cut]), "it would be cut, too"
            assert shorter.limit_met_tokens == 256, "less than twice that would not help"
            longer = ChatSettings(max_tokens=512)
            offer = await b.ahead.offer(PAIR, PROMPTS, longer)
            assert (offer.n_ready, list(offer.missing)) == (N - 1, [cut])
            await b.ahead.begin(offer)
            assert sorted(b.asked.values()) == [1] * (2 * N - 1) + [2]
            made = await b.round(PROMPTS.index(cut), settings=longer)
            assert made.votable and sum(b.asked.values()) == 2 * N + 1
            short = await b.ahead.offer(PAIR, PROMPTS, ChatSettings(max_tokens=2))
            assert short.n_ready == N, "answers of one token fit in two"

    run(steps())


@pytest.mark.parametrize("is_row", [True, False], ids=["row", "typed"])
def test_asking_again_with_more_tokens_asks_only_who_met_the_limit(
    tmp_path: Path, is_row: bool
) -> None:
    async def steps() -> None:
        async with bench(tmp_path, is_paid=True) as b:
            b.odd = [said("Long", finish_reason="length")]
            first = await b.round(0, is_row=is_row)
            assert not first.votable and first.problem is not None
            longer = ChatSettings(max_tokens=512)
            made = await b.round(0, again=first, is_row=is_row, settings=longer)
            assert made.votable and sorted(b.asked.values()) == [1, 2]
            reveal = await made.vote("A")
            limits = {one.model: one.settings.max_tokens for one in reveal.answers.values()}
            assert limits == {BASE.model: 256, TUNED.model: 512}

    run(steps())
