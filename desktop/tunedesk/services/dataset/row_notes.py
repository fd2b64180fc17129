"""What the person notes of rows beside the file: sides of the split, and tags."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from tunedesk.core import many
from tunedesk.core.edits import NoteEdit, SetSplit, SetSplitRule, SetSplits, SetTags
from tunedesk.services.dataset.bulk_doubles import double, take_over
from tunedesk.services.dataset.noted_edits import Notes
from tunedesk.services.dataset.row_facts import RowFacts
from tunedesk.services.dataset.row_tags import RowTags, Tags
from tunedesk.services.dataset.splitter import BY_RULE, SIDES, hex_of, number_of, side_of
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import DatasetSettings, SplitSide

T = TypeVar("T")

WriteLedger = Callable[[Callable[[Ledger], None]], None]


class RowNotes:
    """Applies note edits to rows that are known, and has them written to the ledger."""

    def __init__(
        self, dataset_id: int, facts: RowFacts, tags: RowTags, write_ledger: WriteLedger
    ) -> None:
        self.tags = tags
        self._dataset_id = dataset_id
        self.facts = facts
        self._write_ledger = write_ledger
        self._unwritten: list[Callable[[Ledger], None]] = []

    def double(self) -> RowNotes:
        """Another of the same, of which the ledger hears when it is taken over."""
        writes: list[Callable[[Ledger], None]] = []
        made = RowNotes(self._dataset_id, double(self.facts), double(self.tags), writes.append)
        made._unwritten = writes
        return made

    def take_over(self, other: RowNotes) -> None:
        """The notes become what they are in a double; the facts are left to others."""
        take_over(self.tags, other.tags)
        for write in other._unwritten:
            self._write_ledger(write)

    def apply(self, edit: NoteEdit) -> NoteEdit:
        """Returns the edit that undoes it. Raises ValueError for a side there is not."""
        match edit:
            case SetSplit():
                [before] = self._choose((edit.index,), (edit.split,))
                return SetSplit(index=edit.index, split=before)
            case SetSplits():
                return SetSplits(edit.indices, self._choose(edit.indices, edit.splits))
            case SetSplitRule():
                return self._set_rule(edit)
            case SetTags():
                return self._set_tags(edit)

    def is_noted(self, key: int) -> bool:
        """Whether there are notes of the prompt."""
        return self.facts.choice_for(key) is not None or key in self.tags

    def follow(self, index: int, old: int, before: Notes) -> None:
        """The row's prompt was edited and is no longer `old`: its notes come along.

        Where other rows still ask the old prompt, the notes stay with them too. What prompts had
        that have something else now is put into `before`.
        """
        new = self.facts.keys[index]
        if new == old:
            return
        side, tags = self.facts.choice_for(old), self.tags.of(old)
        if side is None and not tags:
            return
        is_free = not self.facts.has(old)
        if side is not None and self.facts.choice_of(index) is None:
            self._note_sides(before, {new: side} | ({old: None} if is_free else {}))
        if tags and new not in self.tags:
            self._note_tags(before, {new: tags} | ({old: ()} if is_free else {}))

    def put_back(self, notes: Notes) -> Notes:
        """Give prompts what they had; returns what they have had instead."""
        instead = Notes()
        if notes.sides:
            self._note_sides(instead, notes.sides)
        if notes.tags:
            self._note_tags(instead, notes.tags)
        return instead

    # ---- inner ---------------------------------------------------------------------------------

    def _note_sides(self, before: Notes, wanted: Mapping[int, SplitSide | None]) -> None:
        for key in wanted:
            before.sides.setdefault(key, self.facts.choice_for(key))
        keys, numbers = array("Q", wanted), array("i", map(number_of, wanted.values()))
        self.facts.choose_for(keys, numbers)
        self._keep_choices(keys, numbers)

    def _note_tags(self, before: Notes, wanted: Mapping[int, Tags]) -> None:
        for key in wanted:
            before.tags.setdefault(key, self.tags.of(key))
        self._store_tags(array("Q", wanted), list(wanted.values()))

    def _choose(self, rows: Sequence[int], splits: Sequence[str | None]) -> list[SplitSide | None]:
        """Returns the choices before."""
        numbers = _numbers(splits)
        keys = many.taken(self.facts.keys, rows)
        before = self.facts.choices_of(keys)
        self.facts.choose(rows, numbers)
        self._keep_choices(keys, numbers)
        return before

    def _keep_choices(self, keys: array[int], numbers: array[int]) -> None:
        def write(ledger: Ledger) -> None:
            sides = (side_of(number) for number in numbers)
            ledger.set_splits(self._dataset_id, _by_hex(keys, sides))

        self._write_ledger(write)

    def _set_rule(self, edit: SetSplitRule) -> SetSplitRule:
        before = self.facts.rule
        rule = DatasetSettings(seed=edit.seed, test_share=min(max(edit.test_share, 0.0), 1.0))
        self.facts.set_rule(rule)
        self._write_ledger(lambda ledger: ledger.set_dataset_settings(self._dataset_id, rule))
        return SetSplitRule(seed=before.seed, test_share=before.test_share)

    def _set_tags(self, edit: SetTags) -> SetTags:
        keys = many.taken(self.facts.keys, edit.indices)
        before = self.tags.of_all(keys)
        self._store_tags(keys, edit.tags)
        return SetTags(edit.indices, before)

    def _store_tags(self, keys: array[int], tags: Sequence[Tags]) -> None:
        now = self.tags.put(keys, tags)
        self._write_ledger(lambda ledger: ledger.set_tags(self._dataset_id, _by_hex(keys, now)))


def _by_hex(keys: array[int], notes: Iterable[T]) -> Iterator[tuple[str, T]]:
    """As the ledger has them, made one by one in its thread; of equal prompts the last counts."""
    return zip(map(hex_of, keys), notes, strict=True)


def _numbers(splits: Sequence[str | None]) -> array[int]:
    """Raises ValueError for a side there is not."""
    found = {split: BY_RULE if split is None else SIDES.index(split) for split in set(splits)}
    if len(found) == 1:
        return array("i", found.values()) * len(splits)
    return array("i", map(found.__getitem__, splits))
