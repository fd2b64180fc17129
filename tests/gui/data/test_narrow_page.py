"""A narrow window: no word of the header is cut, and all that can be pressed is in reach."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton, QWidget

from tests.support.desk_bench import Desks, RunningDesk
from tunedesk.ui.pages.data.numbers_card import NumbersCard


@pytest.fixture
def app(desks: Desks) -> RunningDesk:
    made = desks.start()
    made.until_open()
    return made


def _cut(widgets: list[QWidget]) -> list[str]:
    """Names of those that got less room than their words need."""
    return [
        widget.accessibleName()
        for widget in widgets
        if widget.isVisible() and widget.width() < widget.sizeHint().width()
    ]


@pytest.mark.parametrize("width_px", [900, 1024, 1200, 1440])
def test_no_button_of_the_header_is_cut(app: RunningDesk, width_px: int) -> None:
    app.window.resize(width_px, 700)
    app.until_idle()
    head = app.data.head
    buttons: list[QWidget] = [head.name, head.importing, head.export, head.train]
    chips: list[QWidget] = [head.format, head.valid, head.warnings, head.errors]
    assert not _cut(buttons + chips)
    assert head.train.geometry().right() < head.train.parentWidget().width()


def test_chips_come_back_where_there_is_room_again(app: RunningDesk) -> None:
    app.window.resize(900, 700)
    app.until_idle()
    assert not app.data.head.format.isVisible()
    app.window.resize(1440, 900)
    app.until_idle()
    assert app.data.head.format.isVisible()


def test_every_filter_chip_can_be_reached_in_a_narrow_window(app: RunningDesk) -> None:
    app.window.resize(1024, 700)
    app.until_idle()
    chips = app.data.rows.chips
    last = chips.chips["problems"]
    assert chips.viewport().rect().contains(last.mapTo(chips.viewport(), last.rect().center()))


def test_the_numbers_fold_and_stay_folded(app: RunningDesk, desks: Desks) -> None:
    _press(app.data.numbers, "Hide the numbers")
    assert not app.data.numbers.price.isVisible()
    app.until_idle()
    app.close()
    again = desks.start()
    again.until_open()
    assert not again.data.numbers.price.isVisible()
    _press(again.data.numbers, "Show the numbers")
    assert again.data.numbers.price.isVisible()


def _press(card: NumbersCard, name: str) -> None:
    buttons = card.findChildren(QPushButton)
    next(made for made in buttons if made.accessibleName() == name).click()
