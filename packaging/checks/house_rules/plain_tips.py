"""Tooltips guess whether a text is HTML; one helper keeps them from it."""

from __future__ import annotations

from collections.abc import Iterator

from house_rules.source import Finding, Source, called

HOME = "desktop/tunedesk/ui/widgets/tips.py"
GUESSING = {"setToolTip", "setStatusTip", "setWhatsThis"}


def check(source: Source) -> Iterator[Finding]:
    """Tooltips are set through `set_tip`."""
    if not source.path.startswith("desktop/") or source.path == HOME:
        return
    for node in source.nodes():
        if called(node).split(".")[-1] in GUESSING:
            advice = "use set_tip(widget, text) of tunedesk.ui.widgets.tips"
            yield Finding(node.lineno, f"a tooltip may show data as HTML: {advice}")
