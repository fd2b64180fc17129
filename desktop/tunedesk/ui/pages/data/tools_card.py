"""The functions a row declares, as forms; and whether several may be called at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from tunedesk.core.json_layout import formatted
from tunedesk.core.json_text import JSONTextError, dump, parse_text
from tunedesk.ui.pages.data.held_line import HeldLine
from tunedesk.ui.pages.data.json_box import JsonBox
from tunedesk.ui.pages.data.long_text import LongText
from tunedesk.ui.pages.data.special_text import escaped
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.buttons import IconButton, button
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.layout import Card, row, rule
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel

_MOST = 20
_PARALLEL = (None, True, False)


class ToolsCard(QWidget):
    """`changed(key, value)` of the row's own keys; None takes the key away. `modernise_asked()`."""

    changed = Signal(str, object)
    modernise_asked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tools: list[Any] = []
        self.functions: list[FunctionForm] = []
        self.title = button("", self._toggle, look="link", name=self.tr("Tools of this row"))
        self.title.setCheckable(True)
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.old = button(self.tr("Write as tools"), self.modernise_asked.emit, look="link")
        self.old_words = PlainLabel(
            self.tr("This row uses the deprecated functions."), "second", wrap=True
        )
        self._body = QWidget()
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self.add = button(self.tr("+ Function"), self._add, look="quiet")
        self.parallel = ChoiceBox(theme, self.tr("Calls at once"))
        self.parallel.addItems([self.tr("not said"), self.tr("allowed"), self.tr("not allowed")])
        self.parallel.activated.connect(self._parallel_chosen)
        self._arrange()

    def _arrange(self) -> None:
        calls_at_once = PlainLabel(self.tr("calls at once"), "second")
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.addLayout(self._list)
        inner.addLayout(row(self.add, None, calls_at_once, self.parallel))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        line = row(self.title, margins=(11, 4, 11, 4))
        old = row(self.old_words, self.old, margins=(14, 0, 11, 4))
        old.setStretch(0, 1)
        box.addLayout(line)
        box.addLayout(old)
        wrapped = row(self._body, margins=(14, 0, 11, 6))
        box.addLayout(wrapped)
        box.addWidget(rule())
        self._body.hide()

    def show_row(self, value: Mapping[str, Any], *, has_old: bool) -> None:
        """Show what the parsed row declares; hidden while it declares nothing."""
        tools = value.get("tools")
        self._tools = tools if isinstance(tools, list) else []
        names = [_name(_function(tool)) for tool in self._tools]
        mark = "▾" if self.title.isChecked() else "▸"
        words = ", ".join(names[:6]) if names else self.tr("none")
        self.title.setText(self.tr("{mark} Tools: {names}").format(mark=mark, names=words))
        for part in (self.old, self.old_words):
            part.setVisible(has_old)
        flag = value.get("parallel_tool_calls")
        self.parallel.setCurrentIndex(_PARALLEL.index(flag) if isinstance(flag, bool) else 0)
        if self.title.isChecked():
            self._show_functions()
        self.setVisible(bool(self._tools) or has_old or self.title.isChecked())

    def open(self) -> None:
        """Show the card unfolded, also where the row declares nothing yet."""
        self.show()
        if not self.title.isChecked():
            self.title.setChecked(True)
            self._toggle()
        self.add.setFocus()

    def fold(self) -> None:
        """Another row is shown now."""
        if self.title.isChecked():
            self.title.setChecked(False)
            self._toggle()

    def commit(self) -> None:
        for form in list(self.functions):
            if not form.isHidden() and not self._body.isHidden():
                form.commit()

    def _toggle(self) -> None:
        is_open = self.title.isChecked()
        self._body.setVisible(is_open)
        self.title.setText(("▾" if is_open else "▸") + self.title.text()[1:])
        if is_open:
            self._show_functions()

    def _show_functions(self) -> None:
        shown = self._tools[:_MOST]
        while len(self.functions) < len(shown):
            index = len(self.functions)
            form = FunctionForm(index + 1, self._theme)
            form.changed.connect(partial(self._function_changed, index))
            form.removed.connect(partial(self._function_removed, index))
            self.functions.append(form)
            self._list.addWidget(form)
        for index, form in enumerate(self.functions):
            form.setVisible(index < len(shown))
            if index < len(shown):
                form.show_function(_function(shown[index]))

    def _function_changed(self, index: int, function: object) -> None:
        tools = list(self._tools)
        holder = tools[index] if isinstance(tools[index], dict) else {"type": "function"}
        tools[index] = {**holder, "function": function}
        self._tools = tools
        self.changed.emit("tools", tools)

    def _function_removed(self, index: int) -> None:
        tools = [tool for at, tool in enumerate(self._tools) if at != index]
        self.changed.emit("tools", tools or None)

    def _add(self) -> None:
        self.commit()
        taken = {_name(_function(tool)) for tool in self._tools}
        number = next(n for n in range(1, len(taken) + 2) if f"function_{n}" not in taken)
        parameters = {"type": "object", "properties": {}}
        function = {"name": f"function_{number}", "description": "", "parameters": parameters}
        self.changed.emit("tools", [*self._tools, {"type": "function", "function": function}])
        if self.functions:
            self.functions[min(len(self._tools), _MOST) - 1].name.setFocus()

    def _parallel_chosen(self, index: int) -> None:
        self.changed.emit("parallel_tool_calls", _PARALLEL[index])


