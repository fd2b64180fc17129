"""What the Train page says: a status, a stage, a curve or a failure in words."""

from __future__ import annotations

import re
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QDateTime

from tunedesk.core.curves import Reading, ReadingCode
from tunedesk.core.jobs import JobEvent
from tunedesk.core.speech import said
from tunedesk.services.train.training import LOST, NOT_STARTED, UNKNOWN, JobView
from tunedesk.ui.again import SETTINGS
from tunedesk.ui.pages.train.progress import Progress, Stage, is_settled, is_without_test_rows
from tunedesk.ui.widgets.job_words import about, spent


def _tr(text: str) -> str:
    return QCoreApplication.translate("Train", text)


class Trouble(NamedTuple):
    """What went wrong with a job: what happened, and what to do next."""

    title: str
    what: str
    next_step: str


def status_word(status: str) -> str:
    """The chip's word; a provider's own status is shown as it is."""
    words = {
        "intent": _tr("starting"),
        "validating_files": _tr("checking files"),
        "queued": _tr("queued"),
        "running": _tr("running"),
        "succeeded": _tr("succeeded"),
        "failed": _tr("failed"),
        "cancelled": _tr("cancelled"),
        "pausing": _tr("pausing"),
        "paused": _tr("paused"),
        UNKNOWN: _tr("unknown"),
        NOT_STARTED: _tr("not started"),
        LOST: _tr("lost"),
    }
    return words.get(status, status.replace("_", " "))


def chip_look(status: str) -> str:
    """The chip's colour; the word beside it says the same."""
    looks = {
        "running": "chip-accent",
        "validating_files": "chip-accent",
        "succeeded": "chip-ok",
        "failed": "chip-error",
        LOST: "chip-warning",
        UNKNOWN: "chip-warning",
        NOT_STARTED: "chip-warning",
    }
    return looks.get(status, "chip")


def stage_word(stage: Stage, progress: Progress) -> str:
    """A station's name, with the step where training is."""
    if stage is Stage.TRAINING and progress.total_steps:
        return _tr("Training · step {step} of {total}").format(
            step=progress.step, total=progress.total_steps
        )
    words = {
        Stage.CHECKED: _tr("Checked"),
        Stage.UPLOADED: _tr("Uploaded"),
        Stage.QUEUED: _tr("Queued"),
        Stage.TRAINING: _tr("Training"),
        Stage.READY: _tr("Ready"),
    }
    return words[stage]


def time_line(progress: Progress) -> str:
    """ "3 min 41 s elapsed · about 2 min left", or how long it took."""
    if progress.is_over and not progress.elapsed_s:
        return ""
    passed = spent(progress.elapsed_s)
    if progress.is_over:
        return _tr("took {time}").format(time=passed)
    line = _tr("{time} elapsed").format(time=passed)
    if progress.left_s is None:
        return line
    return line + " · " + _tr("{time} left").format(time=about(progress.left_s))


def reading_sentence(view: JobView) -> str:
    """The curve, read for the person."""
    if is_settled(view) and not view.curve.train:
        return _tr("There is no curve to read.")
    if is_settled(view) and view.reading.code is ReadingCode.TOO_EARLY:
        return _tr("It ended too early for its curve to be read.")
    if view.reading.code is ReadingCode.TOO_EARLY and is_without_test_rows(view):
        return _tr(
            "Too early to read the curve. Without test rows it will show only how well the "
            "training rows are learned."
        )
    if is_settled(view) and view.reading.code is ReadingCode.STILL_FALLING:
        return _tr("Held-out loss was still falling at the end: more epochs may help.")
    if view.reading.code is ReadingCode.NO_HELD_OUT and view.record.n_held_out:
        if is_settled(view):
            return _tr("It ended before the held-out rows were measured: nothing can be said.")
        return _sentence(Reading(code=ReadingCode.TOO_EARLY))
    return _sentence(view.reading)


def _sentence(reading: Reading) -> str:
    if reading.code is ReadingCode.TURNED_UP and reading.step == 0:
        return _tr(
            "Held-out loss was lowest before training and has turned up since: what it started "
            "from is better on new rows. Try a lower learning rate, or other rows."
        )
    sentences = {
        ReadingCode.TOO_EARLY: _tr(
            "Too early to read the curve. Held-out loss is measured at the end of each epoch."
        ),
        ReadingCode.STILL_FALLING: _tr(
            "Held-out loss is still falling. If it turns up while train loss falls, the model is "
            "memorising: stop, or use an earlier checkpoint."
        ),
        ReadingCode.FLAT: _tr(
            "Held-out loss is flat since step {step}: more epochs would hardly help."
        ),
        ReadingCode.TURNED_UP: _tr(
            "Held-out loss was lowest at step {step} and has turned up since: the model is "
            "memorising. The checkpoint nearest to that step is probably the better one."
        ),
        ReadingCode.NO_HELD_OUT: _tr(
            "No held-out rows: the curve shows only how well the training rows are learned, "
            "not whether it helps on new ones."
        ),
    }
    return sentences[reading.code].format(step=reading.step)


class RowAtFault(NamedTuple):
    """The side ("train" or "test") and the number, from 1, of a row a provider complains of."""

    side: str
    number: int


_ROW_WORDS = re.compile(r"\b(?:row|line|example)\s+#?(\d{1,9})\b", re.IGNORECASE)


def row_at_fault(view: JobView) -> RowAtFault | None:
    """The row that the cause of a failure names, None if it names none."""
    found = _ROW_WORDS.search(_told(view)) if view.record.status == "failed" else None
    if found is None or int(found[1]) < 1:
        return None
    state = view.record.state
    param = state.error_param if state is not None else ""
    return RowAtFault("test" if param == "validation_file" else "train", int(found[1]))


