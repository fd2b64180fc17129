"""The New fine-tune page as a person meets it."""

from __future__ import annotations

from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.gui.new_fine_tune.conftest import MakePage
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import (
    LOCAL,
    SMOLLM,
    ScriptedSession,
    ScriptedShelf,
    ScriptedTraining,
    job,
    ready,
)
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import Hyperparameters
from tunedesk.services.project.project import DatasetInfo
from tunedesk.services.rescue.again_types import AgainPlan, Difference
from tunedesk.services.train.training import BaseModel, FineTunePlan, ProviderChoice, ReadyCheck
from tunedesk.ui.again import Again
from tunedesk.ui.pages.new_fine_tune.number_field import NumberField
from tunedesk.ui.pages.new_fine_tune.page import NewFineTunePage

LEFT = Qt.MouseButton.LeftButton
STARTING = ReadyCheck(code="provider_starting", level="busy", args={"name": "The engine"})


def went_to(page: NewFineTunePage) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    page.navigate.connect(lambda name, payload: found.append((name, payload)))
    return found


def type_into(qtbot: QtBot, field: NumberField, text: str) -> None:
    """Click the field, which selects what it holds, and type."""
    qtbot.mouseClick(field.edit, LEFT)
    if text:
        qtbot.keyClicks(field.edit, text)
    else:
        qtbot.keyClick(field.edit, Qt.Key.Key_Backspace)


def shown_checks(page: NewFineTunePage) -> list[str]:
    lines = [line for line in page.ready.lines if not line.isHidden()]
    return [f"{line.mark.text()} {line.text.text()}" for line in lines]


