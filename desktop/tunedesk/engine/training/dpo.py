"""Direct preference optimisation: the preferred answer gains on the other one.

Rafailov et al. 2023, "Direct Preference Optimization: Your Language Model is Secretly a Reward
Model", equation 7. With margin = (log p(w) − log r(w)) − (log p(l) − log r(l)), where w and l are
the preferred and the other answer, p the model and r the model as the job found it, the loss of
a pair is −log σ(β · margin). β · (log p − log r) is called the reward of an answer.

From a base that was never tuned this alone collapses into repetitions (measured), so there the
mean negative log-likelihood of the preferred answers' tokens is added.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save
from torch.nn import functional

from tunedesk.engine.training.checkpoint import replace_lasting, write_lasting
from tunedesk.engine.training.distributed import Group
from tunedesk.engine.training.lesson import Sums
from tunedesk.engine.training.model import Trainee
from tunedesk.engine.training.packing import groups
from tunedesk.engine.training.rows import Pair
from tunedesk.engine.training.spec import JobSpec

REFERENCE_FILE = "reference.safetensors"
_PART = 8  # pairs that are judged in one turn

Turn = Callable[[], AbstractContextManager[None]]


class Compared:
    """A pair, and the log-probabilities that the reference gives its two answers, in nats."""

    def __init__(self, pair: Pair) -> None:
        self.preferred = pair.preferred
        self.non_preferred = pair.non_preferred
        self.reference = (0.0, 0.0)

    @property
    def n_tokens(self) -> int:
        """Tokens of both answers with their prompt."""
        return len(self.preferred.tokens) + len(self.non_preferred.tokens)


class Preferences:
    """The lesson of preference pairs. `turn` gives the cores for one part of the work."""

    def __init__(
        self,
        trainee: Trainee,
        train: Sequence[Pair],
        held_out: Sequence[Pair],
        *,
        spec: JobSpec,
        job_folder: Path,
        group: Group,
        turn: Turn,
    ) -> None:
        self._trainee = trainee
        self.train = [Compared(pair) for pair in train]
        self.held_out = [Compared(pair) for pair in held_out]
        self._spec = spec
        self._path = job_folder / REFERENCE_FILE
        self._group = group
        self._turn = turn

    def begin(self) -> None:
        """Has the reference's log-probabilities: once computed, they stay with the job."""
        pairs = [*self.train, *self.held_out]
        found = self._stored(len(pairs))
        if found is None:
            found = self._computed(pairs)
            if self._group.is_first:
                self._store(found)
        for pair, (preferred, non_preferred) in zip(pairs, found.tolist(), strict=True):
            pair.reference = (preferred, non_preferred)

    def n_tokens(self, item: Compared) -> int:
        return item.n_tokens

    def learn(self, items: Sequence[Compared], batch: Sequence[Compared]) -> Sums:
        n_targets = sum(pair.preferred.n_targets for pair in batch)
        total = [0.0] * 6
        for part in self._parts(items):
            loss, likelihood, sums = self._compare(part)
            wanted = loss / len(batch) + self._spec.likelihood_weight * likelihood / n_targets
            wanted.backward()  # type: ignore[no-untyped-call]
            total = [a + b for a, b in zip(total, sums, strict=True)]
        return total

    @torch.no_grad()
    def judge(self, items: Sequence[Compared]) -> Sums:
        total = [0.0] * 6
        for part in self._parts(items):
            total = [a + b for a, b in zip(total, self._compare(part)[2], strict=True)]
        return total

    def metrics(self, sums: Sums, prefix: str) -> dict[str, float]:
        loss, likelihood, n_right, margin, n_pairs, n_targets = sums
        weighted = self._spec.likelihood_weight * likelihood / n_targets
        return {
            f"{prefix}_loss": loss / n_pairs + weighted,
            f"{prefix}_reward_accuracy": n_right / n_pairs,
            f"{prefix}_reward_margin": margin / n_pairs,
        }

    def _compare(self, part: Sequence[Compared]) -> tuple[torch.Tensor, torch.Tensor, Sums]:
        """Sums of the pairs' losses and of the preferred answers' negative log-likelihood."""
        preferred, other = self._log_probabilities(part)
        reference = torch.tensor([pair.reference for pair in part], device=preferred.device)
        margins = (preferred - reference[:, 0]) - (other - reference[:, 1])
        rewards = self._spec.beta * margins
        loss, likelihood = -functional.logsigmoid(rewards).sum(), -preferred.sum()
        sums = [loss.detach(), likelihood.detach(), (rewards > 0).sum(), rewards.detach().sum()]
        n_targets = sum(pair.preferred.n_targets for pair in part)
        return loss, likelihood, [*map(float, sums), float(len(part)), float(n_targets)]

    def _log_probabilities(self, part: Sequence[Compared]) -> tuple[torch.Tensor, torch.Tensor]:
        rows = [pair.preferred for pair in part] + [pair.non_preferred for pair in part]
        found = self._trainee.log_probabilities(rows)
        return found[: len(part)], found[len(part) :]

    def _parts(self, items: Sequence[Compared]) -> list[list[Compared]]:
        lengths = [pair.n_tokens for pair in items]
        limit = self._spec.micro_batch_tokens
        return [[items[at] for at in group] for group in groups(lengths, limit)]

    def _computed(self, pairs: Sequence[Compared]) -> torch.Tensor:
        """Shape (pairs, 2): float32. The sum over the group puts each one's share in place."""
        found = torch.zeros(len(pairs), 2)
        places = self._group.share(range(len(pairs)))
        for start in range(0, -(-len(pairs) // self._group.size), _PART):
            with self._turn():
                self._fill(found, pairs, places[start : start + _PART])
        total = self._group.sum(found.flatten().tolist())
        return torch.tensor(total, dtype=torch.float32).view(-1, 2)

    @torch.no_grad()
    def _fill(self, found: torch.Tensor, pairs: Sequence[Compared], places: Sequence[int]) -> None:
        for group in groups([pairs[at].n_tokens for at in places], self._spec.micro_batch_tokens):
            part = [places[at] for at in group]
            both = self._log_probabilities([pairs[at] for at in part])
            found[part] = torch.stack(both, dim=1).cpu()

    def _stored(self, n_pairs: int) -> torch.Tensor | None:
        try:
            found = load_file(self._path)["log_probabilities"]
        except (OSError, SafetensorError, KeyError):
            found = torch.zeros(0)
        fits = found.shape == (n_pairs, 2)
        return None if self._group.any(not fits) else found

    def _store(self, found: torch.Tensor) -> None:
        scratch = self._path.with_name(f".{REFERENCE_FILE}.tmp")
        write_lasting(scratch, save({"log_probabilities": found}))
        replace_lasting(scratch, self._path)
