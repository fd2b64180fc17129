"""The Train page as a person meets it."""

from __future__ import annotations

import msgspec
import pytest
import shiboken6
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.train.conftest import Clock, MakePage, went_to
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import (
    TUNED,
    ScriptedAsk,
    ScriptedTraining,
    checkpoint,
    falling,
    job,
    step_event,
)
from tunedesk.core.curves import Reading, ReadingCode
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Checkpoint, JobEvent
from tunedesk.services.train.job_samples import SampleAnswer, SampleLine, SampleSheet
from tunedesk.services.train.training import JobView
from tunedesk.ui.again import Again
from tunedesk.ui.pages.train.checkpoints_model import Column
from tunedesk.ui.pages.train.page import REDRAW_MS, TrainPage
from tunedesk.ui.pages.train.wording import cancel_text

LEFT = Qt.MouseButton.LeftButton
THAI = "ตอบแบบมาร์ฟ"


def stages(page: TrainPage) -> list[str]:
    return [label.text() for label in page.panel.strip.labels.values()]


def test_without_jobs_one_sentence_and_one_button(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    page = make_page(ScriptedTraining())
    gui_loop.settle(page.first.isVisible)
    asked = went_to(page)
    assert page.nothing.text() == "No fine-tune has been started in this project yet."
    assert page.first_focus() is page.first
    qtbot.mouseClick(page.first, LEFT)
    assert asked == [("new_fine_tune", None)]


def test_a_running_job_says_where_it_is(make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "running", falling(11), name=THAI)))
    panel = page.panel
    assert panel.name.text() == THAI
    assert panel.chip.text() == "running"
    assert panel.remote_id.text() == "ftjob-8c21"
    assert stages(page) == [
        "✓ Checked",
        "✓ Uploaded",
        "✓ Queued",
        "● Training · step 11 of 33",
        "○ Ready",
    ]
    assert panel.bar.value() == 333
    assert page.counts.text() == "1 running"
    assert page.list.jobs.index(0).data() == f"{THAI}, running, SmolLM2-135M · this computer, 33%"
    assert panel.cancel.isVisible() and not panel.compare.isVisible()


def test_time_moves_with_the_clock_it_was_given(
    gui_loop: GuiLoop, make_page: MakePage, clock: Clock
) -> None:
    page = make_page(ScriptedTraining(job("j1", "running", falling(11))))
    assert page.panel.times.text() == "20 s elapsed · about 15 s left"
    clock.now_ms += 65_000
    gui_loop.settle(lambda: page.panel.times.text().startswith("1 min 25 s elapsed"))


def test_a_clock_set_back_never_shows_negative_time(make_page: MakePage, clock: Clock) -> None:
    clock.now_ms -= 86_400_000
    page = make_page(ScriptedTraining(job("j1", "running", falling(3))))
    assert page.panel.times.text().startswith("0 s elapsed")


