"""A run that was paused, killed or cut short gives the same model, to the bit, as a calm one."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.engine_jobs import held_out_rows, preference_rows
from tests.support.tiny_model import make_tiny_model
from tests.support.training_run import (
    ADAPTER,
    Pause,
    adapter_digest,
    curve,
    digest,
    is_sound,
    last_word,
    lines,
    make_job,
    train,
)
from tunedesk.engine.training import loop
from tunedesk.engine.training.checkpoint import RESUME_FOLDER
from tunedesk.engine.training.report import Report
from tunedesk.engine.training.spec import CHECKPOINTS_FOLDER, read_spec

pytestmark = [
    pytest.mark.engine,
    pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning"),  # peft's
]

_DPO = {"method": "dpo", "learning_rate": 3e-3}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny_model(tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def calm(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job that nothing happened to: 6 steps in 3 epochs."""
    return _trained(tmp_path_factory.mktemp("calm") / "job", base)


@pytest.fixture(scope="module")
def calm_dpo(base: Path, calm: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for preferences, from the calm job's model."""
    folder = _dpo_job(tmp_path_factory.mktemp("calm-dpo") / "job", base, calm)
    assert train(folder) == 0
    return folder


def _trained(folder: Path, base: Path, **more: Any) -> Path:
    assert train(make_job(folder, base, **more)) == 0
    return folder


def _model(folder: Path) -> str:
    return str(folder / CHECKPOINTS_FOLDER / f"step-{last_word(folder).step}")


def _dpo_job(folder: Path, base: Path, start: Path) -> Path:
    make_job(folder, base, start_adapter=_model(start), **_DPO)
    (folder / "train.jsonl").write_bytes(preference_rows(8))
    (folder / "valid.jsonl").write_bytes(preference_rows(3, skip=10))
    return folder


def test_the_same_seed_gives_the_same_model(base: Path, calm: Path, tmp_path: Path) -> None:
    assert digest(_trained(tmp_path / "same", base)) == digest(calm)
    assert digest(_trained(tmp_path / "other", base, seed=8)) != digest(calm)


@pytest.mark.parametrize("step", range(1, 6))
def test_a_pause_changes_no_bit(base: Path, calm: Path, tmp_path: Path, step: int) -> None:
    folder = make_job(tmp_path / "job", base)
    assert train(folder, Pause(folder, step)) == 0
    word = last_word(folder)
    assert (word.kind, word.step) == ("paused", step)
    assert max(curve(folder)) == step
    snapshot = folder / CHECKPOINTS_FOLDER / f"step-{step}"
    assert is_sound(snapshot)
    assert [line.step for line in lines(folder) if line.kind == "checkpoint"][-1] == step
    assert train(folder) == 0
    assert digest(folder) == digest(calm)
    assert curve(folder) == curve(calm)
    assert is_sound(snapshot)


def test_many_pauses_change_no_bit_of_preferences(
    base: Path, calm: Path, calm_dpo: Path, tmp_path: Path
) -> None:
    folder = _dpo_job(tmp_path / "job", base, calm)
    for step in (1, 3, 4, 5):
        assert train(folder, Pause(folder, step)) == 0
        assert last_word(folder).kind == "paused"
    assert train(folder) == 0
    assert digest(folder) == digest(calm_dpo)
    assert curve(folder) == curve(calm_dpo)


def test_a_pause_before_the_first_step_keeps_nothing(base: Path, tmp_path: Path) -> None:
    folder = make_job(tmp_path / "job", base)
    asked = threading.Event()
    asked.set()
    assert train(folder, asked) == 0
    assert (last_word(folder).kind, last_word(folder).step) == ("paused", 0)
    assert not (folder / CHECKPOINTS_FOLDER).exists()


def test_a_pause_at_the_last_step_is_too_late(base: Path, calm: Path, tmp_path: Path) -> None:
    folder = make_job(tmp_path / "job", base)
    assert train(folder, Pause(folder, 6)) == 0
    assert digest(folder) == digest(calm)


def test_where_a_run_was_paused_is_never_chosen(base: Path, tmp_path: Path) -> None:
    folder = make_job(tmp_path / "job", base)
    train(folder, Pause(folder, 1))
    train(folder, Pause(folder, 3))
    assert train(folder) == 0
    assert last_word(folder).step in (2, 4, 6)


def test_a_long_epoch_is_saved_in_between(
    base: Path, calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "SAVE_EVERY_S", 0.0)
    folder = make_job(tmp_path / "job", base, batch_size=1)
    whole = _trained(tmp_path / "whole", base, batch_size=1)
    _cut_short(folder, after_step=6, monkeypatch=monkeypatch)
    assert [path.name for path in (folder / RESUME_FOLDER).iterdir()] == ["step-5"]
    assert train(folder) == 0
    assert digest(folder) == digest(whole)
    repeated = [line.key for line in lines(folder)].count("step-5")
    assert repeated == 1, "a step that was saved is not trained again"
    assert list((folder / RESUME_FOLDER).iterdir()) == []


def _cut_short(folder: Path, *, after_step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends a run like a kill does: right after a step was reported, before anything is saved."""

    class CutError(BaseException):
        pass

    report_step = loop.Report.step

    def step(self: loop.Report, number: int, *rest: Any) -> None:
        report_step(self, number, *rest)
        if number == after_step:
            raise CutError

    with monkeypatch.context() as patched, pytest.raises(CutError):
        patched.setattr(loop.Report, "step", step)
        train(folder)


def test_half_written_folders_are_swept_away(base: Path, calm: Path, tmp_path: Path) -> None:
    folder = make_job(tmp_path / "job", base)
    train(folder, Pause(folder, 3))
    for parent in (CHECKPOINTS_FOLDER, RESUME_FOLDER):
        scratch = folder / parent / ".step-4.tmp"
        scratch.mkdir(parents=True)
        (scratch / "optimiser.safetensors").write_bytes(b"half")
    assert train(folder) == 0
    assert digest(folder) == digest(calm)
    assert list(folder.glob("*/.*.tmp")) == []


@pytest.mark.parametrize("name", ["state.json", "optimiser.safetensors", ADAPTER])
def test_a_damaged_checkpoint_is_trained_again(
    base: Path, calm: Path, tmp_path: Path, name: str
) -> None:
    folder = make_job(tmp_path / "job", base)
    train(folder, Pause(folder, 3))
    path = folder / CHECKPOINTS_FOLDER / "step-3" / name
    path.write_bytes(path.read_bytes()[:40])
    assert train(folder) == 0
    assert digest(folder) == digest(calm)


def test_a_lost_reference_is_computed_from_where_the_job_began(
    base: Path, calm: Path, calm_dpo: Path, tmp_path: Path
) -> None:
    folder = _dpo_job(tmp_path / "job", base, calm)
    train(folder, Pause(folder, 3))
    (folder / "reference.safetensors").unlink()
    assert train(folder) == 0
    assert digest(folder) == digest(calm_dpo)


def test_samples_come_before_training_and_with_each_epoch(
    base: Path, calm: Path, tmp_path: Path
) -> None:
    folder = _run(make_job(tmp_path / "job", base), lambda: 0.0)
    before = next(line for line in lines(folder) if line.key == "samples-0")
    assert before.data["step"] == 0
    after = [line.data["samples"] for line in lines(folder) if line.kind == "checkpoint"]
    assert len(after) == 3
    questions = [sample["prompt"] for sample in before.data["samples"]]
    assert questions == [sample["prompt"] for sample in after[-1]]
    assert questions[0] in held_out_rows(2).decode()
    assert before.data["samples"] != after[-1], "the answers change as the model learns"
    assert digest(folder) == digest(calm)


def test_preferences_show_their_samples_with_each_epoch(calm_dpo: Path) -> None:
    kept = [line.data["samples"] for line in lines(calm_dpo) if line.kind == "checkpoint"]
    assert len(kept) == 3
    assert kept[0][0]["prompt"] in preference_rows(3, skip=10).decode()


def test_a_slow_machine_is_not_asked_for_samples(base: Path, calm: Path, tmp_path: Path) -> None:
    hours = iter(range(0, 10**9, 3600))
    folder = _run(make_job(tmp_path / "job", base), lambda: float(next(hours)))
    words = next(line.message for line in lines(folder) if line.key == "samples-off")
    assert "No more sample answers are asked for: one took 3600 s" in words
    assert not any("samples" in line.data for line in lines(folder) if line.kind == "checkpoint")
    assert digest(folder) == digest(calm)


def _run(folder: Path, clock: Callable[[], float]) -> Path:
    with Report(folder) as report:
        loop.Run(folder, read_spec(folder), report, clock=clock, work_clock=clock).finish()
    return folder


def test_without_samples_the_model_is_the_same(
    base: Path, calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "read_prompts", lambda *_: [])
    folder = _trained(tmp_path / "job", base)
    assert digest(folder) == digest(calm)
    assert not any("samples" in line.data for line in lines(folder))


def test_a_tuned_model_is_tuned_on_from_where_it_was(
    base: Path, calm: Path, tmp_path: Path
) -> None:
    """Both from the last model and from an early checkpoint; held-out loss says where it began."""
    losses = {
        line.data["step"]: line.data["full_valid_loss"]
        for line in lines(calm)
        if "full_valid_loss" in line.data
    }
    for step in (2, 6):
        start = calm / CHECKPOINTS_FOLDER / f"step-{step}"
        folder = _trained(tmp_path / f"from-{step}", base, start_adapter=str(start), n_epochs=1)
        first = next(line for line in lines(folder) if line.key == "step-0")
        assert first.data["full_valid_loss"] == losses[step]
        assert adapter_digest(folder, 2) != adapter_digest(calm, step)


def test_preferences_begin_at_the_reference_and_win(calm_dpo: Path) -> None:
    data = {line.data["step"]: line.data for line in lines(calm_dpo) if line.type == "metrics"}
    assert data[0]["full_valid_loss"] == pytest.approx(0.6931, abs=1e-4)  # ln 2: no preference
    assert data[0]["full_valid_reward_margin"] == 0
    assert data[6]["train_loss"] < 0.62
    assert data[6]["train_reward_accuracy"] == 1
    assert data[6]["train_reward_margin"] > 0.1
    assert not any("token_accuracy" in key for key in data[6])


def test_the_likelihood_term_keeps_the_preferred_answer_likely(base: Path, tmp_path: Path) -> None:
    """The loss that it adds is the preferred answers' mean loss a token, as supervised tells."""
    folder = make_job(tmp_path / "job", base, likelihood_weight=1.0, **_DPO)
    (folder / "train.jsonl").write_bytes(preference_rows(8))
    (folder / "valid.jsonl").write_bytes(preference_rows(3, skip=10))
    assert train(folder) == 0
    first = next(line for line in lines(folder) if line.key == "step-0").data
    assert first["full_valid_loss"] - 0.6931 == pytest.approx(_preferred_loss(base, tmp_path), 1e-2)
    assert curve(folder)[6] < curve(folder)[1]


def _preferred_loss(base: Path, folder: Path) -> float:
    job = make_job(folder / "supervised", base, n_epochs=1)
    rows = [json.loads(line) for line in preference_rows(3, skip=10).splitlines()]
    said = [{"messages": row["input"]["messages"] + row["preferred_output"]} for row in rows]
    (job / "valid.jsonl").write_bytes(b"\n".join(json.dumps(row).encode() for row in said))
    assert train(job) == 0
    first = next(line for line in lines(job) if line.key == "step-0").data
    return float(first["full_valid_loss"])
