"""Rows of a checked JSONL file as tensors, in an order that depends on (seed, epoch) alone."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from tunedesk.engine.template import ChatTemplate, Encoded
from tunedesk.engine.training.report import Report

_PAD_MULTIPLE = 8
_MICRO_BATCH_TOKENS = 2048  # bounds the memory of one forward pass


class Row:
    """Tokens of a row and, shifted by one, what each position is to predict (-100: nothing)."""

    def __init__(self, encoded: Encoded) -> None:
        self.tokens = encoded.tokens
        self.labels = [
            token if wanted else -100
            for token, wanted in zip(encoded.tokens[1:], encoded.trained[1:], strict=True)
        ] + [-100]
        self.n_targets = sum(label >= 0 for label in self.labels)


def read_rows(path: Path, template: ChatTemplate, limit_tokens: int, report: Report) -> list[Row]:
    """All rows with something to learn; the report names every row that was cut or left out.

    Raises TemplateRefusalError, with the row's number, if the template cannot render one.
    """
    rows: list[Row] = []
    for number, messages in _conversations(path):
        encoded = template.row(messages)
        lost = len(encoded.tokens) - limit_tokens
        if lost > 0:
            lost_targets = sum(encoded.trained[limit_tokens:])
            encoded = Encoded(encoded.tokens[:limit_tokens], encoded.trained[:limit_tokens])
            text = f"Example {number} of {path.name} is {lost} tokens over the limit of"
            text += f" {limit_tokens}; its end was cut, {lost_targets} tokens to learn are lost"
            report.message(f"cut-{path.name}-{number}", text, level="warn")
        row = Row(encoded)
        if row.n_targets:
            rows.append(row)
        else:
            text = f"Example {number} of {path.name} has nothing to learn and is left out"
            report.message(f"empty-{path.name}-{number}", text, level="warn")
    return rows


def _conversations(path: Path) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if text:
                yield number, json.loads(text)["messages"]


def batches(rows: Sequence[Row], size: int, seed: int, epoch: int) -> list[list[Row]]:
    """The batches of an epoch, the same at each call."""
    order = list(range(len(rows)))
    random.Random(f"{seed}/{epoch}").shuffle(order)  # noqa: S311 - an order, not a secret
    return [[rows[at] for at in order[i : i + size]] for i in range(0, len(rows), size)]


def micro_batches(rows: Sequence[Row]) -> list[list[Row]]:
    """Parts of a batch that fit in memory together, rows of like length side by side."""
    parts: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: len(row.tokens)):
        if parts and len(row.tokens) * (len(parts[-1]) + 1) <= _MICRO_BATCH_TOKENS:
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts


def tensors(rows: Sequence[Row], pad_id: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Tokens and labels, padded on the right.

    No attention mask is needed: a real token never looks ahead at the padding behind it.
    """
    longest = max(len(row.tokens) for row in rows)
    width = -(-longest // _PAD_MULTIPLE) * _PAD_MULTIPLE
    tokens = [row.tokens + [pad_id] * (width - len(row.tokens)) for row in rows]
    labels = [row.labels + [-100] * (width - len(row.labels)) for row in rows]
    return torch.tensor(tokens), torch.tensor(labels)
