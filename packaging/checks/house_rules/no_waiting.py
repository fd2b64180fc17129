"""A sleep on the window's thread is a window that does not answer."""

from __future__ import annotations

from collections.abc import Iterator

from house_rules.source import Finding, Source, called, imported

MESSAGE = "sleeping blocks the loop: await the event itself, or asyncio.sleep() if there is none"


def check(source: Source) -> Iterator[Finding]:
    """No `time.sleep` in ui and services."""
    if not source.is_in("ui", "services"):
        return
    for node in source.nodes():
        if called(node) == "time.sleep" or "time.sleep" in imported(node):
            yield Finding(node.lineno, MESSAGE)
