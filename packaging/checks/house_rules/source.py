"""What a rule is given, and what it gives back."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

Node = ast.expr | ast.stmt


class Finding(NamedTuple):
    """One place that breaks a rule; the message says what to write instead."""

    line: int
    message: str


@dataclass(frozen=True)
class Source:
    """A text file of the tree: its path from the top with "/", its text, and its syntax tree."""

    path: str
    text: str

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    def nodes(self) -> Iterator[Node]:
        """Every expression and statement; nothing for a file that is not Python."""
        if self.is_python:
            yield from (node for node in ast.walk(_parsed(self)) if isinstance(node, Node))

    def is_in(self, *rooms: str) -> bool:
        """Whether the file belongs to one of these rooms of the house ("core", "ui/widgets")."""
        return self.path.startswith(tuple(f"desktop/tunedesk/{room}/" for room in rooms))


@cache
def _parsed(source: Source) -> ast.Module:
    return ast.parse(source.text, source.path)


def imported(node: Node) -> list[str]:
    """The modules that this statement imports, by their full names; relative ones are left out."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
        return [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return []


def called(node: Node) -> str:
    """What a call calls: "print", "time.sleep", ".exec" where the owner is no plain name; or ""."""
    if not isinstance(node, ast.Call):
        return ""
    if isinstance(node.func, ast.Name):
        return node.func.id
    if isinstance(node.func, ast.Attribute):
        owner = node.func.value
        return f"{owner.id if isinstance(owner, ast.Name) else ''}.{node.func.attr}"
    return ""
