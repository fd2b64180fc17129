"""After a crash, when others change the file, and back to earlier versions: nothing is silent."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from tests.support.dataset_rows import assistant, chat, user
from tests.support.desk_bench import Desks, RunningDesk, control
from tests.support.dialogs import is_open, opened
from tests.support.projects import rows_of, write_rows
from tests.support.widget_audit import nameless, out_of_reach
from tunedesk.core.edits import SetRow
from tunedesk.store.settings import SettingsStore
from tunedesk.ui.files.backups_dialog import BackupsDialog
from tunedesk.ui.files.changes_dialog import ChangesDialog

_NEW = chat(user("Hi"), assistant("ดี"))


def _start(desks: Desks, tmp_path: Path) -> RunningDesk:
    path = write_rows(tmp_path / "mine.jsonl", rows_of(4))
    app = desks.start(path)
    app.until_open("mine", "mine.jsonl")
    return app


def _crashed(desks: Desks, app: RunningDesk) -> RunningDesk:
    """Edited, unsaved, and ended as a kill ends it; the next start."""
    app.data.push("edit", SetRow(index=1, raw=_NEW))
    app.close()
    SettingsStore(desks.folders.config / "settings.json").set("is_running", True)
    again = desks.start()
    again.until_open("mine")
    return again


def test_after_a_crash_the_difference_is_shown_and_kept(desks: Desks, tmp_path: Path) -> None:
    app = _crashed(desks, _start(desks, tmp_path))
    dialog = opened(app, ChangesDialog)
    item = dialog.view.list.item(0, 0)
    assert item is not None and item.text() == "2"
    app.loop.settle(lambda: dialog.view.after.toPlainText())
    assert "Question 1?" in dialog.view.before.toPlainText()
    assert "ดี" in dialog.view.after.toPlainText()
    assert nameless(dialog) == [] and out_of_reach(dialog) == []
    dialog.buttons["keep"].click()
    assert app.session.row(1) == _NEW
    assert app.session.is_dirty


def test_recovered_edits_can_be_discarded_and_that_undone(desks: Desks, tmp_path: Path) -> None:
    app = _crashed(desks, _start(desks, tmp_path))
    opened(app, ChangesDialog).buttons["discard"].click()
    assert app.session.row(1) == rows_of(4)[1]
    assert app.data.undo.undoText() == "discard recovered edits"
    app.data.undo.undo()
    assert app.session.row(1) == _NEW


def test_recovered_edits_can_be_saved_at_once(desks: Desks, tmp_path: Path) -> None:
    app = _crashed(desks, _start(desks, tmp_path))
    opened(app, ChangesDialog).buttons["save"].click()
    app.loop.settle(lambda: not app.session.is_dirty)
    assert _NEW in (tmp_path / "mine.jsonl").read_bytes()


def test_after_an_orderly_end_a_sentence_is_enough(desks: Desks, tmp_path: Path) -> None:
    app = _start(desks, tmp_path)
    app.data.push("edit", SetRow(index=1, raw=_NEW))
    app.close()
    again = desks.start()
    again.until_open("mine")
    assert not is_open(again, ChangesDialog)
    assert "One earlier edit is not in the file yet" in again.data.notice.text.text()
    control(again.data.notice, "Show them").click()
    opened(again, ChangesDialog).reject()
    assert again.data.undo.undoText() == "an earlier edit"
    again.data._undo()
    assert again.session.row(1) == rows_of(4)[1]
    assert not again.session.is_dirty
    again.data._redo()
    assert again.session.row(1) == _NEW


def _change_outside(app: RunningDesk, path: Path) -> None:
    write_rows(path.with_name("new"), [_NEW, *rows_of(4)[1:]]).replace(path)
    app.loop.run(app.session.look_outside())
    app.loop.settle(lambda: app.data.notice.isVisible())


def test_a_file_changed_by_others_is_reloaded(desks: Desks, tmp_path: Path) -> None:
    app = _start(desks, tmp_path)
    path = tmp_path / "mine.jsonl"
    _change_outside(app, path)
    assert "mine.jsonl was changed by another program." in app.data.notice.text.text()
    control(app.data.notice, "Show the difference").click()
    dialog = opened(app, ChangesDialog)
    app.loop.settle(lambda: dialog.view.list.rowCount() == 1)
    dialog.buttons["reload"].click()
    app.until_open("mine", "mine.jsonl")
    app.loop.settle(lambda: app.session.row(0) == _NEW)
    assert app.data.notice.isHidden()


def test_unsaved_edits_of_a_changed_file_are_saved_beside_it_and_rescued(
    desks: Desks, tmp_path: Path
) -> None:
    app = _start(desks, tmp_path)
    path = tmp_path / "mine.jsonl"
    app.data.push("edit", SetRow(index=2, raw=_NEW))
    _change_outside(app, path)
    theirs = path.read_bytes()
    app.ask.files = [tmp_path / "copy.jsonl"]
    control(app.data.notice, "Save mine as a copy").click()
    app.until_idle()
    copied = (tmp_path / "copy.jsonl").read_bytes().split(b"\n")
    assert copied[2] == _NEW and copied[0] == rows_of(1)[0]
    assert path.read_bytes() == theirs
    control(app.data.notice, "Reload").click()
    app.until_idle()
    app.loop.settle(lambda: "does not fit" in app.data.notice.text.text())
    assert "Reload mine.jsonl?" in app.ask.questions[0][0]
    control(app.data.notice, "Look at them").click()
    dialog = opened(app, ChangesDialog)
    dialog.buttons["copy"].click()
    assert "ดี" in QApplication.clipboard().text()
    control(app.data.notice, "Look at them").click()
    opened(app, ChangesDialog).buttons["insert"].click()
    assert app.session.row(4) == _NEW


def test_an_earlier_version_is_compared_and_restored(desks: Desks, tmp_path: Path) -> None:
    app = _start(desks, tmp_path)
    path = tmp_path / "mine.jsonl"
    first = path.read_bytes()
    app.data.push("edit", SetRow(index=1, raw=_NEW))
    app.data.save()
    app.loop.settle(lambda: not app.session.is_dirty)
    app.until_idle()
    second = path.read_bytes()
    assert app.desk.project is not None
    app.desk.project.files.guardian.show_backups()
    dialog = opened(app, BackupsDialog)
    app.loop.settle(lambda: _cell(dialog, 2) == "4")
    dialog.compare.click()
    app.loop.settle(lambda: dialog.view.isVisible())
    assert dialog.said.text() == "1 row changed, 0 new, 0 removed; 4 rows then, 4 now."
    dialog.back.click()
    app.loop.settle(lambda: path.read_bytes() == first)
    app.until_open("mine", "mine.jsonl")
    app.until_idle()
    assert app.session.row(1) == rows_of(4)[1]
    backups = app.loop.run(app.session.backups())
    assert second in [backup.path.read_bytes() for backup in backups]


def _cell(dialog: BackupsDialog, column: int) -> str:
    item = dialog.list.item(0, column)
    return item.text() if item is not None else ""


def test_a_closed_window_changes_nothing(desks: Desks, tmp_path: Path) -> None:
    app = _crashed(desks, _start(desks, tmp_path))
    opened(app, ChangesDialog).reject()
    assert app.session.row(1) == _NEW
    assert (app.data.undo.count(), app.data.undo.undoText()) == (1, "an earlier edit")
