"""Hundreds of findings: their list follows an edit a moment later, steps go to the right rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from tests.support.dataset_rows import assistant, chat, user
from tests.support.gui_loop import GuiLoop
from tests.support.open_project import OpenProject
from tests.support.projects import write_rows
from tests.support.scripted_ask import ScriptedAsk
from tunedesk.core.fixes.table import DELETE, fixes_for
from tunedesk.core.validation.length import Cut, cut_finding
from tunedesk.services.check import alike_check, dataset_check
from tunedesk.ui.current_dataset import CurrentDataset
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.issue_words import IssueWords
from tunedesk.ui.pages.data.page import DataPage
from tunedesk.ui.pages.data.problems_model import ProblemsModel
from tunedesk.ui.theme import Theme

_FINE, _BROKEN = 10, 300
_SAME, _SPACED = 70, 8
_ROWS = [chat(user(f"Question {n}?"), assistant(f"Answer {n}.")) for n in range(_FINE)]


@pytest.fixture
def page(
    opened: OpenProject,
    gui_loop: GuiLoop,
    operations: Operations,
    theme: Theme,
    tmp_path: Path,
    qtbot: QtBot,
) -> Iterator[DataPage]:
    current = CurrentDataset(opened.project)
    made = DataPage(current=current, operations=operations, ask=ScriptedAsk(), theme=theme)
    qtbot.addWidget(made)
    with qtbot.waitActive(made):
        made.show()
    rows = [*_ROWS, *(b"broken %d" % number for number in range(_BROKEN))]
    path = write_rows(tmp_path / "broken.jsonl", rows)
    gui_loop.run(current.open(gui_loop.run(opened.project.add_dataset(path))))
    gui_loop.settle(lambda: _listed(made) == list(range(_FINE + 1, _FINE + _BROKEN + 1)))
    yield made
    made._recheck.stop()
    made._problems_later.stop()
    gui_loop.run(operations.close())
    gui_loop.run(current.close())


def test_the_list_follows_an_edit(page: DataPage, gui_loop: GuiLoop) -> None:
    page.hands.bulk.delete([0, 1])
    gui_loop.settle(lambda: _listed(page) == list(range(_FINE - 1, _FINE + _BROKEN - 1)))


def test_each_finding_has_its_own_mark_and_a_kind_that_of_the_worst(page: DataPage) -> None:
    """A model cuts some rows before all that is taught: an error, and others later."""
    model = ProblemsModel(IssueWords(), page)
    cuts = [Cut("$.messages[0]", 3_000, 5, lost) for lost in (2, 5)]
    findings = [cut_finding(cut, "SmolLM2", 2_048) for cut in cuts]
    model.set_issues([finding.at_row(row) for row, finding in enumerate(findings, 1)])
    kind = model.index(0, 0)
    assert model.is_error(kind)
    assert [model.is_error(model.index(row, 0, kind)) for row in (0, 1)] == [False, True]


def test_a_step_right_after_an_edit_goes_to_the_row_as_it_is_numbered_now(
    page: DataPage, qtbot: QtBot
) -> None:
    page.hands.bulk.delete([0, 1])
    qtbot.keyClick(page, Qt.Key.Key_F8)
    assert page.rows.grid.chosen() == _FINE - 2


def test_it_is_said_when_more_rows_have_problems_than_are_listed(page: DataPage) -> None:
    problems = page.rows.problems
    assert problems.summary.text().endswith("click to jump")
    problems.set_issues(problems.issues_of("invalid_json")[:100], _BROKEN)
    assert problems.summary.text() == "the first 100 in 1 kind, of 300 rows with problems"


def test_a_fix_for_all_reaches_rows_that_are_not_listed(
    page: DataPage, gui_loop: GuiLoop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dataset_check, "MAX_ISSUES", 50)
    monkeypatch.setattr(alike_check, "MOST_LISTED", 2)
    usual, spaced = ({"role": "system", "content": text} for text in ("Be brief.", "Be  brief."))
    rows = [
        *_ROWS,
        *(b"broken %d" % number for number in range(_BROKEN)),
        *[chat(user("Again?"), assistant("Again."))] * (_SAME + 1),
        *(chat(usual, user(f"Who {n}?"), assistant(f"She {n}.")) for n in range(_SPACED + 1)),
        *(chat(spaced, user(f"Why {n}?"), assistant(f"So {n}.")) for n in range(_SPACED)),
    ]
    gui_loop.run(page._current.add(write_rows(tmp_path / "more.jsonl", rows)))
    (mend,) = fixes_for("spaced_system_prompt")
    for code, fix, n_rows, n_left in (
        ("invalid_json", DELETE, _BROKEN, len(rows) - _BROKEN),
        ("duplicate_row", DELETE, _SAME, len(rows) - _SAME),
        ("spaced_system_prompt", mend, _SPACED, len(rows)),
    ):
        gui_loop.settle(lambda wanted=code: page.rows.problems.issues_of(wanted))
        page.mending.fix_all(code, fix)
        dialog = page.mending.dialog
        assert dialog is not None
        gui_loop.settle(dialog.apply.isEnabled)
        assert dialog.apply.text() == f"Fix {n_rows} rows"
        dialog.apply.click()
        gui_loop.settle(lambda n=n_left: page._n_rows == n and page.undo.count() == 1)
        assert page._session is not None
        if fix is mend:
            assert page._session.row(len(rows) - 1) == rows[-1].replace(b"Be  b", b"Be b")
        page._undo()
        gui_loop.settle(lambda: page._n_rows == len(rows) and page.undo.index() == 0)
        assert page._session.row(len(rows) - 1) == rows[-1]
        page.undo.clear()


def _listed(page: DataPage) -> list[int]:
    """The rows of the broken ones, as the list of problems has them."""
    return [issue.row for issue in page.rows.problems.issues_of("invalid_json")]
