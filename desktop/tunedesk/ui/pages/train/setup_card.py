"""What the job was started with, and what its curve says."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt

from tunedesk.core.retirement import base_of
from tunedesk.services.train.training import JobView
from tunedesk.ui.pages.train.progress import asked_method, settings_of
from tunedesk.ui.pages.train.wording import reading_sentence
from tunedesk.ui.retirement_words import retirement_words
from tunedesk.ui.widgets.job_words import short_model_name
from tunedesk.ui.widgets.layout import Card, KeyValues, rule
from tunedesk.ui.widgets.text import PlainLabel


class SetupCard(Card):
    """Name and value pairs, then one sentence that reads the curve."""

    def __init__(self) -> None:
        super().__init__(self.tr("Setup"))
        self.values = KeyValues()
        self.end = PlainLabel("", "second", wrap=True)
        self.reading = PlainLabel("", "second", wrap=True)
        self.reading.setMinimumHeight(66)  # four lines: a longer sentence moves nothing
        self.reading.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.body.addWidget(self.values)
        self.body.addWidget(self.end)
        self.body.addSpacing(4)
        self.body.addWidget(rule())
        self.body.addWidget(self.reading)
        self.body.addStretch()

    def show_job(self, view: JobView) -> None:
        lines = self._lines(view)
        for name, value in lines.items():
            self.values.set(name, value)
        self.values.show_only(list(lines))
        self.reading.setText(reading_sentence(view))
        known = view.base_end
        self.end.setVisible(known is not None)
        if known is not None:
            name = short_model_name(base_of(view.record.base_model))
            self.end.setText(retirement_words(name, known, date.today()))

    def _lines(self, view: JobView) -> dict[str, str]:
        record = view.record
        settings = {
            self.tr("learning rate ×") if name == "learning_rate_multiplier" else name: (
                self.tr("{value} · auto").format(value=value) if is_auto else value
            )
            for name, (value, is_auto) in settings_of(view).items()
        }
        return {
            self.tr("Method"): self._method(view),
            self.tr("Base"): short_model_name(record.base_model),
            self.tr("Train rows"): f"{record.n_train:,}",
            self.tr("Test rows"): f"{record.n_held_out:,}",
            **settings,
            "seed": self._seed(view),
            self.tr("Cost"): self._cost(view),
        }

    def _method(self, view: JobView) -> str:
        kind = asked_method(view.record.request)
        known = {"supervised": self.tr("supervised"), "dpo": self.tr("preferences (DPO)")}
        return known.get(kind, kind)

    def _seed(self, view: JobView) -> str:
        state = view.record.state
        seed = state.seed if state is not None else view.record.request.get("seed")
        return str(seed) if seed is not None else self.tr("not told")

    def _cost(self, view: JobView) -> str:
        return self.tr("free") if view.is_free else self.tr("not known")
