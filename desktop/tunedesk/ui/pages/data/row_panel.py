"""The right side of the Data page: one row, in the editor its format wants, or as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QFrame,
    QPlainTextEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from tunedesk.core.fixes import Fix, FixError, apply_fix
from tunedesk.core.issues import Issue, Severity
from tunedesk.core.json_edit import PathError, steps_of
from tunedesk.core.rows import RowError, prompt_messages
from tunedesk.services.dataset.row_help import RowHelp
from tunedesk.ui.operations import Operations
from tunedesk.ui.pages.data.draft_card import DraftCard
from tunedesk.ui.pages.data.findings_box import FindingsBox
from tunedesk.ui.pages.data.json_view import JsonView
from tunedesk.ui.pages.data.learned_view import LearnedView
from tunedesk.ui.pages.data.row_counting import RowCounting
from tunedesk.ui.pages.data.row_form import RowForm
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.ask import Ask
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.giving_way import GivingWay
from tunedesk.ui.widgets.layout import holding, row, rule, scrolled
from tunedesk.ui.widgets.named_keys import named_key
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip
from tunedesk.ui.words import counted

_SAID_BY_THE_REPLY_CARD = ("no_assistant_message", "last_not_assistant")
_FORM, _LEARNED, _JSON = 0, 1, 2
_SHORT_BELOW_PX = 420


class RowPanel(QFrame):
    """`row_edited(raw, what)` with the row's new bytes and a word for the undo menu.

    An edit belongs to `shown_row`, which a page must use: when the panel is left for another row,
    what was still being typed is told after the other row was chosen. `next_asked()` for
    Ctrl+Enter; `kept_in_train()`, `set_aside()`, `delete()` and `duplicate()` are for the row.
    `shown(raw)`: another row is, or other bytes of it.
    """

    row_edited = Signal(object, str)
    set_aside = Signal()
    duplicate = Signal()
    delete = Signal()
    kept_in_train = Signal()
    next_asked = Signal()
    shown = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.shown_row = -1
        self._raw = b""
        self._issues: Sequence[Issue] = ()
        self._prefers = _FORM
        self.title = PlainLabel("", "heading")
        self.chip = PlainLabel("", "chip-warning")
        self.as_conversation = button(self.tr("Conversation"), look="tab")
        self.as_learned = button(self.tr("Learned"), look="tab", name=self.tr("What is learned"))
        self.as_json = button(self.tr("JSON"), look="tab")
        self.problem = FindingsBox(most=2)
        self.form = RowForm(theme)
        self.conversation = self.form.conversation
        self.learned = LearnedView(theme)
        self.json = JsonView(theme)
        self.draft = DraftCard()
        self._counting = RowCounting(self)
        self._views = QStackedWidget()
        self._wire()
        self._arrange()
        self._add_keys()
        self.clear()

    def serve(self, help_: RowHelp, operations: Operations, ask: Ask) -> None:
        """Who counts tokens, previews and drafts; without it the panel edits all the same."""
        self._counting.serve(help_, operations)
        self.draft.serve(help_, operations, ask)
        self.form.can_draft(True)

    def _wire(self) -> None:
        group = QButtonGroup(self)
        choices = (self.as_conversation, self.as_learned, self.as_json)
        for number, choice in enumerate(choices):
            choice.setCheckable(True)
            group.addButton(choice)
            choice.clicked.connect(lambda _=False, n=number: self._choose_view(n))
        set_tip(self.as_learned, self.tr("Which text the model is taught, and where it is cut"))
        self.form.edited.connect(self.row_edited)
        self.form.set_aside.connect(self.set_aside)
        self.form.duplicate.connect(self.duplicate)
        self.form.delete.connect(self.delete)
        self.form.draft_asked.connect(self._ask_draft)
        self.form.fix_asked.connect(self._fix)
        self.problem.fix_asked.connect(self._fix)
        self.json.edited.connect(lambda raw: self.row_edited.emit(raw, self.tr("edit JSON")))
        self.draft.began.connect(self._show_draft)
        self.draft.used.connect(lambda text: self.form.use_reply(text))
        self._counting.counted.connect(self.form.show_counts)
        self._counting.lesson_told.connect(self.learned.show_lesson)
        self._counting.lesson_failed.connect(self.learned.tell)

    def _arrange(self) -> None:
        head = QFrame()
        count = holding(self.chip)  # the cards below say it, too
        line = row(
            self.title,
            6,
            count,
            None,
            self.as_conversation,
            self.as_learned,
            self.as_json,
            spacing=2,
            margins=(14, 0, 2, 0),
        )
        head.setLayout(line)
        GivingWay(line, [count])
        head.setFixedHeight(42)
        self.form.hold_draft(self.draft)
        self._scroll = scrolled(self.form)
        self._views.addWidget(self._scroll)
        self._views.addWidget(scrolled(self.learned))  # it is the tallest, and no reason to be tall
        self._views.addWidget(self.json)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        above = QWidget()
        above.setLayout(row(self.problem, margins=(14, 0, 14, 0)))
        for part in (head, rule(), above, self._views):
            box.addWidget(part)

    def _add_keys(self) -> None:
        on = self.tr("On to the next row")
        keys = ("Ctrl+Return", "Ctrl+Enter")
        named_key(self, keys, on, self._commit_and_go_on, only_inside=True)
        self.add_pair_keys(self)

    def add_pair_keys(self, place: QWidget) -> None:
        """Where the keyboard is in `place`, the keys that stand on the buttons of a pair work."""
        pair = self.form.pair
        for key, press in (("D", pair.diff), ("S", pair.swap)):
            act = partial(self._pair_key, press.click)
            named_key(place, key, press.accessibleName(), act, only_inside=True)

    def _pair_key(self, act: Any) -> None:
        """D and S are keys only where they are not letters of a text."""
        if self.form.pair.isVisible() and not isinstance(
            QApplication.focusWidget(), QPlainTextEdit
        ):
            act()

    # -- showing ---------------------------------------------------------------------------

    @property
    def raw(self) -> bytes:
        """The row that is shown."""
        return self._raw

    def clear(self) -> None:
        """No row is chosen."""
        self.shown_row = -1
        self._counting.forget()
        self.draft.close_draft()
        self.title.setText(self.tr("No row chosen"))
        self.chip.hide()
        self.problem.show_issues(())
        self._views.hide()
        for choice in (self.as_conversation, self.as_learned, self.as_json):
            choice.setEnabled(False)

    def show_row(
        self,
        number: int,
        raw: bytes,
        issues: Sequence[Issue],
        tokens: Sequence[int] | None = None,
        source: str = "",
    ) -> None:
        """Show row `number` (from 1). Rows that no form can hold open as JSON.

        `tokens` of the messages may be known; otherwise the panel counts for itself. `source`
        says in words where the row came from.
        """
        is_other = number - 1 != self.shown_row
        if is_other or raw != self._raw:
            self.form.show_votes(0)
            self.shown.emit(raw)
        self.shown_row, self._raw = number - 1, raw
        self._views.show()
        self.title.setText(self.tr("Row {n}").format(n=number))
        editable = self.form.show_row(raw)
        if is_other:
            self.form.begin_row()
            self.draft.close_draft()
        self.form.pair.show_source(source)
        self._show_issues(issues)
        self._show_tokens(tokens)
        self.as_conversation.setText(self.form.title)
        self.as_conversation.setAccessibleName(self.form.title)
        self.as_conversation.setEnabled(editable)
        self.as_learned.setEnabled(editable)
        self.as_json.setEnabled(True)
        self._show_view(self._prefers if editable else _JSON)

    def show_findings(self, issues: Sequence[Issue], tokens: Sequence[int] | None = None) -> None:
        """A check brought news of the row that is shown already."""
        self._show_issues(issues)
        self._show_tokens(tokens)

    def _show_tokens(self, tokens: Sequence[int] | None) -> None:
        if tokens is not None:
            self.form.conversation.show_tokens(tokens)
        self._counting.count(self.form.texts())

    def _show_issues(self, issues: Sequence[Issue]) -> None:
        self._issues = issues
        errors = [issue for issue in issues if issue.severity is Severity.ERROR]
        self.chip.setVisible(bool(issues))
        self._say_count()  # the window's head announces the number
        self.chip.set_look("chip-error" if errors else "chip-warning")
        said = () if self.form.conversation.missing_reply.isHidden() else _SAID_BY_THE_REPLY_CARD
        left = self.form.show_issues(issues)
        self.problem.show_issues([issue for issue in left if issue.code not in said])

    def _say_count(self) -> None:
        """How many there are, in short where there is no room."""
        n_errors = sum(issue.severity is Severity.ERROR for issue in self._issues)
        words = self._count(n_errors, len(self._issues) - n_errors)
        short = f"◆ {n_errors}" if n_errors else f"▲ {len(self._issues)}"
        self.chip.setText(short if self.width() < _SHORT_BELOW_PX else words)
        self.chip.setAccessibleName(words)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._say_count()

    def _count(self, errors: int, warnings: int) -> str:
        if errors:
            return counted(errors, self.tr("1 error"), self.tr("{n} errors"))
        return counted(warnings, self.tr("1 warning"), self.tr("{n} warnings"))

    def _choose_view(self, number: int) -> None:
        self.commit()
        self._prefers = number
        self._show_view(number)

    def _show_view(self, number: int) -> None:
        if number == _JSON:  # not before: laying it out takes as long as half the form
            self.json.show_raw(self._raw)
        self._views.setCurrentIndex(number)
        (self.as_conversation, self.as_learned, self.as_json)[number].setChecked(True)
        if number == _LEARNED:
            self._counting.learn(self._raw)

    # -- hands -----------------------------------------------------------------------------

    def commit(self) -> None:
        """Write down what is still being typed, in whichever view."""
        if self.shown_row < 0:
            return
        if self._views.currentIndex() == _JSON:
            self.json.commit()
        else:
            self.form.commit()

    def focus_editor(self) -> None:
        if self._views.currentIndex() == _JSON:
            self.json.focus_error()
        else:
            self._show_view(_FORM)
            self.form.focus_first()

    def focus_path(self, path: str) -> None:
        """Put the focus on what a finding's JSON path names, in the form if it shows that."""
        if not self.as_conversation.isEnabled():
            self._show_view(_JSON)
            self.json.focus_error()
            return
        try:
            steps = steps_of(path)
        except PathError:
            steps = []
        self._show_view(_FORM)
        self.form.focus_steps(steps)

    def _commit_and_go_on(self) -> None:
        self.commit()
        self.next_asked.emit()

    def _fix(self, issue: Issue, fix: Fix) -> None:
        match fix.kind:
            case "delete":
                self.delete.emit()
            case "aside":
                self.set_aside.emit()
            case "train":
                self.kept_in_train.emit()
            case _:
                self.commit()
                self._fix_text(issue, fix)

    def _fix_text(self, issue: Issue, fix: Fix) -> None:
        try:
            changed = apply_fix(self._raw, issue, fix)
        except FixError:
            return  # the row was edited meanwhile; its findings follow
        self.row_edited.emit(changed, fix.words)

    def _show_draft(self) -> None:
        self.form.adjustSize()
        self._scroll.ensureWidgetVisible(self.draft)

    def _ask_draft(self, beside: QWidget) -> None:
        self.commit()
        try:
            messages = prompt_messages(self._raw)
        except RowError:
            return
        self.draft.choose([m for m in messages if isinstance(m, Mapping)], beside)
