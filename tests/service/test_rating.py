"""One model alone: asked once, rated, taken back, summed up."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from numpy import quantile
from scipy.stats import dirichlet

from tests.support.fake_provider import Reply, fake_provider, stream_of
from tests.support.projects import fake_providers, home, run, sample_session
from tunedesk.core.chat import ChatSettings
from tunedesk.core.proof import sent_digest
from tunedesk.core.statistics.ratings import rating_summary
from tunedesk.services.compare.rating import Ratings
from tunedesk.store.records import Contender

WHO = Contender(provider_id="fake", model="tuned-1", label="marv", kind="tuned")
SETTINGS = ChatSettings()


def test_answers_are_asked_once_rated_and_taken_back(tmp_path: Path) -> None:
    async def steps() -> None:
        async with (
            home(tmp_path) as place,
            fake_provider() as server,
            fake_providers(place, server) as providers,
            sample_session(place) as (made, session),
        ):
            ratings = Ratings(made, providers, {("fake", WHO.model): "sha256 of the adapter"})
            waiting = await ratings.prompts(WHO, session)
            assert len(waiting) > 3
            server.chat[WHO.model] = Reply(stream_of("Yes."), content_type="text/event-stream")
            for _ in range(2):  # what waits for its rating is not asked again
                asked = await ratings.begin(WHO, waiting[0], SETTINGS)
                await ratings.run(asked, WHO, waiting[0], SETTINGS)
                assert asked.is_rateable
                assert asked.text == "Yes."
            assert server.count("POST /chat/completions") == 1
            assert asked.record is not None
            answer = asked.record.answer
            assert answer.model_digest == "sha256 of the adapter"
            assert answer.prompt_digest == sent_digest(waiting[0].messages)
            assert answer.at_ms == place.now_ms
            rated = await ratings.rate(asked.record, stars=4, passed=None, note="dry")
            assert len(await ratings.prompts(WHO, session)) == len(waiting) - 1
            (said,) = await ratings.summaries()
            assert (said.who, said.summary.mean, said.summary.counts) == (WHO, 4.0, (0, 0, 0, 1, 0))
            await ratings.rate(rated, stars=None, passed=None, note="")
            assert await ratings.summaries() == []
            assert len(await ratings.prompts(WHO, session)) == len(waiting)
            cut = stream_of("Ye", finish_reason=None)
            server.chat[WHO.model] = Reply(cut, content_type="text/event-stream")
            asked = await ratings.begin(WHO, waiting[1], SETTINGS)
            await ratings.run(asked, WHO, waiting[1], SETTINGS)
            assert not asked.is_rateable
            assert asked.text == "Ye"

    run(steps())


def test_a_summary_equals_scipys() -> None:
    stars = random.Random(5).choices([1, 2, 3, 4, 5], weights=[1, 1, 2, 4, 3], k=40)
    ours = rating_summary(stars, [True] * 7 + [False] * 3)
    counts = [stars.count(one) + 0.2 for one in (1, 2, 3, 4, 5)]
    means = dirichlet(counts).rvs(10_000, random_state=3) @ [1, 2, 3, 4, 5]
    low, high = quantile(means, [0.025, 0.975])
    assert ours.mean == sum(stars) / 40
    assert ours.low == pytest.approx(low, abs=0.03)
    assert ours.high == pytest.approx(high, abs=0.03)
    assert ours.n_stars == 40
    assert ours.passes is not None
    assert ours.passes.value == 0.7
    alike = rating_summary([4], [])  # one rating says little, and says so
    assert alike.low is not None and alike.high is not None
    assert alike.low < 2.5 and alike.high > 4.5
    assert rating_summary([], []).mean is None
    with pytest.raises(ValueError, match="1 to 5"):
        rating_summary([6], [])
