"""Edits of rows that nobody looked at yet: what is waited for is said, and can be cancelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.support.gui_loop import GuiLoop
from tests.support.open_project import OpenProject
from tests.support.projects import rows_of, write_rows
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.core.edits import SetRows
from tunedesk.services.dataset import bulk_edits, edit_readiness
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.session import DatasetSession
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.notice import Notice

_N_ROWS = 400


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
    """A few hundred rows that count as many."""
    monkeypatch.setattr(edit_readiness, "_QUICK_ROWS", 100)
    current = CurrentDataset(opened.project)
    made = DataPage(current=current, operations=operations, ask=ScriptedAsk(), theme=theme)
    qtbot.addWidget(made)
    path = write_rows(tmp_path / "many.jsonl", rows_of(_N_ROWS))
    gui_loop.run(current.open(gui_loop.run(opened.project.add_dataset(path))))
    gui_loop.settle(lambda: _session(made).is_checked and not operations.is_busy)
    yield made
    made._recheck.stop()
    gui_loop.run(operations.close())
    gui_loop.run(current.close())


def test_tagging_waits_for_the_rows_and_is_then_one_step(page: DataPage, gui_loop: GuiLoop) -> None:
    _make_unknown(page)
    rows = list(range(_N_ROWS))
    page.hands.bulk.tag(rows, ["new"], [])
    assert "looked at first" in _notice(page).text.text()
    assert _session(page).all_tags() == {}
    gui_loop.settle(lambda: _session(page).all_tags() == {"new": _N_ROWS})
    assert _notice(page).isHidden()
    page._undo()
    assert _session(page).all_tags() == {}
    page._redo()
    assert _session(page).all_tags() == {"new": _N_ROWS}


def test_what_is_waited_for_can_be_cancelled(
    page: DataPage, gui_loop: GuiLoop, operations: Operations
) -> None:
    _make_unknown(page)
    n_steps = page.undo.count()
    page.hands.bulk.split(list(range(_N_ROWS)), "test")
    [cancel] = [b for b in _notice(page)._buttons if b.text() == "Cancel"]
    cancel.click()
    assert _notice(page).isHidden()
    gui_loop.settle(lambda: not operations.is_busy)
    assert page.undo.count() == n_steps
    assert _session(page).counts().test < _N_ROWS


def test_an_edit_meanwhile_keeps_it_from_being_done_to_other_rows(
    page: DataPage, gui_loop: GuiLoop
) -> None:
    _make_unknown(page)
    page.hands.bulk.split(list(range(_N_ROWS)), "test")
    page.hands.bulk.delete([0])
    gui_loop.settle(lambda: "not done" in _notice(page).text.text())
    assert _session(page).counts().test < _N_ROWS - 1


def test_many_rows_are_edited_beside_the_window_and_cancelling_leaves_them(
    page: DataPage, gui_loop: GuiLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_edits, "LARGE_ROWS", 100)
    session, n_steps = _session(page), page.undo.count()
    before = [session.row(row) for row in range(_N_ROWS)]
    with _held(monkeypatch) as may_go:
        page.hands.bulk.delete(list(range(0, _N_ROWS, 2)))
        gui_loop.settle(lambda: not _notice(page).isHidden())
        assert len(session) == _N_ROWS
        page._show_row(7)  # the window answers
        page.hands.bulk.split(list(range(_N_ROWS)), "test")
        assert "Wait for this or cancel it" in _notice(page).text.text()
        [cancel] = [b for b in _notice(page)._buttons if b.text() == "Cancel"]
        cancel.click()
        may_go.set()
        gui_loop.settle(lambda: not page._operations.is_busy)
    assert [session.row(row) for row in range(_N_ROWS)] == before
    assert page.undo.count() == n_steps
    page.hands.bulk.delete(list(range(0, _N_ROWS, 2)))
    gui_loop.settle(lambda: len(session) == _N_ROWS // 2)
    assert [session.row(row) for row in range(_N_ROWS // 2)] == before[1::2]
    page._undo()
    gui_loop.settle(lambda: len(session) == _N_ROWS)
    assert [session.row(row) for row in range(_N_ROWS)] == before
    page.hands.bulk.delete(list(range(50, _N_ROWS)))
    gui_loop.settle(lambda: len(session) == 50)
    page._undo()
    assert len(session) == 50, "nearly all of many come back: the window does not wait for that"
    gui_loop.settle(lambda: len(session) == _N_ROWS)
    assert [session.row(row) for row in range(_N_ROWS)] == before


@contextmanager
def _held(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """An edit beside the window waits at its end until it may go."""
    may_go = threading.Event()
    tally = RowFacts.tally

    def held(facts: RowFacts) -> list[list[int]]:
        if threading.current_thread() is not threading.main_thread():
            may_go.wait(20)
        return tally(facts)

    with monkeypatch.context() as patch:
        patch.setattr(RowFacts, "tally", held)
        try:
            yield may_go
        finally:
            may_go.set()


def test_another_seed_says_how_far_it_is_and_comes(page: DataPage, gui_loop: GuiLoop) -> None:
    before = _session(page).rows_of("test")
    page.splitting._set_rule(12345, 0.5)
    assert "other seed" in _notice(page).text.text()
    gui_loop.settle(lambda: _session(page).split_rule.seed == 12345)
    assert _session(page).rows_of("test") != before
    page._undo()
    assert _session(page).rows_of("test") == before


def _make_unknown(page: DataPage) -> None:
    """Every row is another one now."""
    session = _session(page)
    rows = tuple((row, session.row(row).replace(b"  ", b" ") + b" ") for row in range(_N_ROWS))
    page.push("change all", SetRows(rows))


def _session(page: DataPage) -> DatasetSession:
    assert page._session is not None
    return page._session


def _notice(page: DataPage) -> Notice:
    return page.rows.said
