"""The second look, which reads every text: rows that are too much alike, system prompts.

It is done in parts, by several processes if one likes, and the parts are joined in the rows'
order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from tunedesk.core.alike.likeness import Bools, CommonPairs, Rows, are_alike
from tunedesk.core.alike.search import NOBODY, search
from tunedesk.core.alike.sketches import NO_PAIRS, WIDTH, sketches_of
from tunedesk.core.alike.word_pairs import U64
from tunedesk.core.issues import Issue
from tunedesk.core.messages import has_more_than_text, role_of, text_of
from tunedesk.core.rows import (
    Format,
    RowError,
    digest_of_prompt,
    format_of,
    parse_row,
    split_reply,
)
from tunedesk.core.validation.blocks import BLOCK_ROWS, clean_rows
from tunedesk.core.validation.kinship import near_duplicate_issues
from tunedesk.core.validation.system_prompts import SystemPrompts

ReadRow = Callable[[int], bytes]

_BLOCK_BYTES = 64 << 10
"""What becomes of so much text stays in memory that is there already."""

_COMPARED_BYTES = 256 << 10  # at once
_SYSTEM = ("system", "developer")


class RowTexts(NamedTuple):
    """What a row asks and what it answers (a pair: both answers), without system prompts."""

    prompt: str
    reply: str
    system: str | None = None
    in_pair: bool = False


class SecondLook:
    """Grows by 189 bytes with each row that is added; keeps no text but system prompts.

    `common` is from `common_words`, the same for all parts of a file.
    """

    def __init__(self, common: U64 = NO_PAIRS) -> None:
        self.common = common
        self.system_prompts = SystemPrompts()
        self._parts = [np.zeros((0, WIDTH), np.uint64)]

    @property
    def sketches(self) -> U64:
        """A record of each row, see `sketches_of`."""
        self._parts = [np.concatenate(self._parts)]
        return self._parts[0]

    def add(self, rows: Sequence[bytes]) -> None:
        """Look at the next rows, whatever their bytes."""
        for block in _blocks(rows):
            texts = texts_of(block)
            prompts, replies = [row.prompt for row in texts], [row.reply for row in texts]
            self._parts.append(sketches_of(prompts, replies, self.common))
            for row in texts:
                self.system_prompts.add(row.system, in_pair=row.in_pair)

    def join(self, other: SecondLook) -> None:
        """The rows that `other` has looked at come next."""
        self._parts += other._parts
        self.system_prompts.join(other.system_prompts)

    def partners(self, read: ReadRow, known: Collection[int] = ()) -> Rows:
        """Of each row an earlier one that says nearly the same, or NOBODY, both from 0.

        `known` are rows that are said to be repeats already; `read` gives a row's bytes.
        """
        sketches = self.sketches
        repeats = np.zeros(len(sketches), np.bool_)
        repeats[list(known)] = True
        looking = search(sketches, np.arange(len(sketches), dtype=np.int32), repeats)
        try:
            pairs = next(looking)
            while True:
                pairs = looking.send(rows_alike(read, self.common, pairs.left, pairs.right))
        except StopIteration as end:
            partner: Rows = end.value.partner
            return partner


def rows_alike(read: ReadRow, common: U64, left: Rows, right: Rows) -> Bools:
    """Of each pair of rows, by what `read` knows them, whether they are nearly the same."""
    pairs = list(zip(left.tolist(), right.tolist(), strict=True))
    found = [np.zeros(0, np.bool_)]
    first, texts, n_bytes = 0, dict[int, RowTexts](), 0
    for stop, pair in enumerate(pairs, 1):
        for row in pair:
            if row not in texts:
                raw = read(row)
                (texts[row],) = texts_of([raw])
                n_bytes += len(raw)
        if n_bytes > _COMPARED_BYTES or stop == len(pairs):
            found.append(_texts_alike(texts, common, pairs[first:stop]))
            first, texts, n_bytes = stop, {}, 0
    return np.concatenate(found)


def _texts_alike(
    texts: Mapping[int, RowTexts], common: U64, pairs: Sequence[tuple[int, int]]
) -> Bools:
    place = {row: at for at, row in enumerate(texts)}
    sides = np.array([(place[one], place[other]) for one, other in pairs], np.int32)
    prompts, replies = zip(*((row.prompt, row.reply) for row in texts.values()), strict=True)
    return are_alike(prompts, replies, common, sides[:, 0], sides[:, 1])


def common_words(rows: Iterable[bytes]) -> U64:
    """What most rows of a sample share, such as instructions; see `CommonPairs`."""
    common = CommonPairs()
    add_to_sample(common, rows)
    return common.found()


def add_to_sample(common: CommonPairs, rows: Iterable[bytes]) -> None:
    """These rows are of the sample as well, those that cannot be read left out."""
    texts = [_texts(value) for value in map(_value, rows) if value is not None]
    common.add([row.prompt for row in texts], [row.reply for row in texts])


def second_look_issues(partners: Rows, system_prompts: SystemPrompts) -> Iterator[Issue]:
    """Near-duplicates and system prompts, by row."""
    rows = np.flatnonzero(partners != NOBODY)
    pairs = zip(rows.tolist(), partners[rows].tolist(), strict=True)
    near = near_duplicate_issues(pairs)
    return merge(near, system_prompts.issues(), key=lambda issue: issue.row)


def texts_of(rows: Sequence[bytes]) -> list[RowTexts]:
    """The texts of rows, whatever their bytes."""
    found: list[RowTexts] = []
    for first in range(0, len(rows), BLOCK_ROWS):
        block = rows[first : first + BLOCK_ROWS]
        for raw, messages in zip(block, clean_rows(block), strict=True):
            if messages is None:
                found.append(_texts(_value(raw)))
                continue
            system = messages[0].content if messages[0].role == "system" else None
            told = [message.content for message in messages if message.role != "system"]
            found.append(RowTexts("\n".join(told[:-1]), told[-1], system))
    return found


def _blocks(rows: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    rest = iter(rows)
    while block := list(islice(rest, BLOCK_ROWS)):
        n_parts = min(len(block), sum(map(len, block)) // _BLOCK_BYTES + 1)
        n_rows = -(-len(block) // n_parts)
        for first in range(0, len(block), n_rows):
            yield block[first : first + n_rows]


def _value(raw: bytes) -> Any:
    try:
        value = parse_row(raw)
    except RowError:
        return None
    return None if format_of(value) is Format.UNKNOWN else value


def _texts(value: Any) -> RowTexts:
    if value is None:
        return RowTexts("", "")
    prompt, reply = split_reply(value)
    told = [text_of(message) for message in prompt if role_of(message) not in _SYSTEM]
    first = next(iter(prompt), None)
    system = text_of(first) if role_of(first) == "system" else None
    in_pair = format_of(value) is Format.PREFERENCE
    if in_pair:
        other = value.get("non_preferred_output")
        reply = "\n".join([reply, *map(text_of, other if isinstance(other, list) else ())])
    if any(map(has_more_than_text, prompt)):  # words alone do not say what is asked
        asked = digest_of_prompt(value)
        whole = hashlib.sha256(f"{asked} {reply}".encode("utf-8", "surrogatepass")).hexdigest()
        return RowTexts(asked, whole, system, in_pair)
    return RowTexts("\n".join(told), reply, system, in_pair)
