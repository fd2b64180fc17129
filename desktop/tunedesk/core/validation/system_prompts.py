"""System prompts that are meant to be one, but differ by a space, a capital or a comma."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress

from tunedesk.core.issues import Issue
from tunedesk.core.plain_text import plain_text
from tunedesk.core.validation.findings import quoted, warning

_NONE = -1
_PATHS = ("$.messages[0].content", "$.input.messages[0].content")
_MOST_TEXTS = 5_000
"""A file with more system prompts than this does not mean one; later ones are not looked at."""
_MARKS = range(1 + 2 * _MOST_TEXTS)
_NUMBER_OF = [(mark + 1) // 2 - 1 for mark in _MARKS]
_IN_PAIR = bytes(mark > 0 and mark % 2 == 0 for mark in _MARKS)


class SystemPrompts:
    """The system prompt of each row, 5 bytes a row; every text is kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._rows = array("i")
        self._in_pair = bytearray()

    def add(self, text: str | None, *, in_pair: bool = False) -> None:
        """The next row's; None if it has none, or is no conversation.

        `in_pair`: it stands in the input of a preference pair.
        """
        self._rows.append(_NONE if text is None else self._number(text))
        self._in_pair.append(in_pair)

    def join(self, other: SystemPrompts) -> None:
        """The rows of `other` come next."""
        numbers = [self._number(text) for text in other._numbers]
        self._rows.extend(number if number < 0 else numbers[number] for number in other._rows)
        self._in_pair += other._in_pair

    @property
    def texts(self) -> list[str]:
        """Every text once, by number."""
        return list(self._numbers)

    def marks(self) -> array[int]:
        """Of each row 0 for none, or one more than twice the text's number, and one more than
        that in a preference pair."""
        rows = zip(self._rows, self._in_pair, strict=True)
        return array("H", [0 if n < 0 else 1 + 2 * n + in_pair for n, in_pair in rows])

    @classmethod
    def of_marks(cls, marks: Sequence[int], texts: Sequence[str]) -> SystemPrompts:
        """Those of rows, from their marks and the texts that marks count."""
        made = cls()
        numbers = array("i", map(_NUMBER_OF.__getitem__, marks))
        by_first_row = [number for number in dict.fromkeys(numbers) if number != _NONE]
        place = {number: at for at, number in enumerate(by_first_row)} | {_NONE: _NONE}
        made._numbers = {texts[number]: at for number, at in place.items() if number != _NONE}
        made._rows = array("i", map(place.__getitem__, numbers))
        made._in_pair = bytearray(map(_IN_PAIR.__getitem__, marks))
        return made

    def issues(self) -> Iterator[Issue]:
        """Rows whose system prompt is another row's but for spaces, case or punctuation.

        The usual one is that of most rows, the first if there are several of these. What says
        only punctuation is compared with nothing.
        """
        times = Counter(self._rows)
        usual = self._usual(times)
        texts = list(self._numbers)
        firsts = {number: self._rows.index(number) for number in set(usual.values())}
        for row in self._unusual(usual):
            meant = usual[self._rows[row]]
            path = _PATHS[self._in_pair[row]]
            yield _issue(row, path, texts[meant], firsts[meant], times[meant])

    def unusual_rows(self) -> Iterator[int]:
        """Rows that have an issue, from 0."""
        return self._unusual(self._usual(Counter(self._rows)))

    def _unusual(self, usual: Mapping[int, int]) -> Iterator[int]:
        if not usual:
            return iter(())
        return compress(range(len(self._rows)), map(usual.__contains__, self._rows))

    def _usual(self, times: Counter[int]) -> dict[int, int]:
        """Number of an unusual text → that of the usual one."""
        groups: dict[str, list[int]] = {}
        for text, number in self._numbers.items():
            if plain := plain_text(text):
                groups.setdefault(plain, []).append(number)
        found: dict[int, int] = {}
        for group in groups.values():
            if len(group) > 1:
                meant = max(group, key=lambda number: (times[number], -number))
                found.update((number, meant) for number in group if number != meant)
        return found

    def _number(self, text: str) -> int:
        number = self._numbers.get(text)
        if number is None:
            if len(self._numbers) >= _MOST_TEXTS:
                return _NONE
            number = self._numbers[text] = len(self._numbers)
        return number


def _issue(row: int, path: str, usual: str, first: int, n_rows: int) -> Issue:
    return warning(
        "spaced_system_prompt",
        path,
        "The system prompt differs only in spaces, case or punctuation from a more usual one "
        "(rows: {n}, first: {other}): {shown}. The model would learn two prompts.",
        "Write it as in the other rows.",
        n=n_rows,
        other=first + 1,
        shown=quoted(usual, 60),
        usual=usual,
    ).at_row(row + 1)