def test_steps_arrive_in_place_and_not_more_than_a_few_times_a_second(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    training = ScriptedTraining(job("j1", "running", falling(1)))
    page = make_page(training)
    gui_loop.turn()
    before = training.n_views
    for step in range(2, 31):
        training.put(job("j1", "running", falling(step)))
    gui_loop.settle(lambda: "● Training · step 30 of 33" in stages(page))
    assert training.n_views - before <= 2
    assert REDRAW_MS >= 200
    assert page.panel.curve.train.text() == "train 1.95"


def test_another_job_that_changes_is_seen_in_the_list_without_reading_this_one_again(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    training = ScriptedTraining(job("j1", "running", falling(3)), job("j2", "running", falling(3)))
    page = make_page(training)
    gui_loop.settle(lambda: page.panel.name.text() == "marv-style")
    before = training.n_views
    training.put(job("j2", "running", falling(22), name="other"))
    gui_loop.settle(lambda: page.list.jobs.job(1).name == "other")
    assert training.n_views == before
    training.put(job("j1", "running", falling(11)))
    gui_loop.settle(lambda: "● Training · step 11 of 33" in stages(page))
    assert training.n_views == before + 1


def test_selection_and_scroll_stay_while_a_job_runs(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    old = job("old", "cancelled", falling(33), name="older")
    training = ScriptedTraining(job("new", "running", falling(5)), old)
    page = make_page(training)
    qtbot.keyClick(page.list, Qt.Key.Key_Down)
    gui_loop.settle(lambda: page.panel.name.text() == "older")
    log = page.panel.events.list
    log.verticalScrollBar().setValue(60)
    training.put(job("new", "running", falling(9)), job("newest", "queued", name="third"))
    gui_loop.settle(lambda: page.list.jobs.rowCount() == 3)
    assert page.panel.name.text() == "older"
    assert page.list.currentIndex().row() == 2
    assert log.verticalScrollBar().value() == 60


def test_the_log_stays_on_the_line_that_is_read(gui_loop: GuiLoop, make_page: MakePage) -> None:
    training = ScriptedTraining(job("j1", "running", falling(28)))
    page = make_page(training)
    log = page.panel.events.list
    log.scrollTo(log.log.index(20), log.ScrollHint.PositionAtTop)
    read = log.indexAt(QPoint(20, 30)).data()
    training.put(job("j1", "running", falling(30)))
    gui_loop.settle(lambda: log.log.rowCount() == 30)
    assert log.indexAt(QPoint(20, 30)).data() == read


def test_events_are_newest_first_and_can_be_copied(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "running", falling(2))))
    assert str(page.panel.events.list.log.index(0).data()).endswith("Step 2/33: training loss=3.30")
    qtbot.mouseClick(page.panel.events.copy, LEFT)
    lines = QGuiApplication.clipboard().text().split("\n")
    assert [line[9:19] for line in lines] == ["Step 2/33:", "Step 1/33:"]


def test_cancel_says_what_is_kept_and_asks_first(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, ask: ScriptedAsk
) -> None:
    training = ScriptedTraining(job("j1", "running", falling(12), checkpoints=[checkpoint(11)]))
    page = make_page(training)
    ask.yes = False
    qtbot.mouseClick(page.panel.cancel, LEFT)
    gui_loop.settle(page.panel.cancel.isEnabled)
    assert ask.asked[0][0] == "Cancel “marv-style”?"
    assert "The checkpoint made so far is kept" in ask.asked[0][1]
    assert training.cancelled == []
    ask.yes = True
    qtbot.mouseClick(page.panel.cancel, LEFT)
    gui_loop.settle(lambda: training.cancelled == ["j1"])
    gui_loop.settle(page.list.hasFocus)


@pytest.mark.parametrize(
    ("status", "word", "is_paused"), [("running", "Pause", True), ("paused", "Go on", False)]
)
def test_a_job_waits_and_goes_on_where_its_provider_can(
    qtbot: QtBot,
    gui_loop: GuiLoop,
    make_page: MakePage,
    status: str,
    word: str,
    is_paused: bool,
) -> None:
    view = job("j1", status, falling(3))
    page = make_page(ScriptedTraining(view))
    assert not page.panel.pause.isVisible() and not page.panel.go_on.isVisible()
    training = ScriptedTraining(msgspec.structs.replace(view, can_pause=True))
    page = make_page(training)
    shown = [b for b in (page.panel.pause, page.panel.go_on) if b.isVisible()]
    assert [made.text() for made in shown] == [word]
    qtbot.mouseClick(shown[0], LEFT)
    gui_loop.settle(lambda: training.paused == [("j1", is_paused)])


def test_after_success_it_leads_to_the_comparison(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "succeeded", falling(33))))
    asked = went_to(page)
    assert not page.panel.cancel.isVisible()
    assert stages(page)[-1] == "✓ Ready"
    assert page.panel.times.text() == "took 41 s"
    qtbot.mouseClick(page.panel.compare, LEFT)
    ((name, payload),) = asked
    assert name == "compare"
    base, tuned = payload  # type: ignore[misc]
    assert (base.model, base.kind) == ("smollm2-135m-instruct", "base")
    assert (tuned.model, tuned.kind, tuned.label) == (TUNED, "tuned", "marv-style")


