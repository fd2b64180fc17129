"""The ledger: what is written is there after closing and opening it again."""

from __future__ import annotations

import math
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dying_programs import a_job, an_event
from tunedesk.core.chat import Answer, ChatSettings
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, JobEvent, JobState
from tunedesk.store.ledger import LEDGER_NAME, Ledger, peek
from tunedesk.store.records import (
    AnswerRecord,
    Contender,
    DatasetSettings,
    EditRecord,
    ProjectSummary,
    RoundRecord,
    VoteRecord,
)

_BASE = Contender(provider_id="local", model="base", label="Base", kind="base")
_TUNED = Contender(provider_id="local", model="ft:base:x", label="Marv", kind="tuned")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Marv ก"


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    ledger = Ledger.open(folder / LEDGER_NAME)
    yield ledger
    ledger.close()


def reopened(ledger: Ledger) -> Ledger:
    ledger.close()
    return Ledger.open(ledger.path)


def a_state(status: str = "succeeded", model: str | None = "ft:base:x") -> JobState:
    return JobState(
        id="ftjob-1", status=status, model="base", created_at_s=5, fine_tuned_model=model
    )


def an_answer(text: str = "Rome.", finish_reason: str | None = "stop") -> Answer:
    return Answer(
        provider_id="local",
        model="base",
        text=text,
        finish_reason=finish_reason,
        elapsed_ms=900,
        completion_tokens=3,
        settings=ChatSettings(seed=1),
    )


def a_round(round_id: str = "r1", *, first_seat: str = "B") -> RoundRecord:
    return RoundRecord(
        id=round_id,
        created_at_ms=1,
        messages=[{"role": "user", "content": "Capital of Italy? ก \ud800"}],
        seed=1 << 40,
        first=_BASE,
        second=_TUNED,
        first_seat=first_seat,  # type: ignore[arg-type]
        source_digest="d",
        kind="held_out",
    )


# ---- project -----------------------------------------------------------------------------------


def test_a_project_is_called_like_its_folder_until_it_has_a_name(ledger: Ledger) -> None:
    assert ledger.project_name() == "Marv ก"
    ledger.set_project_name("Marv, the second")
    ledger = reopened(ledger)
    assert ledger.project_name() == "Marv, the second"
    ledger.close()


def test_a_project_can_be_looked_at_while_it_is_open(ledger: Ledger, folder: Path) -> None:
    ledger.set_project_name("Marv")
    ledger.add_dataset("a", folder / "a.jsonl")
    ledger.add_intent(a_job("1", 1))
    ledger.add_intent(a_job("2", 2))
    ledger.update_job("2", status="succeeded", state=a_state())
    expected = ProjectSummary(n_datasets=1, n_tuned_models=1, n_votes=0)
    assert ledger.summary() == expected
    seen = peek(ledger.path)
    assert (seen.name, seen.summary) == ("Marv", expected)


def test_there_is_nothing_to_look_at_where_no_project_is(tmp_path: Path) -> None:
    with pytest.raises(TunedeskError, match="could not be opened"):
        peek(tmp_path / LEDGER_NAME)
    assert not list(tmp_path.iterdir())


# ---- datasets ----------------------------------------------------------------------------------


def test_a_dataset_is_referred_to_once(ledger: Ledger, folder: Path) -> None:
    one = ledger.add_dataset("Marv", folder / "datasets" / "marv.jsonl", n_rows=54)
    same = ledger.add_dataset("Again", folder / "datasets" / "marv.jsonl")
    assert same == one
    ledger.touch(one.id, n_rows=55, opened_at_ms=9)
    (record,) = ledger.datasets()
    assert (record.name, record.n_rows, record.opened_at_ms) == ("Marv", 55, 9)
    with pytest.raises(KeyError):
        ledger.touch(99, 0, 0)
    ledger.remove_dataset(one.id)
    assert ledger.datasets() == []


