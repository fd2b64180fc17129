"""Rows written for others: losses are said before, files replaced only after asking."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.desk_bench import Desks, RunningDesk
from tests.support.dialogs import opened
from tests.support.widget_audit import nameless, out_of_reach
from tunedesk.core.edits import SetRow
from tunedesk.core.formats.export_rows import ExportKind
from tunedesk.ui.files.export_dialog import ExportDialog

_TOOL_ROW = (
    b'{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b", '
    b'"weight": 1}]}'
)


@pytest.fixture
def app(desks: Desks) -> RunningDesk:
    made = desks.start()
    made.until_open()
    return made


def _menu(app: RunningDesk) -> dict[str, object]:
    menu = app.data.head.export_menu
    menu.aboutToShow.emit()
    return {action.text(): action for action in menu.actions() if action.text()}


def _open(app: RunningDesk, words: str) -> ExportDialog:
    _menu(app)[words].trigger()  # type: ignore[attr-defined]
    dialog = opened(app, ExportDialog)
    app.loop.settle(lambda: "Looking" not in dialog.losses.text())
    return dialog


def _write(app: RunningDesk, dialog: ExportDialog, target: Path) -> None:
    app.ask.files = [target]
    dialog.go.click()
    app.loop.settle(lambda: dialog.report is not None)
    app.until_idle()


def test_all_rows_are_written_byte_for_byte(app: RunningDesk, tmp_path: Path) -> None:
    dialog = _open(app, "JSONL, all rows…")
    assert dialog.losses.text() == "Nothing is lost."
    _write(app, dialog, tmp_path / "all.jsonl")
    assert (tmp_path / "all.jsonl").read_bytes() == app.session.info.path.read_bytes()
    assert "54 rows written to" in dialog.progress.text.text()
    assert dialog.show_folder.isVisible()
    dialog.reject()


def test_the_test_rows_alone_and_the_selected_ones(app: RunningDesk, tmp_path: Path) -> None:
    dialog = _open(app, "JSONL, test rows…")
    _write(app, dialog, tmp_path / "test.jsonl")
    rows = [app.session.row(i) for i in app.session.rows_of("test")]
    assert (tmp_path / "test.jsonl").read_bytes() == b"".join(row + b"\n" for row in rows)
    dialog.reject()
    app.data.rows.grid.choose(7)
    dialog = _open(app, "JSONL, selected rows…")
    _write(app, dialog, tmp_path / "one.jsonl")
    assert (tmp_path / "one.jsonl").read_bytes() == app.session.row(7) + b"\n"
    dialog.reject()


def test_what_does_not_fit_is_said_before(app: RunningDesk, tmp_path: Path) -> None:
    app.data.push("edit", SetRow(index=0, raw=_TOOL_ROW))
    dialog = _open(app, "Prompt and completion…")
    assert "Before you write it:" in dialog.losses.text()
    assert "has a weight, which was left out" in dialog.losses.text()
    assert not list(tmp_path.glob("*.jsonl"))
    dialog.reject()


@pytest.mark.parametrize("kind", [ExportKind.CSV, ExportKind.JSON_ARRAY, ExportKind.SHAREGPT])
def test_other_formats_have_their_ending(
    app: RunningDesk, tmp_path: Path, kind: ExportKind
) -> None:
    assert app.desk.project is not None
    app.desk.project.files.exporter.open(kind)
    dialog = opened(app, ExportDialog)
    assert dialog.has_bom.isVisible() == (kind is ExportKind.CSV)
    assert nameless(dialog) == []
    assert out_of_reach(dialog) == []
    _write(app, dialog, tmp_path / "out")
    assert dialog.report is not None
    suffix = {"csv": ".csv", "json_array": ".json"}.get(kind.value, ".jsonl")
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == [f"out{suffix}"]
    dialog.reject()


def test_a_place_that_cannot_be_written_is_said_in_the_window(
    app: RunningDesk, tmp_path: Path
) -> None:
    dialog = _open(app, "JSON array…")
    app.ask.files = [tmp_path / "no" / "such" / "folder" / "x.json"]
    (tmp_path / "no").write_text("a file")
    dialog.go.click()
    app.loop.settle(lambda: dialog.progress.text.property("look") == "second-error")
    assert dialog.go.isEnabled()
    dialog.reject()
    app.until_idle()