@pytest.mark.parametrize(
    ("error", "words", "setting"),
    [
        ({"error_param": "method.dpo.hyperparameters.beta"}, "Change beta…", "beta"),
        ({"error_code": "out_of_memory"}, "Choose another base model…", "model"),
        ({"error_param": "validation_file"}, "Choose other test rows…", "validation_file"),
        ({"error_message": "batch_size must be at most 8."}, "Change batch_size…", "batch_size"),
    ],
)
def test_a_failure_that_names_a_setting_leads_to_it(
    qtbot: QtBot,
    gui_loop: GuiLoop,
    make_page: MakePage,
    error: dict[str, str],
    words: str,
    setting: str,
) -> None:
    view = job("j1", "failed")
    state = msgspec.structs.replace(view.record.state, **error)
    record = msgspec.structs.replace(view.record, state=state)
    page = make_page(ScriptedTraining(msgspec.structs.replace(view, record=record)))
    asked = went_to(page)
    assert page.panel.trouble.setting.text() == words
    assert not page.panel.trouble.row.isVisible()
    qtbot.mouseClick(page.panel.trouble.setting, LEFT)
    gui_loop.settle(lambda: asked)
    assert asked[0][1].setting == setting


def test_a_job_is_started_again_with_changes(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    page = make_page(ScriptedTraining(job("j1", "failed", error="It failed.")))
    asked = went_to(page)
    qtbot.mouseClick(page.panel.changes, LEFT)
    gui_loop.settle(lambda: asked)
    ((name, again),) = asked
    assert name == "new_fine_tune" and isinstance(again, Again)
    assert (again.dataset, again.setting) == ("marv.jsonl", "")
    assert not page.panel.trouble.setting.isVisible()
    plan = again.plan
    assert (plan.name, plan.base_model, plan.seed) == ("marv-style", "smollm2-135m-instruct", 42)


def test_a_job_of_pairs_has_the_accuracy_and_the_units_of_pairs(
    qtbot: QtBot, make_page: MakePage
) -> None:
    told = {"step": 1, "total_steps": 2, "train_loss": 0.6, "train_reward_accuracy": 0.75}
    event = JobEvent(id="e", created_at_s=1, level="info", message="", type="metrics", data=told)
    made = Checkpoint(
        id="c",
        created_at_s=1,
        model="ft:x:ckpt-step-1",
        step_number=1,
        metrics={"full_valid_loss": 0.5, "full_valid_reward_accuracy": 1.0},
    )
    view = job("j1", "running", [event], checkpoints=[made])
    request = {"method": {"type": "dpo", "dpo": {"hyperparameters": {}}}}
    record = msgspec.structs.replace(view.record, request=request)
    panel = make_page(ScriptedTraining(msgspec.structs.replace(view, record=record))).panel
    assert panel.curve.heading.text() == "Loss (nats a pair)"
    qtbot.mouseClick(panel.curve.accuracy_chip, LEFT)
    assert panel.curve.heading.text() == "Pair accuracy (0–1)"
    assert panel.curve.chart.points()[0] == [(1, 0.75)]
    model = panel.checkpoints.table.checkpoints
    across = Qt.Orientation.Horizontal
    assert model.headerData(Column.ACCURACY, across) == "Pair acc."
    assert "pair" in str(model.headerData(Column.LOSS, across, Qt.ItemDataRole.ToolTipRole))
    assert model.row(0).accuracy == "1.00"


def test_a_job_fits_beside_the_list_in_a_small_window(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    view = job("j1", "succeeded", falling(33), checkpoints=[checkpoint(11)])
    page = make_page(ScriptedTraining(view))
    page.resize(812, 577)  # of 1024 × 700
    qtbot.mouseClick(page.panel.curve.accuracy_chip, LEFT)
    gui_loop.turn()
    room = page.panel.parentWidget()
    assert room is not None
    assert page.panel.width() <= room.width()


def test_the_keyboard_goes_from_pause_to_go_on_and_never_to_cancel(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    running = msgspec.structs.replace(job("j1", "running", falling(9)), can_pause=True)
    training = ScriptedTraining(running)
    page = make_page(training)
    page.panel.pause.setFocus()
    qtbot.keyClick(page.panel.pause, Qt.Key.Key_Space)
    gui_loop.settle(lambda: training.paused)
    training.put(msgspec.structs.replace(job("j1", "pausing", falling(9)), can_pause=True))
    gui_loop.settle(lambda: not page.panel.pause.isVisible())
    training.put(msgspec.structs.replace(job("j1", "paused", falling(9)), can_pause=True))
    gui_loop.settle(page.panel.go_on.isVisible)
    assert page.panel.go_on.hasFocus()
    assert "left" not in page.panel.times.text()
    training.put(msgspec.structs.replace(job("j1", "queued", falling(9)), can_pause=True))
    gui_loop.settle(lambda: not page.panel.go_on.isVisible())
    assert not page.panel.cancel.hasFocus()


def test_a_running_job_is_not_started_again(make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "running", falling(3))))
    assert not page.panel.changes.isVisible()


def test_the_order_of_waiting_jobs_is_shown(gui_loop: GuiLoop, make_page: MakePage) -> None:
    def at(local_id: str, status: str, name: str, ms: int) -> JobView:
        view = job(local_id, status, falling(3) if status == "running" else (), name=name)
        record = msgspec.structs.replace(view.record, created_at_ms=ms)
        return msgspec.structs.replace(view, record=record)

    views = (at("c", "queued", "third", 3), at("b", "queued", "second", 2))
    page = make_page(ScriptedTraining(*views, at("a", "running", "first", 1)))
    gui_loop.settle(lambda: page.list.jobs.job(0).note)
    notes = [page.list.jobs.job(n).note for n in range(3)]
    assert notes == ["after second", "after first", "9%"]


def test_pausing_says_what_it_means(make_page: MakePage) -> None:
    view = job("j1", "running", falling(3))
    here = msgspec.structs.replace(view, can_pause=True, is_free=True)
    page = make_page(ScriptedTraining(here))
    assert "goes on from there. Nothing is billed." in page.panel.pause.accessibleDescription()


def test_cancelling_elsewhere_says_what_is_billed() -> None:
    assert "Nothing is billed." in cancel_text(1, is_free=True)
    assert "may bill the tokens that were trained" in cancel_text(1, is_free=False)


def test_setup_shows_what_auto_became(make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "running", falling(12))))
    values = page.panel.setup.values
    shown = {
        name: values.value(name)
        for name in ("Base", "Train rows", "Test rows", "n_epochs", "batch_size", "seed", "Cost")
    }
    assert shown == {
        "Base": "SmolLM2-135M",
        "Train rows": "44",
        "Test rows": "10",
        "n_epochs": "3 · auto",
        "batch_size": "4 · auto",
        "seed": "42",
        "Cost": "free",
    }
    assert page.panel.setup.reading.text().startswith("Too early to read the curve.")


