"""2 · What: the model to start from, the rows, and a name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from tunedesk.core.jobs import Method
from tunedesk.core.retirement import is_tuned, undated
from tunedesk.services.train.training import BaseModel
from tunedesk.ui.pages.new_fine_tune.rows_choice import RowsChoice
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.form_grid import add_line, form_grid
from tunedesk.ui.widgets.layout import Card, row
from tunedesk.ui.widgets.text import ElidedLabel, PlainLabel
from tunedesk.ui.widgets.text_boxes import LineEdit

MAX_NAME = 64


class WhatCard(Card):
    """`changed()` when the model or the name changes."""

    changed = Signal()

    def __init__(self, theme: Theme, rows: RowsChoice) -> None:
        super().__init__(self.tr("2 · What"))
        self.rows = rows
        self.model = ChoiceBox(theme, self.tr("Base model"))
        self.method = PlainLabel("", "chip-accent")
        self.method_note = ElidedLabel()
        self.method_note.set_look("second")
        self.name = LineEdit()
        self.name.setMaxLength(MAX_NAME)
        self.name.setAccessibleName(self.tr("Name"))
        self._wanted = self._voted = ""
        self._method: Method = "supervised"
        self._is_chosen = False
        self.show_method("supervised")
        self.model.activated.connect(lambda _n: self._forget_wish())
        self.model.currentIndexChanged.connect(self.changed)
        self.name.textChanged.connect(self.changed)
        self._arrange()

    def _arrange(self) -> None:
        grid = form_grid()
        method = QWidget()
        method.setLayout(row(self.method, self.method_note, spacing=8))
        add_line(grid, self.tr("Base model"), self.model)
        add_line(grid, self.tr("Method"), method)
        add_line(grid, self.tr("Train on"), self.rows.train_box)
        add_line(grid, self.tr("Test on"), self.rows.test_box)
        add_line(grid, self.tr("Name"), self.name)
        self.body.addLayout(grid)

    def show_method(self, method: Method) -> None:
        """The rows decide: pairs teach preferences, all others replies.

        Preferences are learned after replies: until the person chooses, a tuned model is offered.
        """
        is_other, self._method = method != self._method, method
        if is_other and not self._is_chosen and not self._wanted:
            self.model.setCurrentIndex(self._suggested())
        if method == "dpo":
            self.method.setText(self.tr("Preferences (DPO)"))
            self.method_note.setText(self.tr("learns to prefer one reply of each pair"))
        else:
            self.method.setText(self.tr("Supervised"))
            self.method_note.setText(self.tr("learns the replies in the train rows"))

    def suggest(self, model_id: str) -> None:
        """The model that pairs were voted on, "" for none: they go on from it, whatever was chosen
        for other rows, until the person chooses."""
        self._voted = model_id
        if model_id:
            self._wanted, self._is_chosen = "", False
        if not (self._wanted or self._is_chosen):
            self.model.setCurrentIndex(self._suggested())

    def want(self, model_id: str) -> None:
        """Choose a model as soon as it is offered, until the person chooses another."""
        self._wanted = model_id
        place = self._place_of(model_id)
        if place >= 0:
            self.model.setCurrentIndex(place)

    def _place_of(self, model_id: str) -> int:
        """Where a model stands in the list, else a version of it with a date; -1 for neither."""
        ids = [str(self.model.itemData(place)) for place in range(self.model.count())]
        for names in (ids, [undated(one) for one in ids]):
            if model_id in names:
                return names.index(model_id)
        return -1

    def _forget_wish(self) -> None:
        self._wanted = ""
        self._is_chosen = True

    def _suggested(self) -> int:
        """For preferences the model that was voted on, else the newest tuned one; for replies the
        first base; 0 if there is none."""
        ids = [str(self.model.itemData(place)) for place in range(self.model.count())]
        wants_tuned = self._method == "dpo"
        if wants_tuned and self._voted in ids:
            return ids.index(self._voted)
        fitting = (n for n, one in enumerate(ids) if is_tuned(one) == wants_tuned)
        return next(fitting, 0)

    def offer(self, models: Sequence[BaseModel]) -> bool:
        """Offer `models`, keeping the one that is chosen if it is among them.

        True if another model is chosen than before.
        """
        before = self.model_id
        keeps = self._is_chosen or self._method == "supervised"
        wanted = self._wanted or (before if keeps else "")
        self.model.blockSignals(True)
        self.model.clear()
        for model in models:
            self.model.addItem(self._label(model), model.id)
        found = self._place_of(wanted) if wanted else -1
        self.model.setCurrentIndex(found if found >= 0 else self._suggested())
        self.model.blockSignals(False)
        self.model.setEnabled(bool(models))
        return self.model_id != before

    def _label(self, model: BaseModel) -> str:
        words = {
            "tuned": self.tr("{name} · tuned, to tune further"),
            "checkpoint": self.tr("{name} · checkpoint, to tune further"),
        }
        return words.get(model.kind, "{name}").format(name=model.label)

    @property
    def model_id(self) -> str:
        return str(self.model.currentData() or "")

    @property
    def name_text(self) -> str:
        """The name without blanks around it."""
        return self.name.text().strip()

    @property
    def problem(self) -> str:
        """Why this cannot be started as it is, empty when it can."""
        if not self.model_id:
            return self.tr("No base model is known yet at this place.")
        return "" if self.name_text else self.tr("Give the fine-tune a name.")