IN_SETTINGS = "in settings"
"""Where the engine here does not run, or a provider's key is not known."""

_BY_CODE = {"out_of_memory": "model", "disk_full": "n_epochs", "model_not_found": "model"}
"""What of a job can be changed where an engine of ours lacked something."""


def setting_at_fault(view: JobView) -> str:
    """Which of `SETTINGS` a failure or a refusal is about, or `IN_SETTINGS`; "" if it names none,
    or a row."""
    if view.record.error and out_of_reach(view) and not is_settled(view):
        return IN_SETTINGS
    if view.record.status not in ("failed", NOT_STARTED) or row_at_fault(view) is not None:
        return ""
    state = view.record.state
    code = (state.error_code if state is not None else None) or ""
    param = ((state.error_param if state is not None else None) or "").rpartition(".")[2]
    if param in SETTINGS:
        return param
    words = set(re.findall(r"[a-z_]+", _told(view).casefold()))
    by_words = next((one for one in SETTINGS if "_" in one and one in words), "")
    return _BY_CODE.get(code) or by_words


def setting_words(setting: str) -> str:
    """What the button that leads there says."""
    words = {
        IN_SETTINGS: _tr("Open Settings"),
        "learning_rate_multiplier": _tr("Change the learning rate…"),
        "model": _tr("Choose another base model…"),
        "name": _tr("Change the name…"),
        "training_file": _tr("Choose other train rows…"),
        "validation_file": _tr("Choose other test rows…"),
    }
    return words.get(setting) or _tr("Change {setting}…").format(setting=setting)


def trouble_of(view: JobView) -> Trouble | None:
    """What there is to say of a job that failed, was lost, or cannot be reached just now."""
    status, cause = view.record.status, _cause(view)
    known = _troubles().get(status)
    if known is not None:
        title, what, next_step = known
        return Trouble(title, cause or what, next_step)
    if view.record.error and not is_settled(view):
        if view.is_engine_off:
            next_step = _tr(
                "Training stands still with it. Start it again in Settings: the job goes on from "
                "its last checkpoint."
            )
        elif view.needs_key:
            next_step = _tr(
                "Enter it in Settings: the job is followed from then on. Training itself may well "
                "go on meanwhile."
            )
        else:
            next_step = _tr("Tunedesk keeps asking; training itself may well go on.")
        title = _tr("The job cannot be followed just now")
        return Trouble(title, said(view.record.error), next_step)
    return None


def _troubles() -> dict[str, Trouble]:
    """Status → what to say where the provider gives no cause of its own."""
    return {
        "failed": Trouble(
            _tr("Training failed"),
            _tr("The provider gave no reason."),
            _tr("Mend what it names, then start a new fine-tune. The events show the rest."),
        ),
        UNKNOWN: Trouble(
            _tr("It is not known yet whether this job exists"),
            _tr("The answer to its start was lost on the way."),
            _tr("Tunedesk keeps asking the provider. Do not start it again before it is known."),
        ),
        NOT_STARTED: Trouble(
            _tr("This job was not started"),
            _tr("The provider was asked and does not have it."),
            _tr("Nothing runs and nothing is billed. Start a new fine-tune when you like."),
        ),
        LOST: Trouble(
            _tr("This job is lost"),
            _tr("The provider once had it and does not know it any more."),
            _tr("What is shown here is the last that was heard. Start a new fine-tune."),
        ),
    }


def _told(view: JobView) -> str:
    """The cause in its own words."""
    state = view.record.state
    return view.record.error or (state.error_message if state is not None else None) or ""


def _cause(view: JobView) -> str:
    return said(_told(view))


def event_line(event: JobEvent) -> str:
    """An event with its local time, as in a log."""
    at = QDateTime.fromSecsSinceEpoch(event.created_at_s).toString("HH:mm:ss")
    text = said(" ".join(event.message.split()))
    return f"{at} {text}" if event.level == "info" else f"{at} {level_word(event.level)}: {text}"


def level_word(level: str) -> str:
    words = {"warn": _tr("Warning"), "error": _tr("Error")}
    return words.get(level, level)


def cancel_text(n_checkpoints: int, *, is_free: bool) -> str:
    """What a cancelled job leaves behind, and what is billed."""
    if n_checkpoints == 0:
        kept = _tr("No checkpoint has been made yet, so no model will be kept.")
    elif n_checkpoints == 1:
        kept = _tr("The checkpoint made so far is kept and can be used.")
    else:
        kept = _tr("The {n} checkpoints made so far are kept and can be used.").format(
            n=n_checkpoints
        )
    billed = (
        _tr("Nothing is billed.")
        if is_free
        else _tr("Its provider may bill the tokens that were trained until then.")
    )
    stays = _tr("The curve and the events stay here. The dataset is not touched.")
    return f"{kept} {stays} {billed}"


def out_of_reach(view: JobView) -> str:
    """Why nobody can be told to pause or to cancel, "" where that is possible."""
    if view.is_engine_off:
        return _tr("The engine here does not run. Start it in Settings first.")
    if view.needs_key:
        return _tr("{name} needs a key. Enter it in Settings first.").format(name=view.place)
    return ""


def pause_text(*, is_free: bool) -> str:
    """What waiting means."""
    kept = _tr("It stops after the step it is at; nothing is lost, and it goes on from there.")
    billed = (
        _tr("Nothing is billed.")
        if is_free
        else _tr("What was trained until then is billed; waiting is not training.")
    )
    return f"{kept} {billed}"


def line_note(name: str) -> str:
    """Which job a waiting one comes after."""
    return _tr("after {name}").format(name=name)
