"""The shell: keys and clicks between pages, the rail, the status bar, closing."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.support.desk_bench import control, visible
from tests.support.gui_loop import GuiLoop
from tunedesk.services.providers.setup import Answer, KeyState, Profile, ProviderView
from tunedesk.ui.shell.provider_words import status_words
from tunedesk.ui.shell.window import MainWindow
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.page import Page

_CTRL = Qt.KeyboardModifier.ControlModifier
_LEFT = Qt.MouseButton.LeftButton


class OneButtonPage(Page):
    """A page with a button, that keeps what it was entered with."""

    pressed = Signal()

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.entered: list[object] = []
        self.act = button(f"Act on {title}", self.pressed.emit)
        self.outer.addWidget(self.act)

    def on_enter(self, payload: object = None) -> None:
        self.entered.append(payload)
        self.status.emit(f"status of {self.accessibleName()}")

    def first_focus(self) -> QWidget:
        return self.act


@pytest.fixture
def window(theme: Theme, gui_loop: GuiLoop, qtbot: QtBot) -> MainWindow:
    made = MainWindow(theme)
    made.allow_close()
    for number, page_id in enumerate(("data", "train", "compare"), 1):
        made.add_rail_entry(page_id, page_id.title(), page_id, f"Ctrl+{number}")
    for page_id in ("welcome", "data", "train", "new_fine_tune"):
        made.set_page(page_id, OneButtonPage(page_id))
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    made.show_page("data")
    return made


def _page(window: MainWindow, page_id: str) -> OneButtonPage:
    page = window.page(page_id)
    assert isinstance(page, OneButtonPage)
    return page


def _checked(window: MainWindow) -> list[str]:
    return [b.accessibleName() for b in visible(window.rail) if b.isChecked()]


def test_keys_and_clicks_show_pages_and_give_them_the_keyboard(
    window: MainWindow, qtbot: QtBot
) -> None:
    qtbot.keyClick(window, Qt.Key.Key_2, _CTRL)
    assert window.current_page == "train"
    assert _page(window, "train").isVisible()
    assert window.focusWidget() is _page(window, "train").act
    assert _checked(window) == ["Train"]
    assert window.status.page.text() == "status of train"
    qtbot.mouseClick(control(window.rail, "Data"), _LEFT)
    assert window.current_page == "data"
    assert _checked(window) == ["Data"]
    qtbot.mouseClick(control(window.rail, "Data"), _LEFT)
    assert _checked(window) == ["Data"]


def test_an_entry_without_a_page_leads_nowhere_and_says_so(
    window: MainWindow, qtbot: QtBot
) -> None:
    compare = control(window.rail, "Compare")
    assert not compare.isEnabled()
    qtbot.mouseClick(compare, _LEFT)
    qtbot.keyClick(window, Qt.Key.Key_3, _CTRL)
    assert window.current_page == "data"
    assert _checked(window) == ["Data"]
    window.set_page("compare", OneButtonPage("compare"))
    qtbot.mouseClick(compare, _LEFT)
    assert window.current_page == "compare"


def test_a_page_that_is_still_being_made_is_shown_when_it_is_there(window: MainWindow) -> None:
    _page(window, "data").navigate.emit("models", "payload")
    assert window.current_page == "data"
    window.set_page("models", OneButtonPage("models"))
    assert window.current_page == "models"
    assert _page(window, "models").entered == ["payload"]
    window.remove_page("models")
    window.show_page("models")
    window.show_page("train")
    window.set_page("models", OneButtonPage("models"))
    assert window.current_page == "train"


def test_a_page_leads_to_another_with_what_it_carries(window: MainWindow) -> None:
    _page(window, "data").navigate.emit("new_fine_tune", "payload")
    assert window.current_page == "new_fine_tune"
    assert _page(window, "new_fine_tune").entered == ["payload"]
    assert _checked(window) == ["Train"]


def test_all_projects_leads_to_welcome_which_has_no_rail(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.mouseClick(control(window.rail, "All projects"), _LEFT)
    assert window.current_page == "welcome"
    assert not window.rail.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_1, _CTRL)
    assert window.current_page == "data"
    assert window.rail.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_space_and_enter_press_the_button_that_has_the_keyboard(
    window: MainWindow, qtbot: QtBot, key: Qt.Key
) -> None:
    page = _page(window, "data")
    with qtbot.waitSignal(page.pressed):
        qtbot.keyClick(page.act, key)
    page.act.setEnabled(False)
    with qtbot.assertNotEmitted(page.pressed):
        qtbot.keyClick(window, key)


def test_a_page_that_is_not_shown_says_nothing_in_the_status_bar(window: MainWindow) -> None:
    _page(window, "train").status.emit("training")
    assert window.status.page.text() == "status of data"
    _page(window, "train").rail_note.emit("3")
    assert control(window.rail, "Train").accessibleDescription() == "3"


def test_a_page_that_is_replaced_is_gone_with_its_words(
    window: MainWindow, gui_loop: GuiLoop
) -> None:
    old = _page(window, "train")
    old.rail_note.emit("3")
    old.saved.emit("Saved")
    gone: list[object] = []
    old.destroyed.connect(lambda: gone.append(old))
    window.set_page("train", OneButtonPage("train"))
    gui_loop.settle(lambda: gone)
    assert control(window.rail, "Train").accessibleDescription() == ""
    assert window.status.saved.text() == ""


def test_a_promised_page_is_made_once_and_when_it_is_gone_to(
    window: MainWindow, qtbot: QtBot
) -> None:
    made: list[OneButtonPage] = []

    def make() -> OneButtonPage:
        made.append(OneButtonPage("compare"))
        return made[-1]

    window.show_page("compare")
    assert window.current_page == "data"
    window.promise_page("train", make)
    assert window.has_page("train")
    assert not made
    window.promise_page("compare", make)  # it was asked for before
    assert (window.current_page, len(made)) == ("compare", 1)
    window.show_page("data")
    qtbot.keyClick(window, Qt.Key.Key_3, _CTRL)
    assert (window.page("compare"), len(made)) == (made[0], 1)
    window.remove_page("train")
    window.show_page("train")
    assert (window.current_page, len(made)) == ("compare", 1)


def test_the_project_and_the_engine_are_shown_as_plain_text(window: MainWindow) -> None:
    window.rail.set_project("<b>Mine</b>", "1 dataset")
    window.status.set_engine("failed", "<i>stopped</i>")
    texts = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    assert {"<b>Mine</b>", "1 dataset", "<i>stopped</i>"} <= set(texts)
    for label in window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText


def test_a_key_closes_the_window(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.keyClick(window, Qt.Key.Key_Q, _CTRL)
    assert window.isHidden()


def test_closing_asks_first_and_closes_once_it_may(theme: Theme, qtbot: QtBot) -> None:
    window = MainWindow(theme)
    qtbot.addWidget(window)
    window.show()
    with qtbot.waitSignal(window.closing):
        assert not window.close()
    assert window.isVisible()
    window.allow_close()
    assert window.close()


@pytest.mark.parametrize(
    ("key", "answers", "words"),
    [
        (KeyState(kept="keyring", hint="…", where="the system's keyring (Secret Service)"), (),
         "Mine · key in Secret Service"),
        (KeyState(kept="session", hint="…", why="none"), (), "▲ Mine · key for this session only"),
        (KeyState(kept="waiting"), (), "Mine · looking for its key…"),
        (KeyState(kept="waiting", hint="…", why="slow"), (), "▲ Mine · key in memory"),
        (KeyState(why="locked"), (), "▲ Mine · keyring closed"),
        (KeyState(), (), "▲ Mine · needs a key"),
        (KeyState(kept="keyring", where="KWallet"), ("no_answer",), "◆ Mine · no answer"),
        (KeyState(kept="keyring", where="KWallet"), ("not_offered",),
         "◆ Mine · not such a server"),
        (KeyState(kept="keyring", where="KWallet"), ("works",), "Mine · key in KWallet"),
    ],
)  # fmt: skip
def test_the_status_bar_names_each_provider_with_its_state(
    window: MainWindow, key: KeyState, answers: tuple[str, ...], words: str
) -> None:
    found = [Answer(what="models", verdict=verdict) for verdict in answers]  # type: ignore[arg-type]
    view = ProviderView(profile=Profile(id="m", name="Mine"), key=key, answers=found)
    window.status.set_providers([status_words(view), "Other"])
    assert window.status.providers.text() == f"{words}     Other"
    assert window.status.providers.accessibleName() == f"{words}; Other"
    window.status.set_providers([])
    assert not window.status.providers.isVisible()
