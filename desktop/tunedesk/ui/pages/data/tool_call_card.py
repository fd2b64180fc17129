"""One tool call of an assistant's message: which function, with which arguments, under which id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from tunedesk.ui.pages.data.arguments_form import ArgumentsForm
from tunedesk.ui.pages.data.held_line import HeldLine
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import IconButton, button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import PlainLabel

Call = dict[str, Any]
Schemas = Mapping[str, object]


class ToolCallCard(Card):
    """`changed(call)` with the whole call, `removed()`."""

    changed = Signal(object)
    removed = Signal()

    def __init__(self, number: int, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(look="card-sunken", parent=parent)
        self._call: Call = {}
        self._schemas: Schemas = {}
        self._wants_json = False
        self._shown_name = ""
        self.name = ChoiceBox(theme, self.tr("Function of call {n}").format(n=number))
        self.name.setEditable(True)
        self._name_line = HeldLine(theme)
        self.name.setLineEdit(self._name_line)
        self.name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.name.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.name.setMinimumWidth(80)
        self.id = HeldLine(theme)
        self.id.setAccessibleName(self.tr("Id of call {n}").format(n=number))
        self.id.setMinimumWidth(60)
        self.as_json = button("JSON", self._toggle_json, look="filter", name=self.tr("As JSON"))
        self.remove = IconButton(theme, "close", self.tr("Remove call"), self.removed.emit)
        self.arguments = ArgumentsForm(theme)
        self._arrange()
        self.name.activated.connect(lambda _index: self._name_entered())
        self._name_line.setAccessibleName(self.name.accessibleName())
        self._name_line.editingFinished.connect(self._name_entered)
        self.id.editingFinished.connect(self._id_entered)
        self.arguments.changed.connect(lambda text: self._set_function("arguments", text))

    def _arrange(self) -> None:
        self.body.setContentsMargins(10, 8, 8, 8)
        self.body.setSpacing(6)
        head = row(PlainLabel(self.tr("calls"), "second"), self.name, self.as_json, self.remove)
        head.setStretch(1, 1)
        self.body.addLayout(head)
        self.body.addWidget(self.arguments)
        self.body.addLayout(row(PlainLabel(self.tr("id"), "second"), self.id))

    def show_call(self, call: Mapping[str, Any], schemas: Schemas) -> None:
        """Show a call; `schemas` are the row's functions by name, each with its parameters."""
        self._call, self._schemas = dict(call), schemas
        function = self._function()
        name = function.get("name")
        name = name if isinstance(name, str) else ""
        names = list(dict.fromkeys([*schemas, *([name] if name else [])]))
        if [self.name.itemText(i) for i in range(self.name.count())] != names:
            self.name.clear()
            self.name.addItems(names)
        if self.name.currentText() != name:
            self.name.setCurrentText(name)
        self._shown_name = self.name.currentText()
        self._name_line.hold(name)
        call_id = self._call.get("id")
        self.id.show_held(call_id if isinstance(call_id, str) else "")
        can_form = self.arguments.show_arguments(
            function.get("arguments"), schemas.get(name), as_json=self._wants_json
        )
        self.as_json.setVisible(can_form)
        self.as_json.setChecked(self._wants_json)

    def commit(self) -> None:
        """Write down what is still being typed."""
        self._name_entered()
        self._id_entered()
        self.arguments.commit()

    def _toggle_json(self) -> None:
        self.arguments.commit()
        self._wants_json = not self._wants_json
        self.show_call(self._call, self._schemas)

    def _function(self) -> dict[str, Any]:
        function = self._call.get("function")
        return dict(function) if isinstance(function, Mapping) else {}

    def _name_entered(self) -> None:
        name = self.name.currentText()
        if name and name != self._shown_name:
            self._shown_name = name
            self._set_function("name", name)

    def _id_entered(self) -> None:
        if self.id.isModified() and self.id.text() != self._call.get("id"):
            self._emit({**self._call, "id": self.id.text()})

    def _set_function(self, key: str, value: object) -> None:
        self._emit({**self._call, "function": {**self._function(), key: value}})

    def _emit(self, call: Call) -> None:
        self._call = call
        self.changed.emit(call)
