"""A call's arguments: a small form where the tool's schema allows one, JSON text beside it."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from tunedesk.core.arguments import (
    Field,
    arguments_text,
    fields_of,
    read_arguments,
    with_argument,
)
from tunedesk.core.json_text import dump
from tunedesk.ui.pages.data.held_line import HeldLine
from tunedesk.ui.pages.data.json_box import JsonBox
from tunedesk.ui.pages.data.special_text import survives_editing
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.text import PlainLabel
from tunedesk.ui.widgets.tips import set_tip


class ArgumentsForm(QWidget):
    """`changed(text)` with the new arguments as the text they stand in a row as."""

    changed = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._fields: tuple[Field, ...] = ()
        self._values: dict[str, Any] = {}
        self._inputs: dict[str, QWidget] = {}
        self.json = JsonBox(theme, self.tr("Arguments as JSON"))
        self.json.committed.connect(self.changed)
        self.problem = PlainLabel("", "second-error", wrap=True)
        self.problem.hide()
        self._form = QWidget()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        for part in (self._form, self.problem, self.json):
            box.addWidget(part)

    def show_arguments(self, arguments: object, schema: object, *, as_json: bool) -> bool:
        """Show them; whether a form is possible for these."""
        text = arguments if isinstance(arguments, str) else dump(arguments, ascii_only=False)
        fields = fields_of(schema)
        values = read_arguments(arguments, fields) if fields is not None else None
        use_form = values is not None and not as_json
        self._form.setVisible(use_form)
        self.json.setVisible(not use_form)
        self.problem.hide()
        if use_form and fields is not None and values is not None:
            self._show_form(fields, values)
        else:
            editable = isinstance(arguments, str) and survives_editing(text)
            self.json.show_text(text, editable=editable)
        return values is not None

    @property
    def inputs(self) -> dict[str, QWidget]:
        """The form's fields by argument name."""
        return self._inputs

    def commit(self) -> None:
        """Write down what is still being typed."""
        if not self.json.isHidden():
            self.json.edit.commit()
            return
        for field in self._fields:
            made = self._inputs[field.name]
            if isinstance(made, QLineEdit) and made.isModified():
                self._entered(field)

    def _show_form(self, fields: tuple[Field, ...], values: dict[str, Any]) -> None:
        self._values = values
        if fields != self._fields:
            self._build(fields)
        for field in fields:
            self._fill(field, self._inputs[field.name])

    def _build(self, fields: tuple[Field, ...]) -> None:
        self._fields = fields
        old, self._form = self._form, QWidget()
        grid = QGridLayout(self._form)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self._inputs = {}
        for line, field in enumerate(fields):
            label = PlainLabel(field.name + (" *" if field.is_required else ""), "second")
            made = self._input(field)
            set_tip(made, field.about)
            grid.addWidget(label, line, 0)
            grid.addWidget(made, line, 1)
            self._inputs[field.name] = made
        layout = self.layout()
        assert layout is not None
        layout.replaceWidget(old, self._form)
        old.hide()
        old.deleteLater()

    def _input(self, field: Field) -> QWidget:
        name = self.tr("Argument {name}").format(name=field.name)
        if field.kind in ("enum", "boolean"):
            combo = ChoiceBox(self._theme, name)
            choices = field.choices or ("true", "false")
            combo.addItems([*choices] if field.is_required else ["", *choices])
            combo.activated.connect(lambda _index, f=field: self._entered(f))
            return combo
        line = HeldLine(self._theme)
        line.setAccessibleName(name)
        line.editingFinished.connect(partial(self._entered, field))
        return line

    def _fill(self, field: Field, made: QWidget) -> None:
        value = self._values.get(field.name)
        text = _as_text(value)
        if isinstance(made, ChoiceBox):
            made.setCurrentIndex(made.findText(text))
        elif isinstance(made, HeldLine):
            made.show_held(text, field.about)
            made.setModified(False)

    def _entered(self, field: Field) -> None:
        made = self._inputs[field.name]
        if isinstance(made, QLineEdit):
            if not made.isModified():
                return
            text = made.text()
        else:
            text = made.currentText() if isinstance(made, ChoiceBox) else ""
        self._take(field, text)

    def _take(self, field: Field, text: str) -> None:
        try:
            changed = with_argument(self._values, field, text)
        except ValueError as error:
            self.problem.setText(str(error))
            self.problem.show()
            return
        self.problem.hide()
        if changed != self._values:
            self._values = changed
            self.changed.emit(arguments_text(changed))


def _as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else dump(value, ascii_only=False)
