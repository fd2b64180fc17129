"""Qt's rich text reads local files that data names (measured), so one class alone may use it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from house_rules.source import Finding, Node, Source

HOME = "desktop/tunedesk/ui/widgets/markdown_view"
WORDS = {
    "setHtml": "setPlainText()",
    "insertHtml": "insertPlainText()",
    "setMarkdown": "the MarkdownView of ui/widgets/markdown_view.py",
    "insertMarkdown": "the MarkdownView of ui/widgets/markdown_view.py",
    "MarkdownText": "Qt.TextFormat.PlainText",
    "RichText": "Qt.TextFormat.PlainText",
    "AutoText": "Qt.TextFormat.PlainText",
    "QTextBrowser": "PlainEdit, or the MarkdownView of ui/widgets/markdown_view.py",
    "QTextEdit": "PlainEdit, or the MarkdownView of ui/widgets/markdown_view.py",
}


def check(source: Source) -> Iterator[Finding]:
    """No call, constant or class of Qt's that may read text as HTML or Markdown."""
    if not source.path.startswith("desktop/") or source.path.startswith(HOME):
        return
    for node in source.nodes():
        for word in {*_names(node)} & WORDS.keys():
            yield Finding(node.lineno, f"{word} may read files named in data: use {WORDS[word]}")


def _names(node: Node) -> list[str]:
    if isinstance(node, ast.Attribute):
        return [node.attr]
    if isinstance(node, ast.Name):
        return [node.id]
    return []
