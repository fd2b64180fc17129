"""Rows that are too much alike: near-duplicates, leaks from train to test, system prompts.

Exact repeats are told by `whole_file`; this is the second look, which reads every text. It is
done in parts, by several processes if one likes, and the parts are joined in the rows' order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from tunedesk.core.issues import Issue
from tunedesk.core.messages import role_of, text_of
from tunedesk.core.near_duplicates import (
    NO_SKETCH,
    Sketches,
    Words,
    common_pairs,
    near_duplicates,
    runs,
    sketch_of,
    word_pairs,
)
from tunedesk.core.rows import Format, RowError, format_of, parse_row, split_reply
from tunedesk.core.validation.fast import clean_messages
from tunedesk.core.validation.findings import warning
from tunedesk.core.validation.system_prompts import SystemPrompts

ReadRow = Callable[[int], bytes]

_REMEMBERED_ROWS = 512


class SecondLook:
    """Grows by 85 bytes with each row that is `add`ed; keeps no text but system prompts.

    `common` is from `common_words`, the same for all parts of a file.
    """

    def __init__(self, common: frozenset[int] = frozenset()) -> None:
        self.common = common
        self.sketches = Sketches()
        self.system_prompts = SystemPrompts()

    def __len__(self) -> int:
        return len(self.sketches)

    def add(self, raw: bytes) -> None:
        """Look at the next row, whatever its bytes."""
        messages = clean_messages(raw)
        if messages is not None:
            told = [message.content for message in messages if message.role != "system"]
            self.sketches.add(sketch_of("\n".join(told[:-1]), told[-1], self.common))
            first = messages[0]
            self.system_prompts.add(first.content if first.role == "system" else None)
            return
        value = _value(raw)
        is_row = value is not None
        self.sketches.add(sketch_of(*_texts(value), self.common) if is_row else NO_SKETCH)
        in_pair = format_of(value) is Format.PREFERENCE
        self.system_prompts.add(_system_prompt(value), in_pair=in_pair)

    @classmethod
    def from_columns(
        cls, common: frozenset[int], sketches: Sketches, system_prompts: SystemPrompts
    ) -> SecondLook:
        """One that has looked at these rows before."""
        look = cls(common)
        look.sketches, look.system_prompts = sketches, system_prompts
        return look

    def join(self, other: SecondLook) -> None:
        """The rows that `other` has looked at come next."""
        self.sketches.join(other.sketches)
        self.system_prompts.join(other.system_prompts)

    def partners(self, read: ReadRow, known: Collection[int] = ()) -> dict[int, int]:
        """Row → an earlier one that says nearly the same, both from 0.

        `known` are rows that are said to be repeats already; `read` gives a row's bytes.
        """

        @lru_cache(maxsize=_REMEMBERED_ROWS)
        def words_of(row: int) -> Words:
            return word_pairs(*_texts(_value(read(row))), self.common)

        return near_duplicates(self.sketches, words_of, known)

    def kin(self, partners: Mapping[int, int]) -> dict[int, int]:
        """Row → the first row of its group: of those that ask the same, apart from how it is
        written, or are near-duplicates, and must not be on both sides of a split. Rows alone are
        not in it."""
        found = dict(partners)
        for run in runs(self.sketches.prompt):
            for row in run[1:]:
                _marry(found, row, run[0])
        groups = {row: root for row in found if (root := _root(found, row)) != row}
        return groups | {root: root for root in groups.values()}


def common_words(rows: Iterable[bytes]) -> frozenset[int]:
    """What most rows of a sample share, such as instructions; see `common_pairs`."""
    values = filter(None, map(_value, rows))
    return common_pairs([_texts(value) for value in values])


def sample_of(n_rows: int, size: int = 400) -> list[int]:
    """Rows, from 0, that are spread evenly over a file."""
    return sorted({row * n_rows // size for row in range(size)}) if n_rows else []


def near_duplicate_issues(partners: Mapping[int, int]) -> Iterator[Issue]:
    """One for each row that has an earlier partner."""
    for row in sorted(partners):
        yield warning(
            "near_duplicate",
            "$",
            "The row says nearly the same as row {other}; it counts twice, and can leak from "
            "train to test.",
            "Delete one of them, or make them differ in more than wording.",
            other=partners[row] + 1,
        ).at_row(row + 1)


def leaks(sides: Sequence[int], kin: Mapping[int, int], train: int, test: int) -> dict[int, int]:
    """Row on the test side → the first row on the train side that is its kin, both from 0.

    `sides` holds a number for each row; `train` and `test` are the numbers of these sides. `kin`
    gives the same number to all rows of a group.
    """
    groups: dict[int, list[int]] = {}
    for row, group in kin.items():
        groups.setdefault(group, []).append(row)
    found: dict[int, int] = {}
    for rows in groups.values():
        taught = min((row for row in rows if sides[row] == train), default=None)
        if taught is not None:
            found.update((row, taught) for row in rows if sides[row] == test)
    return found


def leak_issues(found: Mapping[int, int]) -> Iterator[Issue]:
    """One for each row in test whose kin is trained on."""
    for row in sorted(found):
        yield warning(
            "leak",
            "$",
            "The row is in the test set, but row {other} in the train set asks the same or says "
            "nearly the same (leak): the test would praise what was learned by heart.",
            "Keep both in train, or set one of them aside.",
            other=found[row] + 1,
        ).at_row(row + 1)


def second_look_issues(look: SecondLook, partners: Mapping[int, int]) -> list[Issue]:
    """Near-duplicates and system prompts, by row."""
    issues = [*near_duplicate_issues(partners), *look.system_prompts.issues()]
    return sorted(issues, key=lambda issue: issue.row)


def _marry(found: dict[int, int], row: int, other: int) -> None:
    one, two = sorted((_root(found, row), _root(found, other)))
    if one != two:
        found[two] = one


def _root(found: dict[int, int], row: int) -> int:
    """The group's first row; the way there is shortened for the next who asks."""
    way = []
    while row in found and found[row] != row:
        way.append(row)
        row = found[row]
    for step in way:
        found[step] = row
    return row


def _value(raw: bytes) -> Any:
    try:
        value = parse_row(raw)
    except RowError:
        return None
    return None if format_of(value) is Format.UNKNOWN else value


def _texts(value: Any) -> tuple[str, str]:
    """What a row asks and what it answers (a pair: both answers), without system prompts."""
    if value is None:
        return "", ""
    prompt, reply = split_reply(value)
    told = [text_of(message) for message in prompt if role_of(message) not in _SYSTEM]
    if format_of(value) is Format.PREFERENCE:
        other = value.get("non_preferred_output")
        reply = "\n".join([reply, *map(text_of, other if isinstance(other, list) else ())])
    return "\n".join(told), reply


def _system_prompt(value: Any) -> str | None:
    if value is None:
        return None
    first = next(iter(split_reply(value)[0]), None)
    return text_of(first) if role_of(first) == "system" else None


_SYSTEM = ("system", "developer")
