"""Labels and message boxes guess whether a text is HTML; ours are told that it is not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from house_rules.source import Finding, Node, Source, called

HOMES = {
    "QLabel": (
        "desktop/tunedesk/ui/widgets/text.py",
        "PlainLabel of tunedesk.ui.widgets.text",
    ),
    "QMessageBox": (
        "desktop/tunedesk/ui/widgets/ask.py",
        "the Ask that the page was given (tunedesk.ui.widgets.ask)",
    ),
}


def check(source: Source) -> Iterator[Finding]:
    """QLabel and QMessageBox are made and derived from in one file each."""
    if not source.path.startswith("desktop/"):
        return
    for node in source.nodes():
        for name in _made_or_derived(node):
            home, instead = HOMES.get(name, (source.path, ""))
            if source.path != home:
                yield Finding(node.lineno, f"{name} may show data as HTML: use {instead}")


def _made_or_derived(node: Node) -> list[str]:
    if isinstance(node, ast.ClassDef):
        return [base.id for base in node.bases if isinstance(base, ast.Name)]
    return [called(node).split(".")[0]]
