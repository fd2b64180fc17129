"""How a provider differs from OpenAI: each switch a line, with words instead of field names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from PySide6.QtWidgets import QCheckBox, QWidget

from tunedesk.services.providers.setup import Profile
from tunedesk.ui.pages.settings.entries import (
    json_text,
    lines_of,
    parted,
    read_json,
    read_lines,
    text_field,
)
from tunedesk.ui.theme import Theme
from tunedesk.ui.widgets.choice_box import ChoiceBox
from tunedesk.ui.widgets.form_grid import add_line, form_grid
from tunedesk.ui.widgets.number_box import NumberBox
from tunedesk.ui.widgets.text_boxes import LineEdit, PlainEdit

_MIB = 1_048_576


class QuirksForm(QWidget):
    """Filled from a profile; `changed` gives it back with what was chosen."""

    def __init__(self, theme: Theme, profile: Profile, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._grid = form_grid()
        self._add_sent(profile)
        self._add_training(profile)
        self.setLayout(self._grid)

    def _add_sent(self, profile: Profile) -> None:
        self.key_header = LineEdit(profile.key_header)
        self._add(self.tr("Key goes in header"), self.key_header)
        self.headers = self._text(
            self.tr("Extra headers"),
            lines_of(profile.extra_headers, profile.secret_headers),
            self.tr("name: value, one a line; keys among them go into the keyring"),
        )
        self.query = self._text(
            self.tr("Extra query"), lines_of(profile.extra_query), self.tr("api-version: …")
        )
        self.body = self._text(
            self.tr("Extra body"),
            json_text(profile.extra_body),
            self.tr('JSON that is added when a job is created, such as {"lora": true}'),
        )

    def _add_training(self, profile: Profile) -> None:
        self.trains = self._check(self.tr("It can fine-tune"), profile.trains)
        self.hyperparameters = self._choice(
            self.tr("Hyperparameters"),
            (("method", self.tr("inside “method”")), ("top_level", self.tr("at the top level"))),
            profile.hyperparameters_in,
        )
        self.learning_rate = self._choice(
            self.tr("Learning rate"),
            (("factor", self.tr("a multiplier")), ("absolute", self.tr("the rate itself"))),
            profile.learning_rate,
        )
        self.metrics = self._choice(
            self.tr("Losses come in"),
            (("events", self.tr("events")), ("checkpoints", self.tr("checkpoints only"))),
            profile.metrics_in,
        )
        self.validation = self._choice(
            self.tr("Held-out rows"),
            (
                (None, self.tr("nobody knows whether they are billed")),
                (False, self.tr("not billed")),
                (True, self.tr("billed")),
            ),
            profile.validation_billed,
        )
        self.hosting = self._choice(
            self.tr("Keeping a tuned model"),
            (
                (None, self.tr("nobody knows whether it is billed")),
                (False, self.tr("costs nothing")),
                (True, self.tr("is billed by the hour or by the day")),
            ),
            profile.hosting_billed,
        )
        self.uploads = self._check(self.tr("Takes large files in parts"), profile.uploads)
        self.uploads_from = self._number(
            self.tr("In parts above"), profile.uploads_from_bytes // _MIB, (1, 4096), " MiB"
        )
        self.empty_json = self._check(
            self.tr("Cancelling and pausing need a JSON body"), profile.empty_json
        )
        self.pause = self._check(self.tr("A job can be paused"), profile.pause)
        self.checkpoints = self._check(self.tr("It keeps checkpoints"), profile.checkpoints)
        self.min_examples = self._number(
            self.tr("Fewest rows"), profile.min_examples, (1, 1_000_000)
        )
        self.max_row_tokens = self._number(
            self.tr("Longest row"),
            profile.max_row_tokens or 0,
            (0, 100_000_000),
            self.tr(" tokens"),
        )
        self.max_row_tokens.setSpecialValueText(self.tr("not known"))

    def changed(self, profile: Profile) -> tuple[Profile, dict[str, str]]:
        """The profile as it is filled in now, and new values of secret headers.

        Raises TunedeskError for a text that cannot be read.
        """
        headers = read_lines(self.headers.toPlainText(), self.tr("Extra headers"))
        plain, secret, new = parted(headers)
        made = msgspec.structs.replace(
            profile,
            key_header=self.key_header.text().strip() or "Authorization",
            extra_headers=plain,
            secret_headers=secret,
            extra_query=read_lines(self.query.toPlainText(), self.tr("Extra query")),
            extra_body=read_json(self.body.toPlainText(), self.tr("Extra body")),
            trains=self.trains.isChecked(),
            hyperparameters_in=self.hyperparameters.currentData(),
            learning_rate=self.learning_rate.currentData(),
            metrics_in=self.metrics.currentData(),
            validation_billed=self.validation.currentData(),
            hosting_billed=self.hosting.currentData(),
            uploads=self.uploads.isChecked(),
            uploads_from_bytes=self.uploads_from.value() * _MIB,
            empty_json=self.empty_json.isChecked(),
            pause=self.pause.isChecked(),
            checkpoints=self.checkpoints.isChecked(),
            min_examples=self.min_examples.value(),
            max_row_tokens=self.max_row_tokens.value() or None,
        )
        return made, new

    # -- parts ---------------------------------------------------------------------------------

    def _add(self, name: str, control: QWidget) -> None:
        control.setAccessibleName(name)
        add_line(self._grid, name, control)

    def _text(self, name: str, text: str, hint: str) -> PlainEdit:
        made = text_field(name, text, hint)
        self._add(name, made)
        return made

    def _check(self, name: str, is_on: bool) -> QCheckBox:
        made = QCheckBox(name)
        made.setChecked(is_on)
        made.setAccessibleName(name)
        self._grid.addWidget(made, self._grid.rowCount(), 1, 1, 2)
        return made

    def _choice(self, name: str, options: Sequence[tuple[Any, str]], chosen: Any) -> ChoiceBox:
        made = ChoiceBox(self._theme, name)
        for value, words in options:
            made.addItem(words, value)
        made.setCurrentIndex(next((i for i, (v, _) in enumerate(options) if v == chosen), 0))
        self._add(name, made)
        return made

    def _number(self, name: str, value: int, span: tuple[int, int], unit: str = "") -> NumberBox:
        made = NumberBox(name, *span)
        made.setValue(value)
        made.setSuffix(unit)
        self._add(name, made)
        return made
