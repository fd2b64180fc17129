"""3 · How: the four numbers, each with its meaning and its bounds."""

from __future__ import annotations

from PySide6.QtCore import Signal

from tunedesk.core.auto import BASE_LEARNING_RATE, Resolved
from tunedesk.core.jobs import Hyperparameters
from tunedesk.services.readiness import BOUNDS, RATE_BOUNDS
from tunedesk.ui.pages.new_fine_tune.number_field import Bounds, NumberField
from tunedesk.ui.widgets.form_grid import add_line, form_grid
from tunedesk.ui.widgets.layout import Card

DEFAULT_SEED = 42
_LARGEST_SEED = 2**31 - 1


class HowCard(Card):
    """`changed()` after every edit; `problem` is why an entry is refused."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__(self.tr("3 · How"))
        self.n_epochs = NumberField(
            "n_epochs",
            self.tr("Passes over the data. More can memorise."),
            Bounds(*BOUNDS["n_epochs"]),
        )
        self.batch_size = NumberField(
            "batch_size",
            self.tr("Rows per step. Larger is steadier, and needs more memory."),
            Bounds(*BOUNDS["batch_size"]),
        )
        self._takes_rate = False
        self.learning_rate = NumberField(*self._factor())
        self.seed_field = NumberField(
            "seed",
            self.tr("The same data and seed give the same model here."),
            Bounds(0, _LARGEST_SEED, may_be_auto=False),
            value=DEFAULT_SEED,
        )
        self.fields = (self.n_epochs, self.batch_size, self.learning_rate, self.seed_field)
        grid = form_grid()
        for field in self.fields:
            field.setParent(self)
            field.changed.connect(self.changed)
            label = add_line(grid, field.label, field.edit, field.hint)
            if field is self.learning_rate:
                self._rate_label = label
        self.body.addLayout(grid)

    def _factor(self) -> tuple[str, str, Bounds]:
        told = self.tr("Multiplier on this model's base rate of {rate:g}.")
        return (
            self.tr("learning rate ×"),
            told.format(rate=BASE_LEARNING_RATE),
            Bounds(0, BOUNDS["learning_rate_multiplier"][1], whole=False, above_low=True),
        )

    def _rate(self) -> tuple[str, str, Bounds]:
        return (
            self.tr("learning rate"),
            self.tr("The rate itself, such as 0.00002: this provider takes no multiplier."),
            Bounds(0, RATE_BOUNDS[1], whole=False, above_low=True),
        )

    def ask_rate(self, takes_rate: bool) -> None:
        """Ask for the learning rate itself, or for a multiplier."""
        if takes_rate != self._takes_rate:
            self._takes_rate = takes_rate
            self.learning_rate.restate(*(self._rate() if takes_rate else self._factor()))
            self._rate_label.setText(self.learning_rate.label)

    @property
    def problem(self) -> str:
        refused = next((field for field in self.fields if field.problem), None)
        return f"{refused.label}: {refused.problem}" if refused else ""

    @property
    def hyperparameters(self) -> Hyperparameters:
        """As they are sent: a number, or "auto"."""
        epochs, batch, rate = (field.value for field in self.fields[:3])
        return Hyperparameters(
            n_epochs="auto" if epochs is None else int(epochs),
            batch_size="auto" if batch is None else int(batch),
            learning_rate_multiplier="auto" if rate is None else float(rate),
        )

    @property
    def seed(self) -> int:
        return int(self.seed_field.value or 0)

    def show_resolved(self, resolved: Resolved) -> None:
        """Say what every auto stands for."""
        self.n_epochs.show_resolved(resolved.n_epochs)
        self.batch_size.show_resolved(resolved.batch_size)
        multiplier = resolved.learning_rate_multiplier
        self.learning_rate.show_resolved(None if self._takes_rate else multiplier)
