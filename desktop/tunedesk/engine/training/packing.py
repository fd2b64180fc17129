"""How the rows of a batch become tensors: without padding, and what they share only once.

A row's tokens behind its last label are left out: nothing looks back at them. Rows that begin
alike (the same system prompt, the two answers of a preference) share those positions, since a
decoder sees only what lies before. So a batch is a tree of positions, and a row is a path in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from tunedesk.engine.training.rows import Row
from tunedesk.engine.training.spec import MICRO_BATCH_TOKENS

_GRID_MULTIPLE = 8


class Packed:
    """Rows as a tree of `n_slots` positions.

    `tokens`, `positions` [n_slots]; `paths` [n_rows, longest]: each row's slots, padded with 0;
    `lengths` [n_rows]; `target_slots`, `targets` [n_targets]: row after row, the position that
    predicts and the token that is right.
    """

    def __init__(self, rows: Sequence[Row]) -> None:
        tree = _Tree()
        paths = [tree.path(row.tokens[: _needed(row)]) for row in rows]
        longest = -(-max(map(len, paths)) // _GRID_MULTIPLE) * _GRID_MULTIPLE
        self.tokens = torch.tensor(tree.tokens)
        self.positions = torch.tensor(tree.positions)
        self.n_slots = len(tree.tokens)
        self.paths = torch.tensor([path + [0] * (longest - len(path)) for path in paths])
        self.lengths = torch.tensor([len(path) for path in paths])
        wanted = [
            (slot, label)
            for row, path in zip(rows, paths, strict=True)
            for slot, label in zip(path, row.labels, strict=False)
            if label >= 0
        ]
        self.target_slots = torch.tensor([slot for slot, _ in wanted])
        self.targets = torch.tensor([label for _, label in wanted])


def _needed(row: Row) -> int:
    """Tokens up to the last one that predicts something."""
    return max((at for at, label in enumerate(row.labels) if label >= 0), default=0) + 1


class _Tree:
    """Positions numbered in the order in which they are first met."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.positions: list[int] = []
        self._next: dict[tuple[int, int], int] = {}

    def path(self, tokens: Sequence[int]) -> list[int]:
        """The slots of a row, new ones where no earlier row goes the same way."""
        found: list[int] = []
        slot = -1
        for position, token in enumerate(tokens):
            key = (slot, token)
            slot = self._next.setdefault(key, len(self.tokens))
            if slot == len(self.tokens):
                self.tokens.append(token)
                self.positions.append(position)
            found.append(slot)
        return found


def micro_batches(rows: Sequence[Row], limit_tokens: int = MICRO_BATCH_TOKENS) -> list[list[Row]]:
    """Parts of a batch that fit in memory together, rows of like length side by side."""
    lengths = [len(row.tokens) for row in rows]
    return [[rows[at] for at in group] for group in groups(lengths, limit_tokens)]


def groups(lengths: Sequence[int], limit_tokens: int = MICRO_BATCH_TOKENS) -> list[list[int]]:
    """The same for lengths in tokens: places in `lengths`, those that go together."""
    found: list[list[int]] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        if found and lengths[at] * (len(found[-1]) + 1) <= limit_tokens:
            found[-1].append(at)
        else:
            found.append([at])
    return found
