"""Every English text of the program that a person may see, read from the sources.

The window's own texts stand in calls of `tr` and `translate`. What the rooms below the window say
has no call around it: there a literal counts as a text if it reads like a sentence. The value of
a slot in an f-string is left out; the slot keeps the name that stands in it, or its number.
"""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from pathlib import Path

_CALLS = frozenset({"tr", "_tr", "translate", "worded"})
_ROOMS_OF_WORDS = ("core", "store", "services", "providers", "checking", "app")
_ROOMS_OF_WINDOW = ("ui", "app")
_MODULES_OF_WORDS = frozenset(
    f"engine/{name}.py"
    for name in ("bases", "gguf_read", "model_add", "model_files", "model_judge", "model_take")
) | {"engine/model_tensors.py", "engine/model_trial.py", "engine/model_work.py"}
"""Where the engine says why it does not take a model, which the window shows."""
_SENTENCE = re.compile(
    r"^(?!(?:SELECT|DELETE|UPDATE|INSERT) )[A-Z{“\"][^\n]*\s[^\n]*(?:[.?…]|[^:]:)$"
)
_PHRASE = re.compile(r"^(an?|the|it|is|has|there|what|which|who|how|true|one) [a-z][^\n]*$")
_TABLES = frozenset(
    {"SHAPE_WORDS", "EVIDENCE", "_REASONS", "_CONTAINERS", "_TRUSTED", "_KINDS", "JOB_PHRASES"}
)
"""Tables of phrases whose values the window translates by their English."""


def texts(package: Path) -> dict[str, list[str]]:
    """{module path below the package: its texts in the order of the source, each once}."""
    found: dict[str, list[str]] = {}
    for path in sorted(package.rglob("*.py")):
        module = path.relative_to(package).as_posix()
        room = module.split("/", 1)[0]
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named = list(_called(tree)) if room in _ROOMS_OF_WINDOW or _is_check(module) else []
        is_of_words = room in _ROOMS_OF_WORDS or module in _MODULES_OF_WORDS
        if is_of_words or _is_check(module):
            named += [*_sentences(tree), *_of_rules(tree)]
        named += _of_tables(tree)
        if named:
            found[module] = list(dict.fromkeys(named))
    return found


def _is_check(module: str) -> bool:
    return module.startswith("check")


def _called(tree: ast.AST) -> Iterator[str]:
    """The literals in calls of the translation, wherever the argument stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in _CALLS:
            is_first = len(node.args) == 1 or _name(node.func) == "worded"
            wanted = node.args[:1] if is_first else node.args[1:2]
            for argument in wanted:
                yield from _literals(argument)


def _literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from _literals(node.body)
        yield from _literals(node.orelse)
    elif (text := text_of(node)) is not None and text.strip():
        yield text


def _sentences(tree: ast.AST) -> list[str]:
    skipped = _docstrings(tree) | _parts_of_strings(tree) | _for_developers(tree)
    return [
        text
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and id(node) not in skipped
        if (text := text_of(node)) is not None and (_SENTENCE.match(text) or _PHRASE.match(text))
    ]


def _of_rules(tree: ast.AST) -> Iterator[str]:
    """What names a finding in a list, by its code, and a fix on a button."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in ("error", "warning"):
            if len(node.args) == 4 and (code := text_of(node.args[0])) is not None:
                yield code.replace("_", " ").capitalize()
                yield from (text for part in node.args[2:] for text in _literals(part))
        elif isinstance(node, ast.Call) and _name(node.func) == "TunedeskError":
            yield from (text for part in node.args[1:] for text in _literals(part))
        elif isinstance(node, ast.Call) and _name(node.func) == "Fix" and len(node.args) > 1:
            yield from _literals(node.args[1])


def _of_tables(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Name) and target.id in _TABLES for target in targets):
                yield from _values(node.value)


def _values(table: ast.expr) -> Iterator[str]:
    if isinstance(table, ast.Dict):
        for value in table.values:
            yield from _literals(value)
    elif isinstance(table, ast.Tuple):
        for pair in table.elts:
            if isinstance(pair, ast.Tuple):
                yield from _literals(pair.elts[-1])


def _docstrings(tree: ast.AST) -> set[int]:
    """Also the strings below an assignment, which say what it is."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def _for_developers(tree: ast.AST) -> set[int]:
    """What only a traceback shows: assertions, and errors that are not ours."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            if not _makes_ours(node.exc):
                found |= {id(inner) for inner in ast.walk(node.exc)}
        elif isinstance(node, ast.Assert) and node.msg is not None:
            found.add(id(node.msg))
    return found


def _makes_ours(call: ast.Call) -> bool:
    """A function that makes the error, or one of our own classes, is not Python's error."""
    return not hasattr(builtins, _name(call.func))


def _parts_of_strings(tree: ast.AST) -> set[int]:
    inside = (
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
    )
    return {id(part) for part in inside}


def text_of(node: ast.expr) -> str | None:
    """The text of a literal, with slots for what an f-string fills in; None for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts, n = [], 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            n += 1
            name = part.value.id if isinstance(part.value, ast.Name) else str(n)
            parts.append(f"{{{name}}}")
    return "".join(parts)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