class FunctionForm(Card):
    """`changed(function)` with the whole declaration, `removed()`."""

    changed = Signal(object)
    removed = Signal()

    def __init__(self, number: int, theme: Theme) -> None:
        super().__init__(look="card-sunken")
        self._function: dict[str, Any] = {}
        self.name = HeldLine(theme)
        self.name.setAccessibleName(self.tr("Name of function {n}").format(n=number))
        self.about = LongText(theme, self.tr("What function {n} does").format(n=number), look="")
        words = self.tr("Parameters of function {n}, a JSON schema").format(n=number)
        self.parameters = JsonBox(theme, words, wants_valid=True)
        remove = IconButton(theme, "close", self.tr("Remove function"), self.removed.emit)
        self.name.editingFinished.connect(self._name_entered)
        self.about.committed.connect(lambda text: self._set("description", text))
        self.parameters.committed.connect(self._parameters_entered)
        self.body.setContentsMargins(10, 8, 8, 8)
        self.body.setSpacing(5)
        head = row(self.name, remove)
        head.setStretch(0, 1)
        self.body.addLayout(head)
        self.body.addWidget(self.about)
        self.body.addWidget(ElidedLabel(self.tr("Parameters (JSON schema)"), "second"))
        self.body.addWidget(self.parameters)

    def show_function(self, function: Mapping[str, Any]) -> None:
        self._function = dict(function)
        name, about = _name(function), function.get("description")
        self.name.show_held(name)
        self.about.show_text(about if isinstance(about, str) else "")
        parameters = function.get("parameters")
        if self._typed_parameters() != (parameters,):
            text = "" if parameters is None else escaped(_pretty(parameters))
            self.parameters.show_text(text)

    def commit(self) -> None:
        self._name_entered()
        self.about.edit.commit()
        self.parameters.edit.commit()

    def _typed_parameters(self) -> tuple[object, ...]:
        """The value of what stands in the box, in a tuple; () where it is no JSON."""
        try:
            return (parse_text(self.parameters.edit.toPlainText()),)
        except JSONTextError:
            return ()

    def _name_entered(self) -> None:
        if self.name.isModified() and self.name.text() != _name(self._function):
            self._set("name", self.name.text())

    def _parameters_entered(self, text: str) -> None:
        self._set("parameters", parse_text(text))

    def _set(self, key: str, value: object) -> None:
        self._function = {**self._function, key: value}
        self.changed.emit(self._function)


def _function(tool: object) -> Mapping[str, Any]:
    function = tool.get("function") if isinstance(tool, Mapping) else None
    return function if isinstance(function, Mapping) else {}


def _name(function: Mapping[str, Any]) -> str:
    name = function.get("name")
    return name if isinstance(name, str) else ""


def _pretty(value: object) -> str:
    return formatted(dump(value, ascii_only=False))
