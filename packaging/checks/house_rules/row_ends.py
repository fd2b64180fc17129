"""A row ends at a line feed only; Python's own idea of lines cuts U+2028 and others in two."""

from __future__ import annotations

from collections.abc import Iterator

from house_rules.source import Finding, Source, called

MESSAGE = r'splitlines() also cuts at U+2028, \x0b and more: split on b"\n" (tunedesk.core.lines)'


def check(source: Source) -> Iterator[Finding]:
    """No `splitlines` where rows are read."""
    if not source.is_in("core", "store", "engine", "services"):
        return
    for node in source.nodes():
        if called(node).endswith(".splitlines"):
            yield Finding(node.lineno, MESSAGE)
