"""What is taught, apart from how a run goes: what a batch costs, and how that is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tunedesk.engine.training.model import Outcome, Trainee
from tunedesk.engine.training.rows import Row

Sums = list[float]


class Lesson(Protocol):
    """A method of fine-tuning. Sums are made to be added over parts of a batch or a file."""

    @property
    def train(self) -> Sequence[Any]:
        """What is learned from."""

    @property
    def held_out(self) -> Sequence[Any]:
        """What is only judged; may be empty."""

    def begin(self) -> None:
        """Called once before the first step, when the weights are those the job starts from."""

    def n_tokens(self, item: Any) -> int:
        """Tokens that one item takes through the model."""

    def learn(self, items: Sequence[Any], batch: Sequence[Any]) -> Sums:
        """Adds the gradient of what `items`, a part of `batch`, add to the batch's mean loss."""

    def judge(self, items: Sequence[Any]) -> Sums:
        """The same sums, without learning."""

    def metrics(self, sums: Sums, prefix: str) -> dict[str, float]:
        """Metrics named `<prefix>_…`; `<prefix>_loss` is the mean of what is minimised."""


class Supervised:
    """Says the assistant's tokens: cross-entropy, a mean over the tokens of a batch."""

    def __init__(self, trainee: Trainee, train: Sequence[Row], held_out: Sequence[Row]) -> None:
        self._trainee = trainee
        self.train = train
        self.held_out = held_out

    def begin(self) -> None:
        """Nothing to prepare."""

    def n_tokens(self, item: Row) -> int:
        return len(item.tokens)

    def learn(self, items: Sequence[Row], batch: Sequence[Row]) -> Sums:
        n_targets = sum(row.n_targets for row in batch)
        return _sums(self._trainee.learn(items, n_targets) if items else Outcome())

    def judge(self, items: Sequence[Row]) -> Sums:
        return _sums(self._trainee.judge(items) if items else Outcome())

    def metrics(self, sums: Sums, prefix: str) -> dict[str, float]:
        loss_sum, n_right, n_targets = sums
        return {
            f"{prefix}_loss": loss_sum / n_targets,
            f"{prefix}_mean_token_accuracy": n_right / n_targets,
        }


def _sums(outcome: Outcome) -> Sums:
    return [outcome.loss_sum, float(outcome.n_right), float(outcome.n_targets)]
