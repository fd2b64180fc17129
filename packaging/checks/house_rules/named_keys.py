"""A key without a name is not in the list of F1."""

from __future__ import annotations

from collections.abc import Iterator

from house_rules.source import Finding, Source, called

HOME = "desktop/tunedesk/ui/widgets/named_keys.py"
MESSAGE = "F1 and Ctrl+K would not know this key: use named_key() of tunedesk.ui.widgets.named_keys"


def check(source: Source) -> Iterator[Finding]:
    """QShortcut is made in one file."""
    if not source.path.startswith("desktop/") or source.path == HOME:
        return
    for node in source.nodes():
        if called(node) == "QShortcut":
            yield Finding(node.lineno, MESSAGE)
