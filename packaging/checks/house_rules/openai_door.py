"""One door to providers: what the SDK raises and returns is translated in one room."""

from __future__ import annotations

from collections.abc import Iterator

from house_rules.source import Finding, Source, imported

MESSAGE = "the openai SDK lives in providers: speak to a tunedesk.providers.base.Provider"


def check(source: Source) -> Iterator[Finding]:
    """`import openai` in the app only below providers/."""
    if not source.path.startswith("desktop/") or source.is_in("providers"):
        return
    for node in source.nodes():
        if any(name.split(".")[0] == "openai" for name in imported(node)):
            yield Finding(node.lineno, MESSAGE)