def test_a_moved_project_finds_its_own_datasets_and_those_elsewhere(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    ledger.add_dataset("in", folder / "datasets" / "in.jsonl")
    ledger.add_dataset("out", tmp_path / "out.jsonl")
    ledger.add_dataset("odd", tmp_path / "odd\udcff.jsonl")
    ledger.close()
    moved = tmp_path / "moved"
    shutil.move(folder, moved)
    ledger = Ledger.open(moved / LEDGER_NAME)
    assert [record.path for record in ledger.datasets()] == [
        moved / "datasets" / "in.jsonl",
        tmp_path / "out.jsonl",
        tmp_path / "odd\udcff.jsonl",
    ]
    ledger.close()


def test_split_choices_and_settings_belong_to_a_dataset(ledger: Ledger, folder: Path) -> None:
    one = ledger.add_dataset("1", folder / "1.jsonl").id
    two = ledger.add_dataset("2", folder / "2.jsonl", settings=DatasetSettings(seed=4)).id
    ledger.set_splits(one, [("a", "test"), ("b", "aside"), ("c", "train")])
    ledger.set_split(one, "b", None)
    ledger.set_split(one, "a", "train")
    ledger.set_dataset_settings(one, DatasetSettings(seed=7, test_share=0.25))
    assert ledger.split_overrides(one) == {"a": "train", "c": "train"}
    assert ledger.split_overrides(two) == {}
    assert ledger.dataset_settings(one) == DatasetSettings(seed=7, test_share=0.25)
    assert ledger.dataset_settings(two).seed == 4
    with pytest.raises(sqlite3.IntegrityError):
        ledger.set_split(99, "a", "train")


def test_an_upload_is_known_by_digest_and_provider(ledger: Ledger, folder: Path) -> None:
    ledger.add_snapshot("d1", folder / "snapshots" / "d1.jsonl", 44)
    ledger.set_upload("d1", "local", "file-1")
    ledger.set_upload("d1", "local", "file-2")
    assert ledger.upload_of("d1", "local") == "file-2"
    assert ledger.upload_of("d1", "openai") is None
    ledger.set_upload("d1", "local", None)
    assert ledger.upload_of("d1", "local") is None
    snapshot = ledger.snapshot("d1")
    assert snapshot is not None
    assert (snapshot.path, snapshot.n_rows) == (folder / "snapshots" / "d1.jsonl", 44)
    assert ledger.snapshot("d2") is None


# ---- jobs --------------------------------------------------------------------------------------


def test_a_job_comes_back_as_it_was(ledger: Ledger) -> None:
    ledger.add_intent(a_job("1", 1))
    changed = ledger.update_job(
        "1", status="running", remote_id="ftjob-1", state=a_state("running", None), started_at_ms=8
    )
    assert ledger.update_job("1") == changed
    ledger.add_intent(a_job("2", 2))
    ledger = reopened(ledger)
    assert ledger.job("1") == changed
    assert changed.request["metadata"] == {"tunedesk": "1"}
    assert [job.local_id for job in ledger.jobs()] == ["2", "1"]
    ledger.close()


def test_jobs_are_active_until_they_have_ended(ledger: Ledger) -> None:
    for number, status in enumerate(["intent", "running", "succeeded", "failed", "paused?"]):
        ledger.add_intent(a_job(status, number))
        ledger.update_job(status, status=status)
    assert [job.local_id for job in ledger.active_jobs()] == ["paused?", "running", "intent"]


def test_an_unknown_job_or_change_is_refused(ledger: Ledger) -> None:
    ledger.add_intent(a_job("1", 1))
    for call in (ledger.job, ledger.update_job):
        with pytest.raises(KeyError):
            call("2")
    with pytest.raises(KeyError):
        ledger.update_job("2", status="failed")
    with pytest.raises(TypeError, match="train_digest"):
        ledger.update_job("1", train_digest="x")  # type: ignore[call-arg]
    with pytest.raises(sqlite3.IntegrityError):
        ledger.add_intent(a_job("1", 1))
    with pytest.raises(sqlite3.IntegrityError):
        ledger.set_checkpoints("2", [Checkpoint(id="c", created_at_s=1, model="m", step_number=1)])


def test_the_same_events_again_add_nothing(ledger: Ledger) -> None:
    ledger.add_intent(a_job("1", 1))
    ledger.add_intent(a_job("2", 2))
    events = [an_event(1, i) for i in range(4)]
    assert ledger.add_events("1", events[:3]) == 3
    assert ledger.add_events("1", events) == 1
    assert ledger.add_events("1", events) == 0
    assert ledger.events("1") == events
    assert ledger.add_events("2", events) == 4


def test_events_without_an_id_are_told_apart_by_time_message_and_step(ledger: Ledger) -> None:
    ledger.add_intent(a_job("1", 1))

    def metrics(step: int) -> JobEvent:
        data = {"step": step, "train_loss": 1.5}
        return JobEvent(id="", created_at_s=3, level="info", message="Step", data=data)

    assert ledger.add_events("1", [metrics(1), metrics(2), metrics(1)]) == 2
    assert ledger.add_events("1", [metrics(2)]) == 0
    assert ledger.events("1") == [metrics(1), metrics(2)]


def test_events_are_oldest_first_whenever_they_came(ledger: Ledger) -> None:
    ledger.add_intent(a_job("1", 1))
    late, early = an_event(9, 0), an_event(2, 0)
    ledger.add_events("1", [late])
    ledger.add_events("1", [early])
    assert ledger.events("1") == [early, late]


def test_a_loss_that_is_not_a_number_is_kept_as_such(ledger: Ledger) -> None:
    ledger.add_intent(a_job("1", 1))
    data = {"step": 1, "train_loss": math.nan}
    ledger.add_events("1", [JobEvent(id="e", created_at_s=1, level="info", message="", data=data)])
    (event,) = ledger.events("1")
    assert event.data is not None
    assert math.isnan(event.data["train_loss"])


def test_checkpoints_replace_those_before(ledger: Ledger) -> None:
    ledger.add_intent(a_job("1", 1))
    made = [
        Checkpoint(id=f"c{n}", created_at_s=n, model=f"m{n}", step_number=n, metrics={"loss": 0.5})
        for n in (22, 11, 33)
    ]
    ledger.set_checkpoints("1", made[:1])
    ledger.set_checkpoints("1", made)
    assert [c.step_number for c in ledger.checkpoints("1")] == [11, 22, 33]
    assert ledger.checkpoints("1")[1] == made[0]


# ---- comparisons -------------------------------------------------------------------------------


def voted(ledger: Ledger, record: RoundRecord, choice: str) -> None:
    ledger.add_round(record)
    for seat in ("A", "B"):
        answer = an_answer(f"from {seat} \ud800")
        ledger.add_answer(AnswerRecord(round_id=record.id, seat=seat, answer=answer))  # type: ignore[arg-type]
    ledger.add_vote(
        VoteRecord(
            round_id=record.id,
            choice=choice,  # type: ignore[arg-type]
            created_at_ms=2,
            reasons=["clearer"],
            note="“ดี”",
        )
    )


def test_a_vote_comes_back_with_all_it_was_about(ledger: Ledger) -> None:
    voted(ledger, a_round("r1", first_seat="B"), "B")
    voted(ledger, a_round("r2", first_seat="B"), "A")
    voted(ledger, a_round("r3"), "tie")
    ledger = reopened(ledger)
    first, second, third = ledger.votes()
    assert first.round == a_round("r1", first_seat="B")
    assert [view.winner for view in (first, second, third)] == [_BASE, _TUNED, None]
    assert first.answer_of(_BASE).text == "from B \ud800"
    assert first.answer_of(_TUNED) == first.answers["A"]
    assert (list(first.vote.reasons), first.vote.note) == (["clearer"], "“ดี”")
    assert ledger.n_votes() == 3
    ledger.close()


def test_there_is_one_vote_and_nothing_changes_after_it(ledger: Ledger) -> None:
    voted(ledger, a_round(), "A")
    with pytest.raises(TunedeskError, match="has its vote"):
        ledger.add_vote(VoteRecord(round_id="r1", choice="B", created_at_ms=3))
    with pytest.raises(TunedeskError, match="has its vote"):
        ledger.add_answer(AnswerRecord(round_id="r1", seat="A", answer=an_answer("nicer")))
    (view,) = ledger.votes()
    assert view.vote.choice == "A"


def test_a_round_with_a_cut_or_missing_answer_cannot_be_voted_on(ledger: Ledger) -> None:
    ledger.add_round(a_round())
    vote = VoteRecord(round_id="r1", choice="tie", created_at_ms=3)
    ledger.add_answer(AnswerRecord(round_id="r1", seat="A", answer=an_answer()))
    with pytest.raises(TunedeskError, match="cut off"):
        ledger.add_vote(vote)
    cut = an_answer("Ro", finish_reason=None)
    ledger.add_answer(AnswerRecord(round_id="r1", seat="B", answer=cut))
    with pytest.raises(TunedeskError, match="cut off"):
        ledger.add_vote(vote)
    assert ledger.answers("r1")["B"] == cut, "what came is kept"
    ledger.add_answer(AnswerRecord(round_id="r1", seat="B", answer=an_answer()))
    ledger.add_vote(vote)
    assert ledger.n_votes() == 1


def test_a_changed_vote_keeps_the_blind_one_beside_it(ledger: Ledger) -> None:
    voted(ledger, a_round(first_seat="B"), "B")
    assert ledger.votes()[0].original is None
    for at_ms, choice in ((5, "tie"), (9, "A")):
        changed = VoteRecord(round_id="r1", choice=choice, created_at_ms=at_ms)  # type: ignore[arg-type]
        ledger.change_vote(changed)
    ledger = reopened(ledger)
    (view,) = ledger.votes()
    assert (view.vote.choice, view.vote.created_at_ms, view.winner) == ("A", 9, _TUNED)
    assert view.original is not None
    assert (view.original.choice, view.original.created_at_ms) == ("B", 2)
    assert ledger.n_votes() == 1
    with pytest.raises(sqlite3.IntegrityError):
        ledger.change_vote(VoteRecord(round_id="nobody", choice="A", created_at_ms=5))
    ledger.close()


def test_an_edit_of_the_winner_belongs_to_its_vote(ledger: Ledger) -> None:
    voted(ledger, a_round(), "B")
    edit = EditRecord(round_id="r1", text="Better \ud800", dataset_id=3, created_at_ms=7)
    ledger.put_edit(edit)
    assert ledger.votes()[0].edit == edit
    ledger.remove_edit("r1")
    assert ledger.votes()[0].edit is None


def test_a_round_that_waits_says_what_was_asked_and_what_came(ledger: Ledger) -> None:
    ledger.add_round(a_round())
    ledger.note_asked("r1", "A", 5)
    (waits,) = ledger.waiting_rounds("d")
    assert (waits.missing, waits.doubtful, waits.is_ready) == (("B",), ("A",), False)
    ledger.take_back_asked("r1", "A")
    assert ledger.waiting_rounds()[0].missing == ("A", "B")
    cut = an_answer("Ro", finish_reason=None)
    ledger.add_answer(AnswerRecord(round_id="r1", seat="A", answer=cut))
    ledger.add_answer(AnswerRecord(round_id="r1", seat="B", answer=an_answer()))
    assert ledger.waiting_rounds()[0].doubtful == ("A",)
    ledger.add_answer(AnswerRecord(round_id="r1", seat="A", answer=an_answer()))
    assert ledger.waiting_rounds()[0].is_ready
    assert ledger.waiting_rounds("another row") == []
    ledger.add_vote(VoteRecord(round_id="r1", choice="tie", created_at_ms=3))
    assert ledger.waiting_rounds() == []


def test_a_round_that_ended_has_no_vote_any_more(ledger: Ledger) -> None:
    ledger.add_round(a_round())
    for seat in ("A", "B"):
        ledger.add_answer(AnswerRecord(round_id="r1", seat=seat, answer=an_answer()))  # type: ignore[arg-type]
    ledger.end_round("r1", "identical")
    assert ledger.waiting_rounds() == []
    assert ledger.round("r1").ended == "identical"
    with pytest.raises(TunedeskError):
        ledger.add_vote(VoteRecord(round_id="r1", choice="tie", created_at_ms=3))
    voted(ledger, a_round("r2"), "A")
    ledger.end_round("r2", "abandoned")
    assert ledger.round("r2").ended is None


def test_a_round_knows_who_sat_where() -> None:
    record = a_round(first_seat="A")
    assert (record.seat_of(_BASE), record.seat_of(_TUNED)) == ("A", "B")
    assert record.contender_at("B") == _TUNED
    stranger = Contender(provider_id="x", model="y", label="Z", kind="base")
    with pytest.raises(ValueError, match="no part"):
        record.seat_of(stranger)


def test_rounds_are_kept_without_a_vote_too(ledger: Ledger) -> None:
    ledger.add_round(a_round())
    assert ledger.rounds() == [a_round()]
    assert ledger.round("r1") == a_round()
    assert ledger.votes() == []
    with pytest.raises(KeyError):
        ledger.round("r2")


def test_closing_twice_is_harmless(ledger: Ledger) -> None:
    ledger.close()
    ledger.close()
