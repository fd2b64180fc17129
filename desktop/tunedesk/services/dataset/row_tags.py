"""The person's tags on rows, kept by prompt: they stay through moves, sorts and saves."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tunedesk.services.dataset.prompt_marks import NONE, PromptMarks
from tunedesk.services.dataset.splitter import key_of_hex

Tags = tuple[str, ...]


class RowTags:
    """Tags by the prompt's key (see Splitter); rows that ask the same share them.

    Each combination of tags is kept once and has a number.
    """

    CHANGES = ("_sets", "_counts", "_numbers", "_marks")

    def __init__(self, stored: Mapping[str, Tags]) -> None:
        """`stored` comes as the ledger has it, by the digest in hex."""
        self._sets: list[Tags] = []
        self._counts: dict[str, int] | None = None
        self._numbers: dict[Tags, int] = {(): NONE}
        self._marks = PromptMarks(
            {key_of_hex(digest): self._number(tags) for digest, tags in stored.items() if tags}
        )

    def of(self, key: int) -> Tags:
        """Sorted, () for none."""
        return self._named(self._marks.of(key))

    def of_all(self, keys: array[int]) -> list[Tags]:
        """As `of`, of each of these."""
        found = self._marks.of_all(keys)
        if len(self._marks) == 0:
            return [()] * len(found)
        return list(map([*self._sets, ()].__getitem__, found))  # NONE picks the last

    def put(self, keys: array[int], tags: Sequence[Tags]) -> Iterator[Tags]:
        """Replace the tags of these prompts; of equal ones the last count.

        Returns the tags as they are kept, in the same order.
        """
        self._counts = None
        clean = {given: _clean(given) for given in set(tags)}
        numbers = {given: self._number(kept) for given, kept in clean.items()}
        self._marks.put(keys, array("i", map(numbers.__getitem__, tags)))
        return map(clean.__getitem__, tags)

    def counts(self) -> dict[str, int]:
        """How many prompts have each tag, by name."""
        if self._counts is None:
            counted: Counter[str] = Counter()
            for number, n_prompts in self._marks.counts().items():
                counted.update(dict.fromkeys(self._sets[number], n_prompts))
            self._counts = dict(sorted(counted.items()))
        return dict(self._counts)

    def keys_with(self, tag: str) -> array[int]:
        """The prompts that have this tag."""
        return self._marks.keys([n for n, tags in enumerate(self._sets) if tag in tags])

    def __contains__(self, key: int) -> bool:
        return key in self._marks

    def _number(self, tags: Tags) -> int:
        if tags not in self._numbers:
            self._numbers[tags] = len(self._sets)
            self._sets.append(tags)
        return self._numbers[tags]

    def _named(self, number: int) -> Tags:
        return () if number == NONE else self._sets[number]


def _clean(tags: Iterable[str]) -> Tags:
    return tuple(sorted({tag.strip() for tag in tags if tag.strip()}))