def test_a_ready_form_says_everything_and_starts(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    assert shown_checks(page) == [
        "✓ 44 train rows valid",
        "✓ 10 test rows valid, none also in train",
    ]
    numbers = page.ready.numbers
    assert [
        numbers.value(name)
        for name in ("Trained tokens", "Time here", "Cost", "Leaves this computer")
    ] == ["3,489", "about 40 s", "free", "nothing"]
    assert page.rows.train_box.currentText() == "marv.jsonl · train · 44 rows"
    assert page.rows.test_box.currentText() == "marv.jsonl · test · 10 rows"
    asked = went_to(page)
    qtbot.mouseClick(page.ready.start, LEFT)
    gui_loop.settle(lambda: asked)
    assert asked == [("train", "job-1")]
    (plan,) = training.started
    assert (plan.name, plan.provider_id, plan.base_model, plan.seed) == (
        "marv",
        "local",
        "smollm2-135m-instruct",
        42,
    )
    assert plan.hyperparameters == Hyperparameters()


def test_a_start_that_ends_while_another_page_is_looked_at_leaves_the_person_there(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    asked = went_to(page)
    training.hold = True
    qtbot.mouseClick(page.ready.start, LEFT)
    gui_loop.settle(lambda: training.waiting)
    page.hide()
    training.hold = False
    for place in range(len(training.waiting)):
        training.release(place)
    gui_loop.settle(lambda: page.ready.start.text() == "Start fine-tune")
    assert asked == []


def test_auto_says_what_it_stands_for(gui_loop: GuiLoop, make_page: MakePage) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    assert [field.edit.text() for field in page.how.fields] == [
        "auto (3)",
        "auto (4)",
        "auto (1.0)",
        "42",
    ]


def test_numbers_are_typed_over_auto_and_sent(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    type_into(qtbot, page.how.n_epochs, "5")
    type_into(qtbot, page.how.learning_rate, "0,5")
    page.how.seed_field.edit.setText("7")  # as a screen reader writes: no key is pressed
    assert not page.ready.start.isEnabled()
    assert page.ready.reason.text() == "Checking…"
    gui_loop.settle(page.ready.start.isEnabled)
    asked = training.plans[-1]
    assert asked.hyperparameters == Hyperparameters(n_epochs=5, learning_rate_multiplier=0.5)
    assert asked.seed == 7


def test_an_emptied_field_is_auto_again(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    type_into(qtbot, page.how.n_epochs, "5")
    qtbot.mouseClick(page.what.name, LEFT)
    assert page.how.n_epochs.edit.text() == "5"
    type_into(qtbot, page.how.n_epochs, "")
    qtbot.mouseClick(page.what.name, LEFT)
    assert page.how.hyperparameters.n_epochs == "auto"
    assert page.how.n_epochs.edit.text() == "auto (3)"


@pytest.mark.parametrize(
    ("name", "typed", "refusal"),
    [
        ("n_epochs", "0", "A whole number from 1 to 50. Empty is auto."),
        ("n_epochs", "2.5", "A whole number from 1 to 50. Empty is auto."),
        ("batch_size", "257", "A whole number from 1 to 256. Empty is auto."),
        ("learning_rate", "0", "A number above 0, up to 100. Empty is auto."),
        ("learning_rate", "nan", "A number above 0, up to 100. Empty is auto."),
        ("seed_field", "x", "A whole number from 0 to 2,147,483,647."),
    ],
)
def test_a_refused_number_says_why_and_keeps_start_off(
    qtbot: QtBot,
    gui_loop: GuiLoop,
    make_page: MakePage,
    training: ScriptedTraining,
    name: str,
    typed: str,
    refusal: str,
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    field: NumberField = getattr(page.how, name)
    type_into(qtbot, field, typed)
    assert field.hint.text() == f"◆ {refusal}"
    assert page.ready.reason.text() == f"{field.label}: {refusal}"
    assert not page.ready.start.isEnabled()
    qtbot.keyClick(field.edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert training.started == []


def test_a_name_is_asked_for_and_may_be_thai(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    page.what.name.selectAll()
    qtbot.keyClick(page.what.name, Qt.Key.Key_Delete)
    assert page.ready.reason.text() == "Give the fine-tune a name."
    page.what.name.insert("ตอบแบบมาร์ฟ")
    gui_loop.settle(page.ready.start.isEnabled)
    assert training.plans[-1].name == "ตอบแบบมาร์ฟ"


def test_a_late_answer_to_an_older_question_is_dropped(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    training.hold = True
    training.answer = ready(n_epochs=9)
    page = make_page()
    gui_loop.settle(lambda: len(training.waiting) == 1)
    training.answer = ready(n_epochs=2)
    qtbot.keyClicks(page.what.name, "2")
    gui_loop.settle(lambda: len(training.waiting) == 2)
    training.release(1)
    gui_loop.settle(page.ready.start.isEnabled)
    training.release(0)
    gui_loop.turn()
    assert page.how.n_epochs.edit.text() == "auto (2)"
    assert page.ready.start.isEnabled()


def test_quick_typing_asks_once(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    before = len(training.plans)
    qtbot.keyClicks(page.what.name, "-style")
    gui_loop.settle(page.ready.start.isEnabled)
    assert [plan.name for plan in training.plans[before:]] == ["marv-style"]


def test_a_leak_starts_only_once_it_is_accepted(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    training.answer = ready(ReadyCheck(code="leaks", level="warning", args={"n": 2, "n_test": 3}))
    page = make_page()
    gui_loop.settle(page.ready.accepts.isVisible)
    assert not page.ready.start.isEnabled()
    assert "2 of 3 test rows" in page.ready.reason.text()
    assert "“Start all the same”" in page.ready.reason.text()
    qtbot.keyClick(page.ready.accepts, Qt.Key.Key_Space)
    assert page.ready.start.isEnabled()
    qtbot.keyClicks(page.what.name, "2")
    gui_loop.settle(page.ready.start.isEnabled)  # the same doubt, accepted before
    training.answer = ready(ReadyCheck(code="leaks", level="warning", args={"n": 3, "n_test": 3}))
    qtbot.keyClicks(page.what.name, "2")
    gui_loop.settle(lambda: "3 of 3" in page.ready.reason.text())
    assert not page.ready.accepts.isChecked()


def test_what_stands_in_the_way_is_the_reason(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    training.answer = ready(
        ReadyCheck(code="train_rows", level="error", args={"n": 1, "needed": 10}),
        ReadyCheck(code="test_rows", level="warning", args={"n": 0}),
        ReadyCheck(code="set_aside", level="warning", args={"n": 2}),
        can_start=False,
    )
    page = make_page()
    gui_loop.settle(lambda: page.ready.reason.text() != "Checking…")
    assert shown_checks(page) == [
        "◆ 1 valid train row; at least 10 are needed",
        "▲ no test rows: there will be no held-out loss",
        "▲ 2 rows with errors are set aside and not sent",
    ]
    assert page.ready.reason.text() == "Not yet: 1 valid train row; at least 10 are needed."
    assert page.ready.start.accessibleDescription() == page.ready.reason.text()


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (("format", "error", {"format": "preference"}), "these are preference rows"),
        (("cut_off", "warning", {"n": 2, "limit": 2048}), "2 rows are cut before anything"),
        (("longest_row", "ok", {"tokens": 1310, "limit": 2048}), "(1,310 of 2,048 tokens)"),
        (("longest_row", "warning", {"tokens": 3000, "limit": 2048}), "over 2,048 is cut off"),
        (("provider_ready", "ok", {"name": "Engine"}), "Engine: ready"),
        (("provider_missing", "error", {"name": "E", "detail": "no model"}), "no model"),
        (("provider_failed", "error", {"name": "E", "detail": "exit 1"}), "exit 1"),
        (("air", "error", {"free_litres": 1}), "air (free litres 1)"),
        (("key_works", "ok", {"name": "OpenAI"}), "OpenAI: the key works"),
        (("engine_ready", "ok", {"memory_bytes": 21 * 10**9, "disk_bytes": 10**9}), "21.0 GB of"),
        (("memory", "error", {"free_bytes": 10**8, "needed_bytes": 2 * 10**9}), "about 2.0 GB: cl"),
        (
            ("memory", "error", {"free_bytes": 1381 * 10**6, "needed_bytes": 1404 * 10**6}),
            "1,381 MB",
        ),
        (("disk", "error", {"free_bytes": 1, "needed_bytes": 2, "folder": "/x"}), "free in /x"),
        (("same_prompts", "warning", {"n": 1, "n_test": 3}), "1 of 3 test rows asks the same"),
        (("train_rows", "ok", {}), "train rows"),
    ],
)
def test_every_check_has_words(
    gui_loop: GuiLoop,
    make_page: MakePage,
    training: ScriptedTraining,
    check: tuple[str, str, dict[str, str | int]],
    words: str,
) -> None:
    code, level, args = check
    training.answer = ready(ReadyCheck(code=code, level=level, args=args))  # type: ignore[arg-type]
    page = make_page()
    gui_loop.settle(lambda: page.ready.lines)
    assert words in shown_checks(page)[0]


def test_an_engine_on_its_way_is_asked_again_until_it_is_there(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    training.answer = ready(STARTING, can_start=False)
    page = make_page()
    gui_loop.settle(
        lambda: page.ready.reason.text() == "Not yet: The engine: starting, a moment please."
    )
    training.answer = ready()
    gui_loop.settle(page.ready.start.isEnabled)


def test_an_engine_that_does_not_run_is_explained_once(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    args: dict[str, str | int] = {"name": "On this computer", "detail": "It stopped. Restart it."}
    training.answer = ready(
        ReadyCheck(code="provider_failed", level="error", args=args), can_start=False
    )
    training.models["local"] = TunedeskError("engine", "No engine.", "It stopped.", "Restart.")
    page = make_page()
    gui_loop.settle(lambda: page.ready.reason.text() != "Checking…")
    assert shown_checks(page) == [
        "◆ On this computer: the engine does not run. It stopped. Restart it."
    ]
    assert page.ready.reason.text() == "Not yet: On this computer cannot train just now, see above."
    assert page.what.model.currentText() == "SmolLM2-135M-Instruct"


def test_another_place_brings_its_own_models(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    box = ProviderChoice(id="box", name="gpu-box", note="Your own engine.", is_local=False)
    training.choices = [LOCAL, box]
    training.models["box"] = [
        BaseModel(id="llama-1b", label="Llama 1B"),
        BaseModel(id="ft:llama-1b:x:y:z", label="mine", kind="tuned"),
    ]
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    assert [made.accessibleName() for made in page.where.buttons] == ["On this computer", "gpu-box"]
    qtbot.mouseClick(page.where.buttons[1], LEFT)
    assert not page.ready.start.isEnabled()
    gui_loop.settle(page.ready.start.isEnabled)
    offered = [page.what.model.itemText(n) for n in range(page.what.model.count())]
    assert offered == ["Llama 1B", "mine · tuned, to tune further"]
    plan = training.plans[-1]
    assert (plan.provider_id, plan.base_model) == ("box", "llama-1b")


def test_providers_that_come_and_go_are_offered_at_the_next_visit(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    rate = ProviderChoice(
        id="nebius", name="Nebius", note="Cloud.", is_local=False, takes_rate=True
    )
    chat = ProviderChoice(id="chat", name="Chat", note="x", is_local=False, trains=False)
    training.choices = [LOCAL, rate, chat]
    training.models |= {"nebius": [BaseModel(id="n-1", label="N")], "chat": []}
    page.on_enter()
    names = [made.accessibleName() for made in page.where.buttons]
    assert names == ["On this computer", "Nebius", "Chat"]
    assert page.where.choice == LOCAL
    assert "no fine-tuning jobs" in page.where.buttons[2].accessibleDescription()
    qtbot.mouseClick(page.where.buttons[1], LEFT)
    assert page.how.learning_rate.edit.accessibleName() == "learning rate"
    assert "0.00002" in page.how.learning_rate.hint.text()
    type_into(qtbot, page.how.learning_rate, "2")
    assert "up to 0.1" in page.how.problem
    page.how.learning_rate.edit.selectAll()
    qtbot.keyClicks(page.how.learning_rate.edit, "0.0001")
    assert page.how.hyperparameters.learning_rate_multiplier == 0.0001
    training.choices = [LOCAL]
    page.on_enter()
    assert page.where.choice == LOCAL
    assert page.how.learning_rate.edit.accessibleName() == "learning rate ×"
    assert page.how.hyperparameters.learning_rate_multiplier == "auto"
    gui_loop.settle(page.ready.start.isEnabled)


def test_without_a_dataset_it_says_so(make_page: MakePage, training: ScriptedTraining) -> None:
    page = make_page(with_session=False)
    assert page.ready.reason.text().startswith("Open a dataset first")
    assert not page.ready.start.isEnabled()
    assert page.rows.train_box.placeholderText() == "no dataset is open"
    assert training.plans == []


def test_rows_that_change_meanwhile_are_counted_anew(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining, session: ScriptedSession
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    training.answer = ready(n_train=43)
    session.change(train=43, test=11)
    assert page.rows.train_box.currentText() == "marv.jsonl · train · 43 rows"
    gui_loop.settle(page.ready.start.isEnabled)
    assert shown_checks(page)[0] == "✓ 43 train rows valid"


def test_start_is_busy_once_and_an_error_stays_on_the_page(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    asked = went_to(page)
    training.hold = True
    training.start_answer = TunedeskError("full", "The disk is full.", "No snapshot.", "Free some.")
    qtbot.keyClick(page.what.name, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(page.what.name, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    gui_loop.settle(lambda: training.waiting)
    assert page.ready.start.text() == "Starting…"
    assert not page.ready.start.isEnabled()
    training.hold = False
    training.release(0)
    gui_loop.settle(page.ready.failure.isVisible)
    assert page.ready.failure.text() == "◆ The disk is full.\nNo snapshot.\nFree some."
    gui_loop.settle(page.ready.start.isEnabled)
    assert len(training.started) == 1
    assert asked == []


def test_escape_and_the_button_lead_back(qtbot: QtBot, make_page: MakePage) -> None:
    page = make_page()
    asked = went_to(page)
    qtbot.keyClick(page.what.name, Qt.Key.Key_Escape)
    qtbot.mouseClick(page.cancel, LEFT)
    assert asked == [("data", None), ("data", None)]


def test_tab_goes_from_top_to_bottom(qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    page.where.buttons[0].setFocus()
    order = [page.what.model, page.rows.train_box, page.rows.test_box, page.what.name]
    order += [field.edit for field in page.how.fields]
    order.append(page.ready.start)
    for widget in order:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert QApplication.focusWidget() is widget, widget.accessibleName()


def test_everything_has_a_name_for_a_screen_reader(gui_loop: GuiLoop, make_page: MakePage) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    named = [page.what.model, page.what.name, page.ready.start, page.cancel, *page.where.buttons]
    named += [field.edit for field in page.how.fields]
    assert all(widget.accessibleName() for widget in named)
    assert page.ready.lines[0].accessibleName() == "Fine: 44 train rows valid"


def test_a_page_closed_in_mid_request_is_silent_and_unsubscribed(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining, session: ScriptedSession
) -> None:
    training.hold = True
    page = make_page()
    gui_loop.settle(lambda: training.waiting)
    page.close()
    page.deleteLater()
    QApplication.sendPostedEvents(page, QEvent.Type.DeferredDelete.value)
    assert not shiboken6.isValid(page)
    assert session.callbacks == []
    gui_loop.turn()


@pytest.mark.parametrize("width", [792, 1200])
def test_nothing_is_cut_off_in_a_narrow_or_wide_window(
    gui_loop: GuiLoop, make_page: MakePage, width: int
) -> None:
    page = make_page()
    page.resize(width, 620)
    gui_loop.settle(page.ready.start.isEnabled)
    gui_loop.turn(20)
    labels = [line.text for line in page.ready.lines] + [field.hint for field in page.how.fields]
    for label in labels:
        assert label.height() >= label.heightForWidth(label.width()), label.text()
    for card in (page.where, page.what, page.how, page.ready):
        assert card.width() >= card.minimumSizeHint().width()


def test_a_saved_job_fills_the_page_in_and_says_what_differs(
    gui_loop: GuiLoop, make_page: MakePage, session: ScriptedSession, training: ScriptedTraining
) -> None:
    page = make_page()
    gui_loop.settle(page.ready.start.isEnabled)
    asked = Hyperparameters(n_epochs=4, batch_size=8, learning_rate_multiplier=1.8)
    was = {"was": "gpt-4o-mini", "now": "SmolLM2-135M-Instruct", "place": "On this computer"}
    page.on_enter(
        AgainPlan(
            name="support",
            dataset=DatasetInfo(id=session.info.id, name="x", path=Path("x"), n_rows=54),
            provider_id="local",
            base_model="smollm2-135m-instruct",
            hyperparameters=asked,
            seed=7,
            differences=[Difference(code="base", args=was), Difference(code="smaller")],
        )
    )
    assert page.differs.text.text() == (
        "support again, with the same rows and settings. gpt-4o-mini ends, or nobody who is "
        "set up here trains it; "
        "SmolLM2-135M-Instruct (On this computer) is the nearest there is. It is a much smaller "
        "model: expect the tone and the form, not the skill."
    )
    gui_loop.settle(page.ready.start.isEnabled)
    page.ready.start.click()
    gui_loop.settle(lambda: training.started)
    (plan,) = training.started
    assert (plan.name, plan.hyperparameters, plan.seed) == ("support", asked, 7)
    page.on_enter()
    assert page.differs.isVisible()  # still about the rows that are open


def test_a_job_to_start_again_fills_the_page_in(
    gui_loop: GuiLoop, make_page: MakePage, training: ScriptedTraining, session: ScriptedSession
) -> None:
    other = ScriptedSession("other.jsonl", train=20, test=2, dataset_id=2)
    page = make_page(shelf=ScriptedShelf(session, other))
    gui_loop.settle(page.ready.start.isEnabled)
    asked = Hyperparameters(n_epochs=5, learning_rate_multiplier=0.5)
    plan = FineTunePlan(
        name="marv-2", provider_id="local", base_model=SMOLLM.id, hyperparameters=asked, seed=9
    )
    page.on_enter(Again(plan, "batch_size", "other.jsonl"))
    gui_loop.settle(lambda: training.asked_of[-1].train.session is other)
    gui_loop.settle(page.ready.start.isEnabled)
    plan = training.plans[-1]
    assert (plan.name, plan.hyperparameters, plan.seed) == ("marv-2", asked, 9)
    assert page.differs.isVisible() and "marv-2" in page.differs.text.text()
    assert page.first_focus() is page.how.batch_size.edit
    training.put(job("j9", "succeeded", name="marv-2"))
    page.on_enter(Again(plan, "batch_size", "other.jsonl"))
    gui_loop.settle(lambda: page.what.name.text() == "marv-2 2")  # no two of one name
    page.on_enter(Again(plan, "", "other.jsonl", has_test=False))
    gui_loop.settle(lambda: training.asked_of[-1].test is None)