def test_the_curve_is_read_for_the_person(make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "running", falling(33))))
    assert page.panel.setup.reading.text().startswith("Held-out loss is still falling.")


def test_a_curve_that_only_got_worse_points_to_what_it_started_from(make_page: MakePage) -> None:
    view = job("j1", "running", falling(7))
    worse = msgspec.structs.replace(view, reading=Reading(code=ReadingCode.TURNED_UP, step=0))
    page = make_page(ScriptedTraining(worse))
    assert "lowest before training" in page.panel.setup.reading.text()
    assert "checkpoint" not in page.panel.setup.reading.text()


@pytest.mark.parametrize(
    ("status", "words"),
    [("running", "Too early to read the curve."), ("failed", "It ended before the held-out rows")],
)
def test_held_out_rows_that_were_not_measured_yet_are_not_said_to_be_missing(
    make_page: MakePage, status: str, words: str
) -> None:
    page = make_page(ScriptedTraining(job("j1", status, falling(7))))
    assert page.panel.setup.reading.text().startswith(words)


def test_a_job_without_test_rows_does_not_say_that_they_are_measured(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    steps = [step_event(n, 33, 3.0) for n in range(1, 4)]
    view = job("j1", "running", steps)
    record = msgspec.structs.replace(view.record, n_held_out=0)
    training = ScriptedTraining(msgspec.structs.replace(view, record=record))
    line = SampleLine(prompt="Mars?", reference="Two.", answers=[SampleAnswer(0, "One.")])
    training.samples.known = SampleSheet(lines=[line], is_by_itself=True)
    page = make_page(training)
    asked = went_to(page)
    gui_loop.settle(page.panel.samples.isVisible)
    words = page.panel.setup.reading.text(), page.panel.samples.note.text()
    assert all("Without test rows" in text and "held-out" not in text.lower() for text in words)
    page.start_again()
    gui_loop.settle(lambda: asked)
    (_, again) = asked[0]
    assert isinstance(again, Again) and not again.has_test


def test_a_job_that_ended_early_has_nothing_to_wait_for(make_page: MakePage) -> None:
    first = step_event(0, 33, 3.8, 3.95)
    page = make_page(ScriptedTraining(job("j1", "failed", [first, *falling(3)])))
    assert page.panel.setup.reading.text() == "It ended too early for its curve to be read."


def test_a_finished_curve_is_read_as_finished(make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "succeeded", falling(33))))
    assert page.panel.setup.reading.text() == (
        "Held-out loss was still falling at the end: more epochs may help."
    )


