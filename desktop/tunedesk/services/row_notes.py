"""What the person notes of rows beside the file: sides of the split, and tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from tunedesk.core.edits import NoteEdit, SetSplit, SetSplitRule, SetSplits, SetTags
from tunedesk.services.noted_edits import Notes
from tunedesk.services.row_facts import RowFacts
from tunedesk.services.row_tags import RowTags, Tags
from tunedesk.services.splitter import SIDES, hex_of
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
        self._facts = facts
        self._write_ledger = write_ledger

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
        return self._facts.choice_for(key) is not None or key in self.tags

    def follow(self, index: int, old: int, before: Notes) -> None:
        """The row's prompt was edited and is no longer `old`: its notes come along.

        Where other rows still ask the old prompt, the notes stay with them too. What prompts had
        that have something else now is put into `before`.
        """
        new = self._facts.keys[index]
        if new == old:
            return
        side, tags = self._facts.choice_for(old), self.tags.of(old)
        if side is None and not tags:
            return
        is_free = not self._facts.has(old)
        if side is not None and self._facts.choice_of(index) is None:
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
            before.sides.setdefault(key, self._facts.choice_for(key))
        self._store_choices(wanted)

    def _note_tags(self, before: Notes, wanted: Mapping[int, Tags]) -> None:
        for key in wanted:
            before.tags.setdefault(key, self.tags.of(key))
        self._store_tags(wanted)

    def _choose(self, rows: Sequence[int], splits: Sequence[str | None]) -> list[SplitSide | None]:
        """Returns the choices before."""
        sides = {split: _side(split) for split in set(splits)}
        before = self._facts.choices_of(rows)
        keys = map(self._facts.keys.__getitem__, rows)
        self._store_choices(dict(zip(keys, map(sides.__getitem__, splits), strict=True)))
        return before

    def _store_choices(self, wanted: Mapping[int, SplitSide | None]) -> None:
        self._facts.set_choices(wanted)
        self._write_ledger(lambda ledger: ledger.set_splits(self._dataset_id, _by_hex(wanted)))

    def _set_rule(self, edit: SetSplitRule) -> SetSplitRule:
        before = self._facts.rule
        rule = DatasetSettings(seed=edit.seed, test_share=min(max(edit.test_share, 0.0), 1.0))
        self._facts.set_rule(rule)
        self._write_ledger(lambda ledger: ledger.set_dataset_settings(self._dataset_id, rule))
        return SetSplitRule(seed=before.seed, test_share=before.test_share)

    def _set_tags(self, edit: SetTags) -> SetTags:
        keys = list(map(self._facts.keys.__getitem__, edit.indices))
        before = self.tags.of_all(keys)
        self._store_tags(dict(zip(keys, edit.tags, strict=True)))
        return SetTags(edit.indices, before)

    def _store_tags(self, wanted: Mapping[int, Tags]) -> None:
        self.tags.put(wanted)
        now = dict(zip(wanted, self.tags.of_all(wanted), strict=True))
        self._write_ledger(lambda ledger: ledger.set_tags(self._dataset_id, _by_hex(now)))


def _by_hex(wanted: Mapping[int, T]) -> Iterator[tuple[str, T]]:
    """As the ledger has them, made one by one in its thread."""
    return ((hex_of(key), value) for key, value in wanted.items())


def _side(split: str | None) -> SplitSide | None:
    """Raises ValueError for a side there is not."""
    return None if split is None else SIDES[SIDES.index(split)]
