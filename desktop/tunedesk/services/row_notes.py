"""What the person notes of rows beside the file: sides of the split, and tags."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tunedesk.core.edits import NoteEdit, SetSplit, SetSplitRule, SetSplits, SetTags
from tunedesk.services.row_facts import RowFacts
from tunedesk.services.row_tags import RowTags, Tags
from tunedesk.services.splitter import SIDES
from tunedesk.store.ledger import Ledger
from tunedesk.store.records import DatasetSettings, SplitSide

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
                before = self._choose(((edit.index, edit.split),))
                return SetSplit(index=edit.index, split=before[0][1])
            case SetSplits():
                return SetSplits(self._choose(edit.choices))
            case SetSplitRule():
                return self._set_rule(edit)
            case SetTags():
                return self._set_tags(edit)

    def follow(self, index: int, old: bytes) -> None:
        """The row's prompt was edited and is no longer `old`: its notes come along.

        Where other rows still ask the old prompt, the notes stay with them too.
        """
        new = self._facts.digest(index)
        if new == old:
            return
        side, tags = self._facts.choice_for(old), self.tags.of(old)
        if side is None and not tags:
            return
        is_free = not self._facts.has(old)
        if side is not None and self._facts.choice_of(index) is None:
            self._store_choices({new: side} | ({old: None} if is_free else {}))
        if tags and new not in self.tags:
            self._store_tags({new: tags} | ({old: ()} if is_free else {}))

    # ---- inner ---------------------------------------------------------------------------------

    def _choose(
        self, choices: tuple[tuple[int, str | None], ...]
    ) -> tuple[tuple[int, str | None], ...]:
        before = tuple((index, self._facts.choice_of(index)) for index, _ in choices)
        self._store_choices({self._facts.digest(index): _side(side) for index, side in choices})
        return before

    def _store_choices(self, wanted: Mapping[bytes, SplitSide | None]) -> None:
        self._facts.set_choices(wanted)
        by_hex = {digest.hex(): side for digest, side in wanted.items()}
        self._write_ledger(lambda ledger: ledger.set_splits(self._dataset_id, by_hex))

    def _set_rule(self, edit: SetSplitRule) -> SetSplitRule:
        before = self._facts.rule
        rule = DatasetSettings(seed=edit.seed, test_share=min(max(edit.test_share, 0.0), 1.0))
        self._facts.set_rule(rule)
        self._write_ledger(lambda ledger: ledger.set_dataset_settings(self._dataset_id, rule))
        return SetSplitRule(seed=before.seed, test_share=before.test_share)

    def _set_tags(self, edit: SetTags) -> SetTags:
        before = tuple(
            (index, self.tags.of(self._facts.digest(index))) for index, _ in edit.changes
        )
        self._store_tags({self._facts.digest(index): tags for index, tags in edit.changes})
        return SetTags(before)

    def _store_tags(self, wanted: Mapping[bytes, Tags]) -> None:
        self.tags.put(wanted)
        by_hex = {digest.hex(): self.tags.of(digest) for digest in wanted}
        self._write_ledger(lambda ledger: ledger.set_tags(self._dataset_id, by_hex))


def _side(split: str | None) -> SplitSide | None:
    """Raises ValueError for a side there is not."""
    return None if split is None else SIDES[SIDES.index(split)]