@pytest.mark.parametrize(
    ("status", "error", "sentence"),
    [
        ("failed", "Example 12 cannot be parsed.", "Example 12 cannot be parsed."),
        ("failed", None, "The provider gave no reason."),
        ("unknown", None, "It is not known yet whether this job exists"),
        ("not_started", None, "This job was not started"),
        ("lost", None, "This job is lost"),
        ("running", "The engine does not answer.", "The job cannot be followed just now"),
    ],
)
def test_what_went_wrong_is_said_in_words(
    make_page: MakePage, status: str, error: str | None, sentence: str
) -> None:
    page = make_page(ScriptedTraining(job("j1", status, error=error)))
    assert page.panel.trouble.isVisible()
    assert sentence in page.panel.trouble.accessibleName()
    assert page.panel.trouble.text.text().count("\n") == 1


def test_an_engine_that_stopped_leads_to_settings(qtbot: QtBot, make_page: MakePage) -> None:
    view = job("j1", "running", falling(12), error="The engine does not run.")
    page = make_page(ScriptedTraining(msgspec.structs.replace(view, is_engine_off=True)))
    asked = went_to(page)
    assert "Start it again in Settings" in page.panel.trouble.text.text()
    assert "left" not in page.panel.times.text(), "nobody knows when"
    assert not page.panel.cancel.isEnabled()
    assert "Start it in Settings" in page.panel.cancel.accessibleDescription()
    qtbot.mouseClick(page.panel.trouble.setting, LEFT)
    assert asked == [("settings", None)]


