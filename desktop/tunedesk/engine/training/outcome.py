"""What a batch came to."""

from __future__ import annotations


class Outcome:
    """Sums over the targets of a batch."""

    def __init__(self, loss_sum: float = 0.0, n_right: int = 0, n_targets: int = 0) -> None:
        self.loss_sum = loss_sum
        self.n_right = n_right
        self.n_targets = n_targets

    def add(self, other: Outcome) -> None:
        """Adds another batch's sums."""
        self.loss_sum += other.loss_sum
        self.n_right += other.n_right
        self.n_targets += other.n_targets

    @property
    def loss(self) -> float:
        """Mean loss per target, in nats."""
        return self.loss_sum / self.n_targets

    @property
    def accuracy(self) -> float:
        """Share of targets that were the likeliest token."""
        return self.n_right / self.n_targets
