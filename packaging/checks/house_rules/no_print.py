"""Standard output belongs to the commands' results; the app has a window and a log."""

from __future__ import annotations

from collections.abc import Iterator

from house_rules.source import Finding, Source, called

MESSAGE = "print() in the app: sys.stdout.write() for a command's result, logging for all else"


def check(source: Source) -> Iterator[Finding]:
    """No `print` below desktop/."""
    if not source.path.startswith("desktop/"):
        return
    for node in source.nodes():
        if called(node) == "print":
            yield Finding(node.lineno, MESSAGE)
