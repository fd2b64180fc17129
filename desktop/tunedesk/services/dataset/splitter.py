"""Which side a prompt is on: the person's choice, else the seed's."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Mapping

from tunedesk.core import many
from tunedesk.core.split import KEY_BYTES, draws, threshold
from tunedesk.services.dataset.prompt_marks import NONE, PromptMarks
from tunedesk.store.records import DatasetSettings, SplitSide

SIDES: tuple[SplitSide, ...] = ("train", "test", "aside")
TRAIN, TEST, ASIDE = range(3)
BY_RULE = NONE
"""The number of no choice; the others index SIDES."""

_FEW = 30_000  # a batch of the check: numpy is not there yet


class Splitter:
    """`choices` are the person's own, by the prompt's key: its digest's beginning as a number."""

    def __init__(self, rule: DatasetSettings, choices: Mapping[str, SplitSide]) -> None:
        """`choices` come as the ledger has them, by the digest in hex."""
        self.choices = PromptMarks(
            {key_of_hex(digest): number_of(side) for digest, side in choices.items()}
        )
        self.set_rule(rule)

    CHANGES = ("choices", "rule", "_threshold")

    def set_rule(self, rule: DatasetSettings) -> None:
        """Another seed or share; what was drawn with another seed no longer holds."""
        self.rule = rule
        self._threshold = threshold(rule.test_share)

    def draws(self, digests: bytes | bytearray) -> array[int]:
        """What prompts draw with this seed, 0 to 2**32 - 1; digests stand one after another."""
        return draws(digests, self.rule.seed)

    def side(self, key: int, drawn: int) -> int:
        """Index into SIDES."""
        chosen = self.choices.of(key)
        return self.side_by_rule(drawn) if chosen == BY_RULE else chosen

    def side_by_rule(self, drawn: int) -> int:
        """Index into SIDES, whatever the person chose."""
        return TEST if drawn < self._threshold else TRAIN

    def sides(self, drawn: array[int]) -> bytearray:
        """Sides of many prompts that nobody chose for."""
        assert (TRAIN, TEST) == (0, 1)
        if len(drawn) <= _FEW:
            return bytearray(map(self._threshold.__gt__, drawn))
        return bytearray((many.values(drawn) < self._threshold).view("B"))

    def sides_of(self, keys: array[int], drawn: array[int]) -> bytearray:
        """Sides of many prompts, with the person's choices."""
        sides = self.sides(drawn)
        if len(self.choices):
            chosen = self.choices.of_all(keys)
            places = many.positions(chosen, *range(len(SIDES)))
            many.put(sides, places, many.taken(chosen, places))
        return sides


def number_of(side: SplitSide | None) -> int:
    """Index into SIDES, BY_RULE for none."""
    return BY_RULE if side is None else SIDES.index(side)


def side_of(number: int) -> SplitSide | None:
    """What `number_of` makes a number of."""
    return None if number == BY_RULE else SIDES[number]


def key_of(digest: bytes) -> int:
    """The key of a prompt with this digest, or with one that begins so."""
    return int.from_bytes(digest[:KEY_BYTES], sys.byteorder)


def key_of_hex(digest: str) -> int:
    """As `key_of`, of the digest as the ledger has it."""
    return key_of(bytes.fromhex(digest[: 2 * KEY_BYTES]))


def hex_of(key: int) -> str:
    """As the ledger has it."""
    return key.to_bytes(KEY_BYTES, sys.byteorder).hex()
