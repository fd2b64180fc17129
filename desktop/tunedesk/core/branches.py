"""A conversation whose earlier turns can be put anew: a tree of turns, and one way through it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

ROOT = 0
"""The parent of a first turn."""


class Node(Protocol):
    """`id` is above 0 and above its parent's."""

    @property
    def id(self) -> int: ...

    @property
    def parent(self) -> int: ...

    @property
    def pane(self) -> int: ...


N = TypeVar("N", bound=Node)


def way_to(nodes: Mapping[int, N], leaf: int) -> list[N]:
    """From the first turn to `leaf`; empty for ROOT."""
    way: list[N] = []
    while leaf != ROOT:
        way.append(nodes[leaf])
        leaf = way[-1].parent
    return way[::-1]


def siblings(nodes: Mapping[int, N], node: N) -> list[N]:
    """The turns that stand at the same place in the same pane, `node` among them, oldest first."""
    same = [n for n in nodes.values() if (n.pane, n.parent) == (node.pane, node.parent)]
    return sorted(same, key=lambda n: n.id)


def newest_leaf(nodes: Mapping[int, N], start: int) -> int:
    """Where the way through `start` goes on to by the newest turn each time."""
    newest = {n.parent: n.id for n in sorted(nodes.values(), key=lambda n: n.id)}
    while start in newest:
        start = newest[start]
    return start
