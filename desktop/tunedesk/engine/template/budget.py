"""A sandbox whose templates end, and stay small: a model's chat template is foreign code.

jinja2's own sandbox keeps a template from files and from Python's insides, but not from looping
for days or from making one text of a terabyte. Here each render has a number of turns and of
characters; real templates need a thousandth of both. No clock is asked: what is refused once is
always refused.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Sized
from typing import Any

from jinja2 import Template, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_TURNS = 1_000_000  # of all loops together, and calls; about half a second
MAX_CHARACTERS = 64 * 2**20  # written by one render, and of any one text or list
_MAX_WIDTH = 10_000
_MAX_BITS = 4096
_SPELLED = 32  # characters that a value other than a text counts as
_WIDE_FORMAT = re.compile(r"\d{5}")
_WIDENING = ("batch", "center", "format", "indent", "replace", "slice", "truncate", "wordwrap")
_SPELLING = ("join", "list", "pprint", "string", "sum", "tojson", "unique", "urlencode")


class _Used(threading.local):
    turns = 0
    characters = 0


class BudgetTemplate(Template):
    """A template that begins each render with a full budget."""

    def render(self, *args: Any, **kwargs: Any) -> str:
        """As jinja2's. Raises SecurityError, a TemplateError, beyond the budget."""
        assert isinstance(self.environment, BudgetSandbox)
        self.environment.refill()
        return super().render(*args, **kwargs)


class BudgetSandbox(ImmutableSandboxedEnvironment):
    """Counts turns of loops, calls and characters; threads may share it."""

    intercepted_binops = frozenset({"*", "**", "+", "%"})
    template_class = BudgetTemplate

    def __init__(self, **options: Any) -> None:
        self._used = _Used()
        super().__init__(**options, finalize=self._written)
        del self.globals["lipsum"]
        self.filters["_bounded_turns"] = self._bounded_turns
        self.filters["_bounded_join"] = self._bounded_join
        for name in _WIDENING:
            self.filters[name] = _checked(self.filters[name], _require_narrow)
        for name in _SPELLING:
            self.filters[name] = _checked(self.filters[name], _require_light)

    def refill(self) -> None:
        """Begins a render on this thread."""
        self._used.turns = self._used.characters = 0

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        """Any call of a template's."""
        self._turn()
        owner = getattr(getattr(obj, "__wrapped__", obj), "__self__", None)
        if isinstance(owner, str):
            _require_narrow(owner, *args, *kwargs.values())
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """The operators that can make much of little."""
        if operator in ("*", "**"):
            _require_small_product(operator, left, right)
        elif isinstance(left, Sized) and isinstance(right, Sized) and operator == "+":
            _require_size(len(left) + len(right))
        elif isinstance(left, str) and operator == "%":
            _require_narrow(left, right)
        return super().call_binop(context, operator, left, right)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        bounded: nodes.Template = _Bounder().visit(tree)
        return bounded

    def _turn(self) -> None:
        self._used.turns += 1
        if self._used.turns > MAX_TURNS:
            raise SecurityError(f"it loops more than {MAX_TURNS:,} times")

    def _bounded_turns(self, items: Iterable[Any]) -> Iterator[Any]:
        for item in items:
            self._turn()
            yield item

    def _bounded_join(self, parts: Iterable[Any]) -> str:
        whole = list(parts)
        _require_light(whole)
        return "".join(map(str, whole))

    def _written(self, value: Any) -> Any:
        self._used.characters += _weight(value)
        _require_size(self._used.characters)
        return value


class _Bounder(NodeTransformer):
    """Puts each loop and each `~` through a filter of ours."""

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802 - jinja2's name
        self.generic_visit(node)
        node.iter = _filtered(node.iter, "_bounded_turns")
        return node

    def visit_Concat(self, node: nodes.Concat) -> nodes.Expr:  # noqa: N802 - jinja2's name
        self.generic_visit(node)
        return _filtered(nodes.List(node.nodes, lineno=node.lineno), "_bounded_join")


def _filtered(node: nodes.Node, name: str) -> nodes.Filter:
    assert isinstance(node, nodes.Expr)
    return nodes.Filter(node, name, [], [], None, None, lineno=node.lineno)


def _checked(filter_: Callable[..., Any], check: Callable[..., None]) -> Callable[..., Any]:
    def checked(*args: Any, **kwargs: Any) -> Any:
        check(*args, *kwargs.values())
        return filter_(*args, **kwargs)

    if hasattr(filter_, "jinja_pass_arg"):  # jinja2's mark: it wants the environment first
        vars(checked)["jinja_pass_arg"] = filter_.jinja_pass_arg
    return checked


def _weight(value: Any) -> int:
    """About how many characters `value` is when spelled out; at most a little over the budget.

    A list may hold another twice, and so on: forty of them are a trillion when written.
    """
    total, waiting = 0, [value]
    while waiting and total <= MAX_CHARACTERS:
        item = waiting.pop()
        total += len(item) if isinstance(item, str) else _SPELLED
        if isinstance(item, dict):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple | set):
            waiting += item
    return total if not waiting else MAX_CHARACTERS + 1


def _require_light(*values: Any) -> None:
    """A separator counts as often as there are parts."""
    texts = [len(value) for value in values if isinstance(value, str)]
    parts = [len(value) for value in values if isinstance(value, list | tuple)]
    _require_size(max(texts, default=0) * max(parts, default=0))
    _require_size(sum(map(_weight, values)))


def _require_narrow(*values: Any) -> None:
    """Widths of formats, and what a replacement can make of a text."""
    lengths = [len(value) for value in values if isinstance(value, str)]
    product = 1
    for length in sorted(lengths)[-2:]:
        product *= max(length, 1)
    _require_size(product if len(lengths) > 2 else sum(lengths))
    for value in values:
        is_wide = isinstance(value, int) and abs(value) > _MAX_WIDTH
        if is_wide or (isinstance(value, str) and "%" in value and _WIDE_FORMAT.search(value)):
            raise SecurityError("it asks for a text that is too wide")
        if isinstance(value, str) and "{" in value and _WIDE_FORMAT.search(value):
            raise SecurityError("it asks for a text that is too wide")


def _require_small_product(operator: str, left: Any, right: Any) -> None:
    for counted, times in ((left, right), (right, left)):
        if isinstance(counted, Sized) and isinstance(times, int):
            _require_size(len(counted) * max(times, 0))
    if isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * right if operator == "**" else left.bit_length()
        if max(bits, right.bit_length()) > _MAX_BITS:
            raise SecurityError("it computes with a number that is too large")


def _require_size(n_items: int) -> None:
    if n_items > MAX_CHARACTERS:
        raise SecurityError(f"it makes a text of more than {MAX_CHARACTERS:,} characters")
