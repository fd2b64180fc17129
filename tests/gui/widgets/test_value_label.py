"""A value that is too long for its place is whole all the same, in lines or in its tooltip."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.layout import KeyValues
from tunedesk.ui.widgets.value_label import ValueLabel


@pytest.mark.parametrize(
    "value", ["gpt-4.1-mini-2025-04-14", "a_model_of_my_own_with_a_long_name_v2", "free"]
)
def test_a_name_is_never_cut_unseen(
    qtbot: QtBot, theme: Theme, gui_loop: GuiLoop, value: str
) -> None:
    values = KeyValues()
    qtbot.addWidget(values)
    values.set("learning rate", value)
    values.setFixedWidth(200)
    values.show()
    gui_loop.turn()
    label = values.findChildren(ValueLabel)[0]
    assert values.value("learning rate") == value
    is_cut = label.text() != value
    assert is_cut == (label.toolTip() == value) == ("_" in value)
    assert is_cut == ("…" in label.text())
    flags = Qt.TextFlag.TextWordWrap if label.wordWrap() else Qt.TextFlag.TextSingleLine
    box = label.fontMetrics().boundingRect(label.rect(), int(flags), label.text())
    assert box.width() <= label.width() and box.height() <= label.height()
    values.setFixedWidth(600)
    gui_loop.turn()
    assert label.text() == value and not label.toolTip()
