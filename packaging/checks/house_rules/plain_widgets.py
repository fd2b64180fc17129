"""Qt's labels and message boxes guess whether a text is HTML, and its boxes to write in take HTML
and files; ours do not."""

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
    "QLineEdit": (
        "desktop/tunedesk/ui/widgets/text_boxes.py",
        "LineEdit of tunedesk.ui.widgets.text_boxes",
    ),
    "QPlainTextEdit": (
        "desktop/tunedesk/ui/widgets/text_boxes.py",
        "PlainEdit of tunedesk.ui.widgets.text_boxes",
    ),
}


def check(source: Source) -> Iterator[Finding]:
    """Each of HOMES is made and derived from in one file."""
    if not source.path.startswith("desktop/"):
        return
    for node in source.nodes():
        for name in _made_or_derived(node):
            home, instead = HOMES.get(name, (source.path, ""))
            if source.path != home:
                yield Finding(
                    node.lineno, f"{name} may take data for more than text: use {instead}"
                )


def _made_or_derived(node: Node) -> list[str]:
    if isinstance(node, ast.ClassDef):
        return [base.id for base in node.bases if isinstance(base, ast.Name)]
    return [called(node).split(".")[0]]