def test_a_job_whose_provider_has_no_key_names_it_and_leads_to_settings(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    view = job("j1", "running", falling(12), error="My server needs a key. None is known for it.")
    view = msgspec.structs.replace(
        view,
        record=msgspec.structs.replace(view.record, provider_id="p7"),
        place="My server",
        can_pause=True,
        needs_key=True,
    )
    training = ScriptedTraining(view)
    training.elsewhere["p7"] = "My server"
    page = make_page(training)
    asked = went_to(page)
    row = page.list.jobs.index(0).data()
    assert "My server" in row and "p7" not in row
    assert "Enter it in Settings" in page.panel.trouble.text.text()
    for made in (page.panel.pause, page.panel.cancel):
        assert not made.isEnabled() and "needs a key" in made.accessibleDescription()
    qtbot.mouseClick(page.panel.trouble.setting, LEFT)
    assert asked == [("settings", None)]
    record = msgspec.structs.replace(view.record, error=None)
    training.put(msgspec.structs.replace(view, record=record, needs_key=False))
    gui_loop.settle(page.panel.cancel.isEnabled)
    assert page.panel.pause.isEnabled() and not page.panel.trouble.isVisible()


def test_a_status_nobody_knows_is_shown_as_it_is(make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "pending_cancel", falling(2))))
    assert page.panel.chip.text() == "pending cancel"


def test_a_ledger_that_cannot_be_read_says_so_and_recovers(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    training = ScriptedTraining(job("j1", "running", falling(2)))
    page = make_page(training)
    training.failure = TunedeskError("ledger", "The project cannot be read.", "Disk.", "Try.")
    page.refresh()
    gui_loop.settle(page.problem.isVisible)
    assert page.problem.text.text() == "Disk.\nTry."
    training.failure = None
    page.on_enter()
    gui_loop.settle(page.panel.isVisible)


def test_a_job_started_elsewhere_is_selected_by_its_id(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    training = ScriptedTraining(job("j1", "succeeded", falling(33), name="first"))
    page = make_page(training)
    training.put(job("j2", "intent", name="second", remote_id=None))
    page.on_enter("j2")
    gui_loop.settle(lambda: page.panel.name.text() == "second")
    assert page.list.currentIndex().row() == 0
    assert page.panel.chip.text() == "starting"
    assert not page.panel.cancel.isVisible()
    assert stages(page)[1:3] == ["● Uploaded", "○ Queued"]


def test_control_n_asks_for_a_new_fine_tune(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "running", falling(2))))
    asked = went_to(page)
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    qtbot.keyClick(page.list, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    assert asked == [("new_fine_tune", None)]


def test_rail_and_status_bar_are_told(gui_loop: GuiLoop, make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("j1", "running", falling(12))))
    rail: list[str] = []
    status: list[str] = []
    page.rail_note.connect(rail.append)
    page.status.connect(status.append)
    page.on_enter()
    gui_loop.settle(lambda: status)
    assert (set(rail), set(status)) == ({"36%"}, {"epoch 2 of 3"})


def test_a_page_closed_in_mid_request_is_silent_and_not_called_again(
    gui_loop: GuiLoop, make_page: MakePage
) -> None:
    training = ScriptedTraining(job("j1", "running", falling(2)))
    page = make_page(training)
    page.refresh()
    close(page)
    training.put(job("j1", "running", falling(3)))
    gui_loop.turn()
    assert training.callbacks == []


def close(page: TrainPage) -> None:
    page.close()
    page.deleteLater()
    QApplication.sendPostedEvents(page, QEvent.Type.DeferredDelete.value)
    assert not shiboken6.isValid(page)


@pytest.mark.parametrize("width", [792, 1200])
def test_nothing_is_cut_off_in_a_narrow_or_wide_window(
    gui_loop: GuiLoop, make_page: MakePage, width: int
) -> None:
    page = make_page(
        ScriptedTraining(job("j1", "running", falling(12), checkpoints=[checkpoint(11)]))
    )
    page.resize(width, 620)
    gui_loop.settle(lambda: page.width() == width)
    gui_loop.turn(20)
    for label in page.panel.strip.labels.values():
        assert label.width() >= label.sizeHint().width()
    for card in (page.panel.curve, page.panel.setup, page.panel.checkpoints, page.panel.events):
        assert card.geometry().right() <= page.panel.width()
        assert card.height() >= card.minimumSizeHint().height()
