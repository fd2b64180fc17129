"""Which side a prompt is on: the person's choice, else the seed's."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable, Mapping

from tunedesk.core.split import KEY_BYTES, draws, threshold
from tunedesk.store.records import DatasetSettings, SplitSide

SIDES: tuple[SplitSide, ...] = ("train", "test", "aside")
TRAIN, TEST, ASIDE = range(3)


class Splitter:
    """`choices` are the person's own, by the prompt's key: its digest's beginning as a number."""

    def __init__(self, rule: DatasetSettings, choices: Mapping[str, SplitSide]) -> None:
        """`choices` come as the ledger has them, by the digest in hex."""
        self.choices: dict[int, SplitSide] = {
            key_of_hex(digest): side for digest, side in choices.items()
        }
        self.set_rule(rule)

    def set_rule(self, rule: DatasetSettings) -> None:
        """Another seed or share; what was drawn with another seed no longer holds."""
        self.rule = rule
        self._threshold = threshold(rule.test_share)

    def choose(self, wanted: Mapping[int, SplitSide | None]) -> None:
        """Choices by key; None gives a prompt back to the seed."""
        for key, side in wanted.items() if None in wanted.values() else ():
            if side is None:
                self.choices.pop(key, None)
        self.choices.update({k: side for k, side in wanted.items() if side is not None})

    def draws(self, digests: bytes | bytearray) -> array[int]:
        """What prompts draw with this seed, 0 to 2**32 - 1; digests stand one after another."""
        return draws(digests, self.rule.seed)

    def side(self, key: int, drawn: int) -> int:
        """Index into SIDES."""
        chosen = self.choices.get(key)
        return self.side_by_rule(drawn) if chosen is None else SIDES.index(chosen)

    def side_by_rule(self, drawn: int) -> int:
        """Index into SIDES, whatever the person chose."""
        return TEST if drawn < self._threshold else TRAIN

    def sides(self, drawn: Iterable[int]) -> bytearray:
        """Sides of many prompts that nobody chose for."""
        return bytearray(map(self._threshold.__gt__, drawn))  # TRAIN is 0, TEST is 1


def key_of(digest: bytes) -> int:
    """The key of a prompt with this digest, or with one that begins so."""
    return int.from_bytes(digest[:KEY_BYTES], sys.byteorder)


def key_of_hex(digest: str) -> int:
    """As `key_of`, of the digest as the ledger has it."""
    return key_of(bytes.fromhex(digest[: 2 * KEY_BYTES]))


def hex_of(key: int) -> str:
    """As the ledger has it."""
    return key.to_bytes(KEY_BYTES, sys.byteorder).hex()
