"""What the Guide recommends, and where it sees a project on its way."""

from __future__ import annotations

import itertools
import typing

import msgspec
import pytest

from tunedesk.core.curves import ReadingCode
from tunedesk.core.guide import advice, questions
from tunedesk.core.guide.facts import DataFacts, GuideFacts, JobFacts, Topic, VoteFacts
from tunedesk.core.guide.path import Step, next_of, one_sided_topics, steps_of, thin_topics
from tunedesk.core.guide.questions import Answers, decide

READY = Answers(
    wish="style", prompted="shown", rows="enough", steady="steady", often="often", judge="eye"
)


def data(n_train: int, n_test: int, *topics: Topic, **more: int) -> DataFacts:
    n_rows = n_train + n_test
    return DataFacts(name="a", n_rows=n_rows, n_train=n_train, n_test=n_test, topics=topics, **more)


def votes(wins: int, losses: int, outcome: str, *lost: str) -> VoteFacts:
    return VoteFacts(
        base="b",
        tuned="t",
        n_votes=wins + losses,
        wins=wins,
        losses=losses,
        outcome=outcome,  # type: ignore[arg-type]
        lost=lost,
    )


def job(status: str, reading: ReadingCode) -> JobFacts:
    return JobFacts(local_id="j", name="marv", status=status, reading=reading, best_step=22)


def codes(facts: GuideFacts, answers: Answers | None = None) -> dict[str, tuple[bool, str]]:
    steps = steps_of(facts, decide(answers) if answers is not None else None)
    return {step.id: (step.is_done, step.code) for step in steps}


def test_with_rows_a_steady_wish_and_a_prompt_that_was_not_enough_it_is_worth_a_try() -> None:
    decision = decide(READY)
    assert (decision.outcome, decision.action) == ("fine_tune", "start")
    assert all(reason.is_for for reason in decision.reasons)


@pytest.mark.parametrize(
    ("changes", "outcome", "reason"),
    [
        ({"wish": "facts"}, "look_up", "facts_no"),
        ({"steady": "moves"}, "look_up", "moves_no"),
        ({"prompted": "untried"}, "prompt", "untried_no"),
        ({"prompted": "told", "often": "seldom"}, "prompt", "told_no"),
        ({"prompted": "told"}, "fine_tune", "told_no"),
        ({"judge": "unsure"}, "say_good", "unsure_no"),
        ({"rows": "few"}, "collect", "few_rows_no"),
        ({"rows": "none"}, "collect", "no_rows_no"),
        ({"wish": "facts", "rows": "none", "prompted": "untried"}, "look_up", "facts_no"),
    ],
)
def test_what_speaks_against_it_comes_first_and_names_its_reason(
    changes: dict[str, str], outcome: str, reason: str
) -> None:
    decision = decide(msgspec.structs.replace(READY, **changes))
    assert decision.outcome == outcome
    assert reason in [one.code for one in decision.reasons if not one.is_for]
    signs = [one.is_for for one in decision.reasons]
    assert signs == sorted(signs)


def test_every_set_of_answers_has_a_recommendation_with_a_reason() -> None:
    kinds = [
        typing.get_args(getattr(questions, name))
        for name in ("Wish", "Prompted", "Rows", "Steady", "Often", "Judge")
    ]
    names = Answers.__struct_fields__
    for values in itertools.product(*kinds):
        decision = decide(Answers(**dict(zip(names, values, strict=True))))
        assert decision.reasons
        against = any(not reason.is_for for reason in decision.reasons)
        assert against or decision.outcome == "fine_tune"


def test_an_empty_project_has_every_step_before_it() -> None:
    assert {code for _, code in codes(GuideFacts()).values()} == {
        "should_open", "data_none", "split_none", "base_open", "train_open", "compare_open",
        "improve_open",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "is_done", "code"),
    [
        (data(0, 0), False, "data_none"),
        (data(6, 3), False, "data_too_few"),
        (data(30, 8), False, "data_few"),
        (data(40, 10), True, "data_good"),
        (data(400, 100, n_errors=2), False, "data_errors"),
    ],
)
def test_fifty_rows_without_errors_are_a_good_start(
    facts: DataFacts, is_done: bool, code: str
) -> None:
    assert codes(GuideFacts(data=facts))["data"] == (is_done, code)


@pytest.mark.parametrize(
    ("facts", "is_done", "code"),
    [
        (data(50, 0), False, "split_no_test"),
        (data(40, 10, n_leaks=1), False, "split_leaks"),
        (data(50, 5), False, "split_uneven"),
        (data(60, 40), False, "split_uneven"),
        (data(30, 8), True, "split_small"),
        (data(90, 10), True, "split_good"),
        (data(70, 30), True, "split_good"),
    ],
)
def test_ten_to_thirty_per_cent_are_held_out(facts: DataFacts, is_done: bool, code: str) -> None:
    assert codes(GuideFacts(data=facts))["split"] == (is_done, code)


