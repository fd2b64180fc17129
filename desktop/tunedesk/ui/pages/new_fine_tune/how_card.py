"""3 · How: the numbers, each with its meaning and its bounds."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from tunedesk.core.auto import (
    BASE_LEARNING_RATE,
    DPO_BASE_LEARNING_RATE,
    DPO_LEARNING_RATE,
    Resolved,
    ResolvedDpo,
)
from tunedesk.core.jobs import DpoHyperparameters, Hyperparameters, Method
from tunedesk.services.train.plan_checks import BETA_BOUNDS, BOUNDS, RATE_BOUNDS
from tunedesk.services.train.training import ProviderChoice
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
        self.method: Method = "supervised"
        self._rate_kind = (False, True)  # whether it is the rate itself, and by our own rule
        self.learning_rate = NumberField(*self._factor())
        self.seed_field = NumberField(
            "seed",
            self.tr("The same data and seed give the same model here."),
            Bounds(0, _LARGEST_SEED, may_be_auto=False),
            value=DEFAULT_SEED,
        )
        self.beta = NumberField(
            "beta",
            self.tr("How firmly it is held to the model it starts from. 0.1 is usual."),
            Bounds(0, BETA_BOUNDS[1], whole=False, above_low=True),
        )
        self.fields = (self.n_epochs, self.batch_size, self.learning_rate, self.seed_field)
        grid = form_grid()
        for field in (*self.fields, self.beta):
            field.setParent(self)
            field.changed.connect(self.changed)
            label = add_line(grid, field.label, field.edit, field.hint)
            if field is self.learning_rate:
                self._rate_label = label
            elif field is self.beta:
                self._of_pairs: tuple[QWidget, ...] = (label, field.edit, field.hint)
        self.body.addLayout(grid)
        self._show_beta()

    def learn_from(self, method: Method) -> None:
        """Ask for what this way of learning has; the rate's meaning is another, too."""
        if method != self.method:
            self.method = method
            self._show_beta()
            if not self._rate_kind[0]:
                self.learning_rate.explain(self._factor()[1])

    def _show_beta(self) -> None:
        for part in self._of_pairs:
            part.setVisible(self.method == "dpo")

    def _factor(self) -> tuple[str, str, Bounds]:
        told = self.tr("Multiplier on this model's base rate of {rate:g}.")
        if self.method == "dpo":
            told = self.tr("Multiplier on {tuned:g} from a tuned model, {base:g} from a base.")
        elsewhere = self.tr("Multiplier on the rate that is chosen there.")
        return (
            self.tr("learning rate ×"),
            told.format(
                rate=BASE_LEARNING_RATE, tuned=DPO_LEARNING_RATE, base=DPO_BASE_LEARNING_RATE
            )
            if self._rate_kind[1]
            else elsewhere,
            Bounds(0, BOUNDS["learning_rate_multiplier"][1], whole=False, above_low=True),
        )

    def _rate(self) -> tuple[str, str, Bounds]:
        return (
            self.tr("learning rate"),
            self.tr("The rate itself, such as 0.00002: this provider takes no multiplier."),
            Bounds(0, RATE_BOUNDS[1], whole=False, above_low=True),
        )

    def suit(self, choice: ProviderChoice) -> None:
        """Ask as the place wants it: for the learning rate itself, or for a multiplier."""
        for field in (*self.fields[:3], self.beta):
            field.show_resolved(None)  # what auto stood for elsewhere
        before, self._rate_kind = self._rate_kind, (choice.takes_rate, choice.is_engine)
        if self._rate_kind == before:
            return
        label, meaning, bounds = self._rate() if choice.takes_rate else self._factor()
        if choice.takes_rate == before[0]:
            self.learning_rate.explain(meaning)
            return
        self.learning_rate.restate(label, meaning, bounds)
        self._rate_label.setText(self.learning_rate.label)

    @property
    def problem(self) -> str:
        asked = (*self.fields, self.beta) if self.method == "dpo" else self.fields
        refused = next((field for field in asked if field.problem), None)
        return f"{refused.label}: {refused.problem}" if refused else ""

    @property
    def hyperparameters(self) -> Hyperparameters:
        """As they are sent: a number, or "auto"."""
        epochs, batch, rate = (field.value for field in self.fields[:3])
        asked = Hyperparameters(
            n_epochs="auto" if epochs is None else int(epochs),
            batch_size="auto" if batch is None else int(batch),
            learning_rate_multiplier="auto" if rate is None else float(rate),
        )
        if self.method != "dpo":
            return asked
        beta = self.beta.value
        return DpoHyperparameters(
            n_epochs=asked.n_epochs,
            batch_size=asked.batch_size,
            learning_rate_multiplier=asked.learning_rate_multiplier,
            beta="auto" if beta is None else float(beta),
        )

    def fill(self, asked: Hyperparameters, seed: int) -> None:
        """Numbers of a job that is to be repeated; the person may change them."""
        numbers = (asked.n_epochs, asked.batch_size, asked.learning_rate_multiplier)
        for field, number in zip(self.fields, numbers, strict=False):
            field.fill(None if number == "auto" else number)
        self.seed_field.fill(seed)
        beta = asked.beta if isinstance(asked, DpoHyperparameters) else "auto"
        self.beta.fill(None if beta == "auto" else beta)

    @property
    def seed(self) -> int:
        return int(self.seed_field.value or 0)

    def show_resolved(self, resolved: Resolved | ResolvedDpo, *, is_told: bool) -> None:
        """Say what every auto stands for; batch and rate only where the provider told its rule."""
        self.n_epochs.show_resolved(resolved.n_epochs)
        self.batch_size.show_resolved(resolved.batch_size if is_told else None)
        knows_rate = is_told and not self._rate_kind[0]
        self.learning_rate.show_resolved(resolved.learning_rate_multiplier if knows_rate else None)
        if isinstance(resolved, ResolvedDpo):
            self.beta.show_resolved(resolved.beta if is_told else None)
