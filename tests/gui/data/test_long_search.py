"""A search that takes its time: what is found is on the screen before the end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support.dataset_rows import assistant, chat, user
from tests.support.gui_loop import GuiLoop
from tests.support.open_project import OpenProject
from tests.support.projects import write_rows
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.services.dataset import find_apart
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.theme import Theme

_ROWS = [chat(user(f"Parcel {n}?"), assistant(f"Depot {n % 5}.")) for n in range(2_400)]
_FOUND = [n for n in range(2_400) if n % 5 == 3]


@pytest.fixture
def page(
    opened: OpenProject,
    gui_loop: GuiLoop,
    operations: Operations,
    theme: Theme,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[DataPage]:
    monkeypatch.setattr(find_apart, "_EXPRESSION_ROWS", 30)
    monkeypatch.setattr(find_apart, "_TELL_EVERY_S", 0.001)
    current = CurrentDataset(opened.project)
    made = DataPage(current=current, operations=operations, ask=ScriptedAsk(), theme=theme)
    qtbot.addWidget(made)
    path = write_rows(tmp_path / "parcels.jsonl", _ROWS)
    gui_loop.run(current.open(gui_loop.run(opened.project.add_dataset(path))))
    gui_loop.settle(lambda: made.rows.grid.rows.rowCount() == len(_ROWS))
    yield made
    made._recheck.stop()
    gui_loop.run(operations.close())
    gui_loop.run(current.close())


def test_rows_found_so_far_can_be_read_while_the_search_goes_on(
    page: DataPage, gui_loop: GuiLoop
) -> None:
    seen: dict[str, list[int]] = {}
    said, rows = page.rows.find_bar.result, page.rows.grid.rows

    def is_over() -> bool:
        if rows.rowCount() < len(_ROWS):
            seen[said.text()] = [rows.source_row(row) for row in range(rows.rowCount())]
        return said.text() == "480 of 2,400 rows found · at 1"

    page.rows.find_bar.options.regex.setChecked(True)
    page.head.search.setText("depot [3]")
    gui_loop.settle(is_over)
    parts = {words: found for words, found in seen.items() if "found so far" in words}
    assert parts
    for words, found in parts.items():
        assert words.split()[0] == f"{len(found):,}"
        assert found == _FOUND[: len(found)]
    assert seen["480 of 2,400 rows found · at 1"] == _FOUND


def test_what_was_found_stays_when_the_search_is_stopped(
    page: DataPage, gui_loop: GuiLoop, operations: Operations
) -> None:
    said, rows = page.rows.find_bar.result, page.rows.grid.rows
    page.rows.find_bar.options.regex.setChecked(True)
    page.head.search.setText("depot [3]")
    gui_loop.settle(lambda: "found so far" in said.text())
    assert page.rows.find_bar.replace.isHidden()  # its room is for what is found so far
    page.rows.find_bar.cancel.click()
    assert not page.rows.find_bar.replace.isHidden()
    shown = [rows.source_row(row) for row in range(rows.rowCount())]
    assert said.text() == f"Stopped; rows found until then: {len(shown):,}."
    assert shown == _FOUND[: len(shown)]
    gui_loop.run(operations.close())  # the search's end, too
    assert rows.rowCount() == len(shown)