@pytest.mark.parametrize(
    ("newest", "n_tuned", "is_done", "code"),
    [
        (job("succeeded", ReadingCode.TURNED_UP), 1, True, "train_turned_up"),
        (job("succeeded", ReadingCode.NO_HELD_OUT), 1, True, "train_blind"),
        (job("running", ReadingCode.TOO_EARLY), 0, False, "train_running"),
        (job("failed", ReadingCode.TOO_EARLY), 0, False, "train_failed"),
        (job("running", ReadingCode.TOO_EARLY), 2, True, "train_running"),
    ],
)
def test_a_fine_tune_that_ended_well_is_read(
    newest: JobFacts, n_tuned: int, is_done: bool, code: str
) -> None:
    found = codes(GuideFacts(newest=newest, n_tuned=n_tuned))
    assert found["train"] == (is_done, code)
    assert found["base"] == (True, "base_chosen")


@pytest.mark.parametrize(
    ("judged", "compared", "improved"),
    [
        (votes(3, 2, "undecided"), (False, "compare_few"), (False, "improve_undecided")),
        (votes(22, 20, "undecided"), (True, "compare_level"), (False, "improve_undecided")),
        (votes(12, 1, "better"), (True, "compare_decided"), (True, "improve_better")),
        (votes(12, 1, "better", "chrf"), (True, "compare_decided"), (False, "improve_mixed")),
        (votes(1, 12, "worse"), (True, "compare_decided"), (False, "improve_worse")),
    ],
)
def test_votes_decide_and_a_better_model_that_loses_a_measure_is_not_the_end(
    judged: VoteFacts, compared: tuple[bool, str], improved: tuple[bool, str]
) -> None:
    found = codes(GuideFacts(votes=judged))
    assert (found["compare"], found["improve"]) == (compared, improved)


def test_the_next_step_is_the_first_that_is_not_done() -> None:
    done = [Step(id="should", is_done=True, code=""), Step(id="data", is_done=True, code="")]
    assert next_of(done) is None
    left = Step(id="split", is_done=False, code="")
    assert next_of([*done, left]) is left


def test_topics_are_thin_below_five_rows_and_one_sided_without_train_or_test() -> None:
    found = data(
        30,
        8,
        Topic(name="returns", n_train=2, n_test=0),
        Topic(name="delivery", n_train=2, n_test=1),
        Topic(name="prices", n_train=9, n_test=3),
        Topic(name="asked only", n_train=0, n_test=6),
        Topic(name="gone", n_train=0, n_test=0),
    )
    thin = ["gone", "returns", "delivery"]
    assert [topic.name for topic in thin_topics(found)] == thin
    assert [topic.name for topic in one_sided_topics(found)] == ["returns", "asked only"]
    assert one_sided_topics(data(38, 0, *found.topics)) == []


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (data(0, 0), []),
        (data(40, 10), []),
        (data(9, 0), ["few_rows"]),
        (data(10, 0), ["no_test", "few_rows"]),
        (data(39, 10), ["few_rows"]),
        (data(60, 0), ["no_test"]),
        (data(95, 5), ["uneven_split"]),
        (data(60, 40), ["uneven_split"]),
        (data(50, 10, Topic(name="a", n_train=6, n_test=0)), ["never_tested"]),
        (data(50, 10, Topic(name="a", n_train=0, n_test=3)), ["never_learned"]),
        (data(50, 10, Topic(name="a", n_train=5, n_test=1)), []),
    ],
)
def test_rows_are_advised_on_where_something_is_missing(facts: DataFacts, said: list[str]) -> None:
    assert [one.code for one in advice.on_data(facts)] == said


@pytest.mark.parametrize(
    ("status", "reading", "said"),
    [
        ("succeeded", ReadingCode.TURNED_UP, [("turned_up", "epochs")]),
        ("succeeded", ReadingCode.STILL_FALLING, [("still_falling", "epochs")]),
        ("succeeded", ReadingCode.NO_HELD_OUT, [("not_watched", "data_split")]),
        ("succeeded", ReadingCode.FLAT, []),
        ("succeeded", ReadingCode.TOO_EARLY, []),
        ("running", ReadingCode.TURNED_UP, []),
    ],
)
def test_a_curve_is_advised_on_once_the_job_has_ended(
    status: str, reading: ReadingCode, said: list[tuple[str, str]]
) -> None:
    assert [(one.code, one.deed) for one in advice.on_job(job(status, reading))] == said


@pytest.mark.parametrize(
    ("judged", "said"),
    [
        (votes(1, 12, "worse", "chrf"), ["loses_votes"]),
        (votes(12, 1, "better", "chrf"), ["loses_measures"]),
        (votes(3, 3, "undecided", "json_valid"), ["loses_measures"]),
        (votes(12, 1, "better"), []),
        (votes(3, 3, "undecided"), []),
    ],
)
def test_a_model_that_loses_is_advised_on(judged: VoteFacts, said: list[str]) -> None:
    assert [one.code for one in advice.on_votes(judged)] == said
