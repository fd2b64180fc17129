"""What a job was trained on, what another job had else, and the way to a row at fault."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.gui.train.conftest import MakePage
from tests.support.dataset_rows import assistant, chat, user
from tests.support.gui_loop import GuiLoop
from tests.support.scripted_training import ScriptedTraining, falling, job
from tunedesk.services.train.job_rows import FrozenRows, Side
from tunedesk.ui.pages.train.rows_card import RowsCard
from tunedesk.ui.rows_of import RowsOf

LEFT = Qt.MouseButton.LeftButton


def frozen(folder: Path, name: str, side: Side, *questions: str) -> FrozenRows:
    path = folder / f"{name}.jsonl"
    path.write_bytes(b"".join(chat(user(q), assistant(f"{q}!")) + b"\n" for q in questions))
    return FrozenRows(path, side, "0" * 64)


def cells(card: RowsCard) -> list[list[str]]:
    lines = card.lines
    return [
        [str(lines.index(n, column).data()) for column in range(lines.columnCount())]
        for n in range(lines.rowCount())
    ]


def test_the_frozen_rows_are_shown_with_their_digest(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, tmp_path: Path
) -> None:
    training = ScriptedTraining(job("a", "succeeded", falling(33)))
    training.rows.known["a"] = [
        frozen(tmp_path, "train", "train", "One", "สอง"),
        frozen(tmp_path, "test", "test", "Three"),
    ]
    card = make_page(training).panel.rows
    assert "0" * 64 in card.digest.text() and not card.table.isVisible()
    qtbot.mouseClick(card.show_rows, LEFT)
    gui_loop.settle(card.table.isVisible)
    assert cells(card) == [
        ["", "1", "train", "One", "One!"],
        ["", "2", "train", "สอง", "สอง!"],
        ["", "1", "test", "Three", "Three!"],
    ]


def test_rows_and_settings_are_told_apart_from_another_jobs(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage, tmp_path: Path
) -> None:
    other = job("b", "failed", name="older", remote_id=None)
    training = ScriptedTraining(job("a", "succeeded", falling(33)), other)
    training.rows.known = {
        "a": [frozen(tmp_path, "a", "train", "One", "Two")],
        "b": [frozen(tmp_path, "b", "train", "Two", "Three")],
    }
    card = make_page(training).panel.rows
    gui_loop.settle(lambda: card.other.count() == 2)
    qtbot.keyClick(card.other, Qt.Key.Key_Down)
    gui_loop.settle(card.told.isVisible)
    assert cells(card) == [
        ["−", "1", "train", "One", "One!"],
        ["+", "2", "train", "Three", "Three!"],
    ]
    assert card.told.text().startswith("Rows in both: 1; − only here: 1; + only there: 1.")
    assert "Settings, here → there: " in card.told.text()


def test_a_failure_that_names_a_row_leads_to_it(
    qtbot: QtBot, gui_loop: GuiLoop, make_page: MakePage
) -> None:
    view = job("a", "failed", error="The file has an empty reply (line 12).")
    training = ScriptedTraining(view)
    page = make_page(training)
    asked: list[tuple[str, object]] = []
    page.navigate.connect(lambda name, payload: asked.append((name, payload)))
    assert page.panel.trouble.row.text() == "Go to row 12"
    qtbot.mouseClick(page.panel.trouble.row, LEFT)
    gui_loop.settle(lambda: asked)
    assert training.rows.asked == [("a", "train", 12)]
    assert asked == [("data", RowsOf("row 12 of marv-style", ("d" * 64,), "marv.jsonl"))]


def test_a_failure_that_names_none_offers_nothing(make_page: MakePage) -> None:
    page = make_page(ScriptedTraining(job("a", "failed", error="It ran out of memory.")))
    assert page.panel.trouble.isVisible() and not page.panel.trouble.row.isVisible()
