"""The person's tags on rows, kept by prompt: they stay through moves, sorts and saves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from tunedesk.core.split import KEY_BYTES

Tags = tuple[str, ...]


class RowTags:
    """Tags by the prompt's digest (its first KEY_BYTES); rows that ask the same share them."""

    def __init__(self, stored: Mapping[str, Tags]) -> None:
        """`stored` comes as the ledger has it, by the digest in hex."""
        width = 2 * KEY_BYTES
        self._tags = {bytes.fromhex(digest[:width]): tags for digest, tags in stored.items()}

    def of(self, digest: bytes) -> Tags:
        """Sorted, () for none."""
        return self._tags.get(digest, ())

    def put(self, changes: Mapping[bytes, Tags]) -> dict[bytes, Tags]:
        """Replace the tags of these prompts; returns those before."""
        before = {digest: self.of(digest) for digest in changes}
        for digest, tags in changes.items():
            kept = tuple(sorted({tag.strip() for tag in tags if tag.strip()}))
            if kept:
                self._tags[digest] = kept
            else:
                self._tags.pop(digest, None)
        return before

    def counts(self) -> dict[str, int]:
        """How many prompts have each tag, by name."""
        counted = Counter(tag for tags in self._tags.values() for tag in tags)
        return dict(sorted(counted.items()))

    def digests_with(self, tag: str) -> set[bytes]:
        """The prompts that have this tag."""
        return {digest for digest, tags in self._tags.items() if tag in tags}

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._tags
