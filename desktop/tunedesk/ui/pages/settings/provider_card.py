"""One provider: whether it works, where its key is kept, and what can be done with it."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from tunedesk.core.speech import said
from tunedesk.services.providers.setup import ProviderView
from tunedesk.ui.pages.settings.answers_view import AnswersView
from tunedesk.ui.pages.settings.key_words import key_chip, key_line, key_sentence
from tunedesk.ui.retirement_words import closing_words
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.form_grid import add_line, form_grid
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit
from tunedesk.ui.widgets.tips import set_tip


class ProviderCard(Card):
    """`show_view` may be called as often as something changes. While a test runs, its button
    stops it."""

    test_asked = Signal()
    stop_asked = Signal()
    edit_asked = Signal()
    key_asked = Signal()
    look_asked = Signal()
    remove_asked = Signal()
    files_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._is_testing = False
        self.view: ProviderView | None = None
        self.name = PlainLabel("", "heading", wrap=True)
        self.state = PlainLabel("", "chip")
        self.key_state = PlainLabel("", "chip-warning")
        self._add_head()
        self.key = _field(self.tr("API key"))
        self.address = _field(self.tr("Address"))
        self.organization = _field(self.tr("Organisation"))
        grid = form_grid()
        key_holder = QWidget()
        key_row = row(self.key, self.key_state)
        key_row.setStretch(0, 1)
        key_holder.setLayout(key_row)
        add_line(grid, self.tr("API key"), key_holder)
        add_line(grid, self.tr("Address"), self.address)
        self._organization_row = grid.rowCount()
        add_line(grid, self.tr("Organisation"), self.organization)
        self._grid = grid
        self.body.addLayout(grid)
        self.key_told = PlainLabel("", "second", wrap=True)
        self.look = button(self.tr("Look again"), self.look_asked.emit, look="link")
        told = row(self.key_told, self.look)
        told.setStretch(0, 1)
        self.body.addLayout(told)
        self.note = PlainLabel("", "second", wrap=True)
        self.body.addWidget(self.note)
        self.answers = AnswersView()
        self.body.addWidget(self.answers)

    def _add_head(self) -> None:
        self.test = button(self.tr("Test"), self._test_pressed)
        self.edit = button(self.tr("Edit…"), self.edit_asked.emit)
        self.replace = button(self.tr("Replace key…"), self.key_asked.emit)
        self.files = button(self.tr("Files…"), self.files_asked.emit)
        self.remove = button(self.tr("Remove"), self.remove_asked.emit, look="danger")
        self.head.addWidget(self.name)
        self.head.addWidget(self.state)
        self.head.addStretch()
        self.body.addLayout(self.head)
        for part in (self.test, self.edit, self.replace, self.files, self.remove):
            self.head.addWidget(part)

    def show_view(self, view: ProviderView, last_day: date | None = None) -> None:
        """Show the provider as it is now; `last_day`: on which it takes new jobs, where that is
        known."""
        self.view = view
        profile = view.profile
        self.name.setText(profile.name)
        self.setAccessibleName(profile.name)
        for made, word in (
            (self.test, self.tr("Test {name}")),
            (self.edit, self.tr("Edit {name}")),
            (self.replace, self.tr("Key of {name}")),
            (self.files, self.tr("Files at {name}")),
            (self.remove, self.tr("Remove {name}")),
        ):
            made.setAccessibleName(word.format(name=profile.name))
        self.key.setText(key_line(view))
        self.key.setCursorPosition(0)
        self.address.setText(profile.base_url)
        self.address.setCursorPosition(0)
        self.organization.setText(profile.organization)
        self._show_organization(bool(profile.organization))
        self.replace.setText(self.tr("Replace key…") if view.key.hint else self.tr("Enter key…"))
        note = said(profile.note) if profile.preset != "other" else ""
        closing = closing_words(last_day, date.today())
        self.note.setText(" ".join(part for part in (closing, note) if part))
        self.note.setVisible(bool(self.note.text()))
        self.answers.show_answers(view.answers)
        self._show_key_state()
        self._show_state()

    def allow_files(self, has_project: bool) -> None:
        """Files are asked for within a project, which knows what uses them."""
        self.files.setEnabled(has_project)
        why = "" if has_project else self.tr("Open a project first: it knows what uses them.")
        set_tip(self.files, why)
        self.files.setAccessibleDescription(why)

    def show_testing(self, is_testing: bool) -> None:
        """While a test runs the button says Stop."""
        self._is_testing = is_testing
        self.test.setText(self.tr("Stop") if is_testing else self.tr("Test"))
        self._show_state()

    def _show_organization(self, is_shown: bool) -> None:
        for column in (0, 1):
            item = self._grid.itemAtPosition(self._organization_row, column)
            part = item.widget() if item is not None else None
            if part is not None:
                part.setVisible(is_shown)

    def _show_key_state(self) -> None:
        assert self.view is not None
        word, look = key_chip(self.view)
        self.key_state.setText(word)
        self.key_state.set_look(look or "chip-warning")
        self.key_state.setVisible(bool(word))
        self.set_look("card-attention" if word else "card")
        sentence = key_sentence(self.view)
        self.key_told.setText(sentence)
        self.key_told.setVisible(bool(sentence))
        is_closed = self.view.key.why in ("locked", "failed", "slow")
        self.look.setVisible(not self.view.key.kept and is_closed)

    def _show_state(self) -> None:
        word, look = self._state()
        self.state.setText(word)
        self.state.set_look(look)
        self.state.setVisible(bool(word))

    def _state(self) -> tuple[str, str]:
        if self._is_testing:
            return self.tr("testing…"), "chip"
        if self.view is None or not self.view.answers:
            return "", "chip"
        first = self.view.answers[0]
        if first.verdict == "works":
            has_key = bool(self.view.key.hint)
            return (self.tr("key works") if has_key else self.tr("works")), "chip-ok"
        if first.problem is not None and first.problem.code == "key_refused":
            return self.tr("key refused"), "chip-error"
        words = {"refused": self.tr("refused"), "not_offered": self.tr("not such a server")}
        return words.get(first.verdict, self.tr("no answer")), "chip-error"

    def _test_pressed(self) -> None:
        (self.stop_asked if self._is_testing else self.test_asked).emit()


def _field(name: str) -> LineEdit:
    """Looks like an entry, and is none: it is changed by the buttons above it."""
    made = LineEdit()
    made.setReadOnly(True)
    made.setProperty("look", "field")
    made.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
    made.setAccessibleName(name)
    return made
