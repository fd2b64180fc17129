"""What a screen reader does to a button that stays down (Qt calls `toggle`) is a click, once."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QPushButton
from pytestqt.qtbot import QtBot

from tunedesk.ui.shell.rail import Rail
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button


@pytest.fixture
def two(qtbot: QtBot) -> tuple[list[QPushButton], list[str]]:
    """Two of an exclusive group, the first one down; and who was clicked."""
    clicked: list[str] = []
    group = QButtonGroup()
    made = [button(n, lambda n=n: clicked.append(n), look="filter") for n in ("one", "two")]
    for one in made:
        qtbot.addWidget(one)
        group.addButton(one)
        group.setParent(one)
    made[0].setChecked(True)
    assert clicked == []
    return made, clicked


def test_a_readers_action_is_a_click(two: tuple[list[QPushButton], list[str]]) -> None:
    made, clicked = two
    made[1].toggle()
    assert clicked == ["two"]
    assert not made[0].isChecked()


def test_a_mouse_clicks_once(two: tuple[list[QPushButton], list[str]], qtbot: QtBot) -> None:
    made, clicked = two
    qtbot.mouseClick(made[1], Qt.MouseButton.LeftButton)
    assert clicked == ["two"]


def test_a_reader_goes_to_a_page(theme: Theme, qtbot: QtBot) -> None:
    rail = Rail(theme)
    qtbot.addWidget(rail)
    chosen: list[str] = []
    rail.chosen.connect(chosen.append)
    rail.add("compare", "Compare", "compare").toggle()
    assert chosen == ["compare"]
