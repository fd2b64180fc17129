"""The person's tags on rows, kept by prompt: they stay through moves, sorts and saves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import repeat

from tunedesk.services.splitter import key_of_hex

Tags = tuple[str, ...]


class RowTags:
    """Tags by the prompt's key (see Splitter); rows that ask the same share them."""

    def __init__(self, stored: Mapping[str, Tags]) -> None:
        """`stored` comes as the ledger has it, by the digest in hex."""
        self._tags = {key_of_hex(digest): tags for digest, tags in stored.items()}

    def of(self, key: int) -> Tags:
        """Sorted, () for none."""
        return self._tags.get(key, ())

    def of_all(self, keys: Iterable[int]) -> list[Tags]:
        """As `of`, of each of these."""
        return list(map(self._tags.get, keys, repeat(())))

    def put(self, changes: Mapping[int, Tags]) -> None:
        """Replace the tags of these prompts."""
        clean = {tags: _clean(tags) for tags in set(changes.values())}
        for key, tags in changes.items():
            if clean[tags]:
                self._tags[key] = clean[tags]
            else:
                self._tags.pop(key, None)

    def counts(self) -> dict[str, int]:
        """How many prompts have each tag, by name."""
        counted: Counter[str] = Counter()
        for tags, n_prompts in Counter(self._tags.values()).items():
            counted.update(dict.fromkeys(tags, n_prompts))
        return dict(sorted(counted.items()))

    def keys_with(self, tag: str) -> set[int]:
        """The prompts that have this tag."""
        return {key for key, tags in self._tags.items() if tag in tags}

    def __contains__(self, key: int) -> bool:
        return key in self._tags


def _clean(tags: Tags) -> Tags:
    return tuple(sorted({tag.strip() for tag in tags if tag.strip()}))
