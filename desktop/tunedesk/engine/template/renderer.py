"""A model's chat template, run in a sandbox as the `transformers` library runs it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

from jinja2 import nodes
from jinja2.exceptions import TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser

from tunedesk.engine.template.budget import BudgetSandbox

Message = Mapping[str, Any]

_MAX_JSON_LAYOUT = 32


class TemplateRefusalError(ValueError):
    """The model's chat template cannot render these messages; the text says why."""


class Renderer:
    """Renders messages to text."""

    def __init__(self, source: str | None, tokens: Mapping[str, str]) -> None:
        """`tokens` are the names a template may use, such as `bos_token`.

        Raises ValueError if the source is no template. Without a source nothing can be rendered.
        """
        try:
            self._template = None if source is None else _environment().from_string(source)
        except TemplateError as error:
            raise ValueError(f"the chat template cannot be read: {error}") from None
        self._tokens = tokens

    def __call__(
        self,
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] | None = None,
        *,
        generation_prompt: bool,
    ) -> str:
        """Raises TemplateRefusalError."""
        if self._template is None:
            raise TemplateRefusalError(
                "this model has no chat template, so it takes prompt and completion rows only"
            )
        try:
            return self._template.render(
                messages=messages,
                tools=tools,
                add_generation_prompt=generation_prompt,
                **self._tokens,
            )
        except Exception as error:  # a template is foreign code: whatever it raises, it refuses
            reason = str(error) or type(error).__name__
            raise TemplateRefusalError(f"the chat template refuses: {reason}") from None


class _Generation(Extension):
    """`{% generation %}` marks what an assistant says; here only its inside counts."""

    tags = {"generation"}  # noqa: RUF012 - jinja2's own declaration

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _environment() -> BudgetSandbox:
    environment = BudgetSandbox(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, _Generation]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _strftime_now
    return environment


def _to_json(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Not jinja2's own, which escapes `<` and sorts the keys."""
    widths = [indent or 0, *(len(separator) for separator in separators or ())]
    if max(widths) > _MAX_JSON_LAYOUT:
        raise TemplateError("it asks for JSON that is laid out too widely")
    return json.dumps(
        value,
        ensure_ascii=ensure_ascii,
        indent=indent,
        separators=separators,
        sort_keys=sort_keys,
    )


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


def _strftime_now(form: str) -> str:
    return datetime.now().strftime(form)
