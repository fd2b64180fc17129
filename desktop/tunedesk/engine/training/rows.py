"""Rows of a checked JSONL file, in an order that depends on (seed, epoch) alone."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from tunedesk.engine.dataset_check import read_lines
from tunedesk.engine.template import ChatTemplate, Encoded, TemplateRefusalError
from tunedesk.engine.training.report import Report
from tunedesk.engine.training.row_notes import RowNotes

T = TypeVar("T")


class Row:
    """Tokens of a row and, shifted by one, what each position is to predict (-100: nothing)."""

    def __init__(self, encoded: Encoded) -> None:
        self.tokens = encoded.tokens
        self.labels = [
            token if wanted else -100
            for token, wanted in zip(encoded.tokens[1:], encoded.trained[1:], strict=True)
        ] + [-100]
        self.n_targets = sum(label >= 0 for label in self.labels)


class Pair(NamedTuple):
    """The same prompt with the answer to prefer and with the other one; both have targets."""

    preferred: Row
    non_preferred: Row


def read_rows(path: Path, template: ChatTemplate, limit_tokens: int, report: Report) -> list[Row]:
    """All rows with something to learn; the report says which were cut or left out.

    Takes chat rows, and prompt and completion rows. Raises TemplateRefusalError, with the row's
    number, if the template cannot render one.
    """
    notes, rows = RowNotes(path.name, report), []
    limit = min(limit_tokens, template.context_tokens)
    for number, encoded in _encoded(path, template.example):
        notes.typed(number, encoded.typed)
        row = _cut(encoded, limit, number, "", notes)
        if row.n_targets:
            rows.append(row)
        else:
            notes.left_out(number, "has nothing to learn")
    notes.finish()
    return rows


def read_pairs(path: Path, template: ChatTemplate, limit_tokens: int, report: Report) -> list[Pair]:
    """All preference rows that still differ within the limit; the report says which do not.

    Raises TemplateRefusalError, with the row's number, if the template cannot render one.
    """
    notes, pairs = RowNotes(path.name, report), []
    limit = min(limit_tokens, template.context_tokens)
    for number, (good, other) in _encoded(path, template.pair):
        notes.typed(number, good.typed | other.typed)
        pair = Pair(
            _cut(good, limit, number, "preferred", notes),
            _cut(other, limit, number, "non-preferred", notes),
        )
        if not (pair.preferred.n_targets and pair.non_preferred.n_targets):
            notes.left_out(number, "has an answer with nothing to learn")
        elif pair.preferred.tokens == pair.non_preferred.tokens:
            notes.left_out(number, "has two answers that are the same up to the limit")
        else:
            pairs.append(pair)
    notes.finish()
    return pairs


def batches(items: Sequence[T], size: int, seed: int, epoch: int) -> list[list[T]]:
    """The batches of an epoch, the same at each call."""
    order = list(range(len(items)))
    random.Random(f"{seed}/{epoch}").shuffle(order)  # noqa: S311 - an order, not a secret
    return [[items[at] for at in order[i : i + size]] for i in range(0, len(items), size)]


def _cut(encoded: Encoded, limit: int, number: int, side: str, notes: RowNotes) -> Row:
    """The row's beginning, as far as a job takes it. OpenAI cuts the end too."""
    lost = len(encoded.tokens) - limit
    if lost > 0:
        notes.cut(number, side, lost, limit, sum(encoded.trained[limit:]))
        encoded = Encoded(encoded.tokens[:limit], encoded.trained[:limit])
    return Row(encoded)


def _encoded(path: Path, encode: Callable[[Mapping[str, Any]], T]) -> Iterator[tuple[int, T]]:
    for number, raw in read_lines(path):
        try:
            yield number, encode(json.loads(raw))
        except TemplateRefusalError as error:
            text = f"Example {number} of {path.name}: {error}"
            raise TemplateRefusalError(text) from None
