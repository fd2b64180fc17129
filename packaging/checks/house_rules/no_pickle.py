"""A pickle runs code when it is loaded, so weights are safetensors and records are JSON."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from house_rules.source import Finding, Node, Source, called, imported

MODULES = {"pickle", "cloudpickle", "joblib", "dill", "shelve", "marshal"}
CALLS = {"torch.load": "safetensors.torch.load_file()", "torch.save": "save_file() of safetensors"}


def check(source: Source) -> Iterator[Finding]:
    """No module that unpickles, no call that may, outside the tests that prove it is refused."""
    if source.path.startswith("tests/"):
        return
    for node in source.nodes():
        for module in sorted({name.split(".")[0] for name in imported(node)} & MODULES):
            yield Finding(node.lineno, f"{module} runs code from files: use msgspec or safetensors")
        if called(node) in CALLS:
            instead = CALLS[called(node)]
            yield Finding(node.lineno, f"{called(node)} pickles: use {instead}")
        if _allows_pickle(node):
            yield Finding(node.lineno, "this runs code from files: leave that argument out")


def _allows_pickle(node: Node) -> bool:
    words = node.keywords if isinstance(node, ast.Call) else []
    return any(word.arg in {"allow_pickle", "trust_remote_code"} and _is_on(word) for word in words)


def _is_on(word: ast.keyword) -> bool:
    return not (isinstance(word.value, ast.Constant) and word.value.value is False)
