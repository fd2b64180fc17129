"""Adding a provider or changing one: the few fields that matter, and the rest on demand."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QLineEdit, QScrollArea, QWidget

from tunedesk.core.errors import TunedeskError
from tunedesk.core.speech import said
from tunedesk.services.providers.setup import Profile, ProviderSetup
from tunedesk.ui.files.dialog import ToolDialog, default
from tunedesk.ui.memory import Memory
from tunedesk.ui.pages.settings.entries import lines_of, read_lines, text_field
from tunedesk.ui.pages.settings.quirks_form import QuirksForm
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import button
from tunedesk.ui.widgets.form_grid import add_line, form_grid
from tunedesk.ui.widgets.layout import column, scrolled
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit

_SIZE = QSize(600, 380)


class ProviderDialog(ToolDialog):
    """`filled(profile, key, secrets)` when Save was pressed; whoever takes it closes the dialog,
    or has it say what is wrong by `show_problem`."""

    filled = Signal(object, str, object)

    def __init__(
        self,
        *,
        setup: ProviderSetup,
        profile: Profile,
        key_hint: str,
        is_new: bool,
        theme: Theme,
        memory: Memory,
        parent: QWidget | None = None,
    ) -> None:
        """`key_hint` is what may be shown of a key that is kept; "" for none."""
        title = self.tr("Add a provider") if is_new else self.tr("Change a provider")
        super().__init__(parent, title, "provider", memory, _SIZE)
        self._setup, self._profile, self._hint = setup, profile, key_hint
        self.name = self._entry(profile.name, self.tr("Name"))
        self.address = self._entry(profile.base_url, self.tr("Address"), profile.address_hint)
        self.key = self._entry("", self.tr("API key"))
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.organization = self._entry(
            profile.organization, self.tr("Organisation"), self.tr("optional")
        )
        self.key_told = PlainLabel("", "second", wrap=True)
        self.deployments = text_field(
            self.tr("Deployments"),
            lines_of(profile.deployments),
            self.tr("name of the deployment: model behind it, one a line"),
        )
        self.quirks = QuirksForm(theme, profile)
        self.more = button(self.tr("More: headers, switches, limits"), self._toggle, look="link")
        self.problem = PlainLabel("", "error", wrap=True)
        self.problem.hide()
        self.save = default(
            button(self.tr("Add and test") if is_new else self.tr("Save"), self._go, look="primary")
        )
        cancel = button(self.tr("Cancel"), self.reject)
        self.arrange(self._body(), self.problem, buttons=[None, cancel, self.save])
        self.address.textChanged.connect(self._tell_key)
        self._tell_key()
        first = self.key if profile.base_url and is_new else self.address
        first.setFocus()

    def _body(self) -> QScrollArea:
        grid = form_grid()
        for entry in (self.name, self.address, self.key):
            add_line(grid, entry.accessibleName(), entry)
        grid.addWidget(self.key_told, grid.rowCount(), 1, 1, 2)
        add_line(grid, self.organization.accessibleName(), self.organization)
        if self._profile.by_deployment:
            add_line(grid, self.deployments.accessibleName(), self.deployments)
        note = PlainLabel(said(self._profile.note), "second", wrap=True)
        note.setVisible(bool(self._profile.note))
        self.quirks.hide()
        body = QWidget()
        body.setLayout(
            column(note, grid, self.more, self.quirks, None, spacing=10, margins=(0, 0, 8, 0))
        )
        return scrolled(body)

    @staticmethod
    def _entry(text: str, name: str, hint: str = "") -> LineEdit:
        made = LineEdit(text)
        made.setAccessibleName(name)
        made.setPlaceholderText(hint)
        made.setCursorPosition(0)
        return made

    def show_problem(self, error: TunedeskError) -> None:
        """Say what has to be changed; the dialog stays open."""
        self.problem.setText(f"{error.title} {error.what} {error.next_step}")
        self.problem.show()
        self.save.setEnabled(True)

    def _tell_key(self) -> None:
        """A key is bound to the address it was entered for."""
        typed = msgspec.structs.replace(self._profile, base_url=self.address.text())
        is_kept = bool(self._hint) and not self._setup.needs_new_key(typed)
        if is_kept:
            self.key.setPlaceholderText(self.tr("{hint} stays").format(hint=self._hint))
            told = ""
        else:
            self.key.setPlaceholderText(
                self.tr("paste it here") if self._profile.needs_key else self.tr("optional")
            )
            told = self.tr("The address is another one: its key has to be entered again.")
        self.key_told.setText(told if self._hint else "")
        self.key_told.setVisible(bool(self.key_told.text()))

    def _toggle(self) -> None:
        self.quirks.setVisible(self.quirks.isHidden())
        if not self.quirks.isHidden():
            self.resize(self.width(), max(self.height(), 640))

    def _go(self) -> None:
        try:
            profile, secrets = self.quirks.changed(self._profile)
            deployments = read_lines(
                self.deployments.toPlainText(), self.deployments.accessibleName()
            )
        except TunedeskError as error:
            self.show_problem(error)
            return
        made = msgspec.structs.replace(
            profile,
            name=self.name.text(),
            base_url=self.address.text(),
            organization=self.organization.text().strip(),
            deployments=deployments,
        )
        self.save.setEnabled(False)
        self.filled.emit(made, self.key.text(), secrets)
