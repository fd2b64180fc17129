"""A shell reads names and paths as code."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from house_rules.source import Finding, Node, Source, called

MESSAGE = "a shell would read data as code: subprocess with a list of words and no shell"


def check(source: Source) -> Iterator[Finding]:
    """No `shell=True`, `os.system` or `os.popen`."""
    for node in source.nodes():
        if _asks_for_shell(node) or called(node) in {"os.system", "os.popen"}:
            yield Finding(node.lineno, MESSAGE)


def _asks_for_shell(node: Node) -> bool:
    words = node.keywords if isinstance(node, ast.Call) else []
    return any(word.arg == "shell" and _is_on(word) for word in words)


def _is_on(word: ast.keyword) -> bool:
    return not (isinstance(word.value, ast.Constant) and word.value.value is False)
