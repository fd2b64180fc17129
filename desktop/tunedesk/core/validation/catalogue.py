"""Every rule's codes and words, read from the rules themselves: for docs and translations."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_MAKERS = {"error": "error", "warning": "warning"}


class Entry(NamedTuple):
    """One thing a rule may say; `group` is the module it stands in."""

    group: str
    code: str
    severity: str
    template: str
    fix_template: str


def entries(folder: Path) -> list[Entry]:
    """All calls of `error` and `warning` in the Python files of a folder, by group and code.

    A part of a code that is not written out stands as "…".
    """
    found = [entry for path in sorted(folder.glob("*.py")) for entry in _entries(path)]
    return sorted(set(found), key=lambda entry: (entry.group, entry.code, entry.template))


def _entries(path: Path) -> Iterator[Entry]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            severity = _MAKERS.get(node.func.id)
            if severity is not None and len(node.args) == 4:
                code, _, template, fix = (_text(argument, names) for argument in node.args)
                yield Entry(path.stem, code, severity, template, fix)


def _text(node: ast.expr, names: dict[str, ast.expr]) -> str:
    if isinstance(node, ast.Name) and node.id in names:
        node = names[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, names) for part in node.values)
    return "…"
