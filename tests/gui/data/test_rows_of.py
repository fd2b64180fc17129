"""Rows that another page wants to be seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.open_project import OpenProject
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.core.rows import prompt_digest
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.rows_of import RowsOf
from tunedesk.ui.theme import Theme


@pytest.fixture
def page(
    opened: OpenProject, gui_loop: GuiLoop, operations: Operations, theme: Theme, qtbot: QtBot
) -> Iterator[DataPage]:
    current = CurrentDataset(opened.project)
    made = DataPage(current=current, operations=operations, ask=ScriptedAsk(), theme=theme)
    qtbot.addWidget(made)
    made.show()
    gui_loop.run(current.open(opened.dataset))
    gui_loop.settle(lambda: made._session is not None and made._session.is_checked)
    yield made
    made._recheck.stop()
    gui_loop.run(operations.close())
    gui_loop.run(current.close())


def test_only_those_rows_are_left_until_another_chip_is_pressed(
    page: DataPage, gui_loop: GuiLoop
) -> None:
    assert page._session is not None
    digests = tuple(prompt_digest(page._session.row(row)) for row in (3, 11))
    grid = page.rows.grid.rows
    page.on_enter(RowsOf(words="From results 2", digests=digests))
    gui_loop.settle(lambda: grid.rowCount() == 2)
    assert [grid.source_row(at) for at in (0, 1)] == [3, 11]
    (chip,) = [one for one in page.rows.chips.chips.values() if one.text() == "From results 2"]
    assert chip.isChecked()
    page.rows.chips.chips["all"].click()
    gui_loop.settle(lambda: grid.rowCount() == 54)
    page.on_enter(RowsOf(words="From results 1", digests=digests[:1]))
    gui_loop.settle(lambda: grid.rowCount() == 1)
    said = [one.text() for one in page.rows.chips.chips.values()]
    assert "From results 1" in said
    assert "From results 2" not in said


def test_rows_of_another_dataset_are_not_hidden_without_a_word(page: DataPage) -> None:
    page.on_enter(RowsOf(words="From results 1", digests=("0" * 64,)))
    assert page.rows.said.text.text().startswith("None of these rows is in this dataset.")
    assert page.rows.grid.rows.rowCount() == 54
