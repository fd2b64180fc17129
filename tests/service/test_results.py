"""What the votes say, from a ledger that was filled without asking anybody."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from tests.support.made_votes import BASE, TUNED, VoteMaker
from tests.support.projects import home, project, run, session, write_rows
from tunedesk.core.jobs import Checkpoint, JobEvent, JobState
from tunedesk.core.rows import prompt_digest
from tunedesk.services.compare.results import preference_pairs, results
from tunedesk.services.compare.vote_export import export_votes
from tunedesk.services.compare.voted_model import voted_model
from tunedesk.services.compare.votes_of_row import votes_of_row
from tunedesk.services.project.project import Project
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import Contender, JobRecord

THIRD = Contender(provider_id="fake", model="ft:other", label="other", kind="tuned")


def test_a_pair_shown_twice_counts_once_and_tells_how_steady_the_rater_is(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            votes = VoteMaker()
            for number in range(3):
                votes.add("tuned", prompt=f"Question {number}?")
            votes.add("tuned", prompt="Question 0?", is_swapped=True)
            votes.add("base", prompt="Question 1?", is_swapped=True)
            await made.in_ledger(votes.store)
            view = await results(made, BASE, TUNED)
            assert (view.verdict.wins, view.verdict.losses) == (3, 0)
            assert [row.is_repeat for row in view.votes] == [True, True, False, False, False]
            steady = view.consistency
            assert (steady.agreed.hits, steady.agreed.n) == (1, 2)
            assert (steady.n_turned, steady.n_same_seat) == (1, 1)
            path = await preference_pairs(made, BASE, TUNED)
            rows = path.read_bytes().splitlines()
            assert len(rows) == 3
            back = await votes_of_row(made, rows[0])
            assert back is not None and back.pair == {BASE, TUNED}
            of_prompt = [row.round_id for row in view.votes if row.prompt == "Question 0?"]
            assert list(back.round_ids) == of_prompt
            assert len(of_prompt) == 2
            assert await votes_of_row(made, rows[0].replace(b"Question 0?", b"Else?")) is None
            later = VoteMaker(second=THIRD, first_number=9)  # and the base said the same again
            later.add("tuned", prompt="Question 0?", tuned="Else.")
            await made.in_ledger(later.store)
            assert await voted_model(made, [b"no row", *rows]) == TUNED
            assert await voted_model(made, [b'{"messages": []}']) is None

    run(steps())


def test_a_vote_changed_after_the_reveal_counts_as_it_was_blind(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            votes = VoteMaker()
            for number in range(3):
                votes.add("tuned", prompt=f"Question {number}?", reasons=("tone",))
            await made.in_ledger(votes.store)
            (first, *_) = await made.in_ledger(Ledger.votes)
            later = msgspec.structs.replace(
                first.vote, choice=first.round.seat_of(BASE), reasons=["accuracy"]
            )
            await made.in_ledger(lambda ledger: ledger.change_vote(later))
            view = await results(made, BASE, TUNED)
            assert (view.verdict.wins, view.verdict.losses, view.n_changed) == (3, 0, 1)
            assert [one.name for one in view.by_reason] == ["tone"]
            assert [row.changed_to for row in view.votes] == [None, None, "base"]
            path = await preference_pairs(made, BASE, TUNED)
            preferred = [json.loads(line) for line in path.read_bytes().splitlines()]
            texts = [row["preferred_output"][0]["content"] for row in preferred]
            assert texts[0].startswith("It is a long way")  # the later word is the better example
            await export_votes(made, (BASE, TUNED), tmp_path / "v.json", "json")
            told = json.loads((tmp_path / "v.json").read_bytes())["votes"][0]
            assert (told["winner"], told["changed_after_reveal_to"]) == ("tuned", "base")

    run(steps())


def test_votes_on_answers_that_name_their_maker_can_be_left_out(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            votes = VoteMaker()
            votes.add("tuned", prompt="Who?", tuned="I am ChatGPT.")
            for number in range(3):
                votes.add("tuned", prompt=f"Question {number}?")
            await made.in_ledger(votes.store)
            view = await results(made, BASE, TUNED)
            assert (view.verdict.wins, view.n_named) == (4, 1)
            view = await results(made, BASE, TUNED, leaves_out_named=True)
            assert (view.verdict.wins, view.n_named, len(view.votes)) == (3, 1, 3)

    run(steps())


def test_the_side_and_the_length_are_looked_at(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            votes = VoteMaker()
            for number in range(8):
                is_long = number % 2 == 0
                votes.add("tuned" if is_long else "base", prompt=f"{number}?", tuned="long" * 20)
            votes.add("tie", prompt="same?", base="Equal.", tuned="Equal.")
            await made.in_ledger(votes.store)
            view = await results(made, BASE, TUNED)
            assert view.seat.n == 8
            assert (view.length.longer_won.hits, view.length.when_longer.n) == (4, 8)
            assert view.n_identical == 1
            assert view.verdict.half_point_share == pytest.approx(0.5)

    run(steps())


def test_held_out_answers_are_measured_also_without_a_vote(tmp_path: Path) -> None:
    """But only judged prompts are listed: a list of others would tell who is who beforehand."""

    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            votes = VoteMaker()
            votes.add("tuned", prompt="a?", digest="a", reference="Rome.", tuned="Rome.", base="X")
            votes.add(None, prompt="b?", digest="b", reference="Oslo.", tuned="Oslo.", base="Bonn.")
            votes.add("base", prompt="typed?")
            await made.in_ledger(votes.store)
            view = await results(made, BASE, TUNED)
            exact = next(one for one in view.measures if one.name == "exact_match")
            assert (exact.base, exact.tuned, exact.n, view.n_measured) == (0.0, 1.0, 2, 2)
            assert [one.prompt for one in view.best] == ["a?"]
            assert view.worst == []

    run(steps())


def test_tags_of_the_rows_are_those_of_their_votes(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            rows = [
                b'{"messages":[{"role":"user","content":"Q"},{"role":"assistant","content":"A"}]}'
            ]
            digest = prompt_digest(rows[0])
            async with session(made, rows) as opened:
                tags = [(digest, ("hard", "travel"))]
                await made.in_ledger(lambda ledger: ledger.set_tags(opened.info.id, tags))
            votes = VoteMaker()
            votes.add("tuned", prompt="Q", digest=digest)
            votes.add("base", prompt="Other?", digest="other")
            await made.in_ledger(votes.store)
            view = await results(made, BASE, TUNED)
            assert [(one.name, one.wins, one.losses) for one in view.by_tag] == [
                ("hard", 1, 0),
                ("travel", 1, 0),
            ]

    run(steps())


def test_three_models_are_ranked(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            votes = VoteMaker()
            for number in range(6):
                votes.add("tuned", prompt=f"{number}?")
            await made.in_ledger(votes.store)
            assert (await results(made, BASE, TUNED)).ranks == []
            more = VoteMaker(second=THIRD, first_number=100)
            for number in range(6):
                more.add("tuned" if number < 3 else "base", prompt=f"{number}?")
            await made.in_ledger(more.store)
            ranks = (await results(made, BASE, TUNED)).ranks
            assert [rank.label for rank in ranks] == [TUNED.label, THIRD.label, BASE.label]
            assert [rank.n_votes for rank in ranks] == [6, 6, 12]
            again = (await results(made, BASE, TUNED)).ranks
            assert again == ranks

    run(steps())


async def _job(made: Project, first_loss: bool = True) -> None:
    state = JobState(
        id="j", status="succeeded", model="base-1", created_at_s=1, fine_tuned_model=TUNED.model
    )
    job = JobRecord(
        local_id="job", name="marv", provider_id="fake", base_model="base-1", created_at_ms=1,
        train_digest="d", n_train=10, n_held_out=3, status="succeeded", state=state,
    )  # fmt: skip
    steps = [(0, 2.31), (10, 0.9), (20, 0.58)][0 if first_loss else 1 :]
    events = [
        JobEvent(
            id=f"e{step}", created_at_s=step, level="info", message="", type="metrics",
            data={"step": step, "full_valid_loss": loss},
        )
        for step, loss in steps
    ]  # fmt: skip
    checkpoint = Checkpoint(id="c", created_at_s=1, model="ft:step10", step_number=10)

    def fill(ledger: Ledger) -> None:
        ledger.add_snapshot("d", write_rows(made.folder / "s.jsonl", [b"{}"]), 10)
        ledger.add_intent(job)
        ledger.add_events("job", events)
        ledger.set_checkpoints("job", [checkpoint])

    await made.in_ledger(fill)


def test_held_out_loss_is_shown_before_and_after_training(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            await _job(made)
            loss = (await results(made, BASE, TUNED)).measures[0]
            assert (loss.name, loss.base, loss.tuned, loss.n) == ("held_out_loss", 2.31, 0.58, 3)
            at_step = msgspec.structs.replace(TUNED, model="ft:step10")
            assert (await results(made, BASE, at_step)).measures[0].tuned == 0.9
            assert (await results(made, THIRD, TUNED)).measures == []

    run(steps())


def test_loss_without_a_beginning_is_not_compared(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            await _job(made, first_loss=False)
            assert (await results(made, BASE, TUNED)).measures == []

    run(steps())
