"""Which side a prompt is on: the person's choice, else the seed's."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping

from tunedesk.core.split import KEY_BYTES, draws, threshold
from tunedesk.store.records import DatasetSettings, SplitSide

SIDES: tuple[SplitSide, ...] = ("train", "test", "aside")
TRAIN, TEST, ASIDE = range(3)


class Splitter:
    """`choices` are the person's own, by the prompt's digest (its first KEY_BYTES)."""

    def __init__(self, rule: DatasetSettings, choices: Mapping[str, SplitSide]) -> None:
        """`choices` come as the ledger has them, by the digest in hex."""
        self.choices: dict[bytes, SplitSide] = {
            bytes.fromhex(digest[: 2 * KEY_BYTES]): side for digest, side in choices.items()
        }
        self.set_rule(rule)

    def set_rule(self, rule: DatasetSettings) -> None:
        """Another seed or share; what was drawn with another seed no longer holds."""
        self.rule = rule
        self._threshold = threshold(rule.test_share)

    def draws(self, digests: bytes | bytearray) -> array[int]:
        """What prompts draw with this seed, 0 to 2**32 - 1; digests stand one after another."""
        return draws(digests, self.rule.seed)

    def side(self, digest: bytes, drawn: int) -> int:
        """Index into SIDES."""
        chosen = self.choices.get(digest)
        if chosen is None:
            return TEST if drawn < self._threshold else TRAIN
        return SIDES.index(chosen)

    def sides(self, drawn: Iterable[int]) -> bytearray:
        """Sides of many prompts that nobody chose for."""
        return bytearray(map(self._threshold.__gt__, drawn))  # TRAIN is 0, TEST is 1
