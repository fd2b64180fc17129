"""A conversation as tokens: the model's own chat template, and what of it is to be learned.

Needs `tokenizers` and `jinja2` only, so that it serves the API process, the trainer and the
generator alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import msgspec
from jinja2.exceptions import TemplateError
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

Message = Mapping[str, Any]


class TemplateRefusalError(ValueError):
    """The model's chat template cannot render these messages; the text says why."""


class Encoded(msgspec.Struct, frozen=True):
    """A row as tokens; `trained[i]` says whether token i is a target of the loss."""

    tokens: list[int]
    trained: list[bool]


class ChatTemplate:
    """Tokenizer and chat template of one model folder."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError or ValueError if the folder lacks or garbles its tokenizer files."""
        self.tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._plain: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._plain.encode_special_tokens = True
        settings = json.loads((folder / "tokenizer_config.json").read_bytes())
        self._names = {name: _token_text(settings.get(name)) for name in ("bos_token", "eos_token")}
        config = json.loads((folder / "config.json").read_bytes())
        self.context_tokens: int = config["max_position_embeddings"]
        self.end_ids = _end_ids(folder, config)
        self.pad_id: int = _first(config.get("pad_token_id"), self.end_ids)
        self._template = _environment().from_string(_template_text(folder, settings))
        self._special = _special_pattern(self.tokenizer)

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Tokens after which the model answers. Raises TemplateRefusalError."""
        return self._tokens(messages, generation_prompt=True)

    def row(self, messages: Sequence[Message]) -> Encoded:
        """A training row: assistant turns whose `weight` is not 0 are learned, to their end token.

        What belongs to an assistant turn is found as the difference between the tokens with and
        without it. Raises TemplateRefusalError if the template rewrites earlier turns.
        """
        tokens = self._tokens(messages, generation_prompt=False)
        trained = [False] * len(tokens)
        for index, message in enumerate(messages):
            if message["role"] == "assistant" and message.get("weight", 1) != 0:
                start, end = self._turn(messages, index, tokens)
                trained[start:end] = [True] * (end - start)
        return Encoded(tokens, trained)

    def _turn(
        self, messages: Sequence[Message], index: int, tokens: Sequence[int]
    ) -> tuple[int, int]:
        through = self._tokens(messages[: index + 1], generation_prompt=False)
        end = len(through)
        before = self._tokens(messages[:index], generation_prompt=True)
        start = len(before)
        if through[:start] != before:
            start = self._after_header(messages[: index + 1], through)
        if list(tokens[:end]) != through:
            raise TemplateRefusalError("the chat template rewrites earlier turns")
        # What follows the end token is layout, the same after every turn: nothing to learn.
        ends = [at for at in range(start, end) if through[at] in self.end_ids]
        return start, (ends[-1] + 1 if ends else end)

    def _after_header(self, messages: Sequence[Message], through: list[int]) -> int:
        """Where the last turn's text begins, found by the words that open an assistant turn.

        Needed where a template shows a first turn otherwise when it stands alone (a default
        system prompt, for one).
        """
        header = self._tokens(messages, generation_prompt=True)[len(through) :]
        for start in range(len(through) - len(header), -1, -1):
            if header and through[start : start + len(header)] == header:
                return start + len(header)
        raise TemplateRefusalError("the chat template does not open assistant turns alike")

    def _tokens(self, messages: Sequence[Message], *, generation_prompt: bool) -> list[int]:
        shown, hidden = _hide_specials([_flat(message) for message in messages], self._special)
        text = self._render(shown, generation_prompt)
        if not hidden:
            return list(self.tokenizer.encode(text, add_special_tokens=False).ids)
        tokens: list[int] = []
        for piece in re.split("(" + "|".join(map(re.escape, hidden)) + ")", text):
            typed = hidden.get(piece)
            coder = self.tokenizer if typed is None else self._plain
            part = piece if typed is None else typed
            tokens += coder.encode(part, add_special_tokens=False).ids
        return tokens

    def _render(self, messages: Sequence[Message], generation_prompt: bool) -> str:
        try:
            return self._template.render(
                messages=messages, add_generation_prompt=generation_prompt, **self._names
            )
        except (TemplateError, TypeError) as error:
            raise TemplateRefusalError(f"the chat template refuses: {error}") from None


def _flat(message: Message) -> Message:
    """Content parts of type text become one text. Raises TemplateRefusalError for others."""
    for key in ("tool_calls", "function_call"):
        if message.get(key):
            raise TemplateRefusalError(f"this model's chat template cannot show '{key}'")
    content = message.get("content")
    if isinstance(content, list):
        content = "".join(_part_text(part) for part in content)
    # "developer" is the newer name of the same role; no local model was taught it.
    role = "system" if message["role"] == "developer" else message["role"]
    return {"role": role, "content": content or "", **_name(message)}


def _name(message: Message) -> dict[str, Any]:
    return {"name": message["name"]} if message.get("name") else {}


def _part_text(part: Message) -> str:
    kind = part.get("type")
    if kind not in ("text", "refusal"):
        raise TemplateRefusalError(f"this model reads text only, not content of type '{kind}'")
    return str(part.get(kind, ""))


def _hide_specials(
    messages: Sequence[Message], special: re.Pattern[str]
) -> tuple[list[Message], dict[str, str]]:
    """Puts stand-ins where a text *types* a special token, so that it is not taken for one.

    Returns the messages and what each stand-in stands for. A stand-in is built from a
    private-use character that occurs in none of the texts.
    """
    texts = [str(message["content"]) for message in messages]
    if not any(special.search(text) for text in texts):
        return list(messages), {}
    joined = "".join(texts)
    fence = next(chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in joined)
    hidden: dict[str, str] = {}

    def hide(match: re.Match[str]) -> str:
        key = f"{fence}{len(hidden)}{fence}"
        hidden[key] = match[0]
        return key

    shown: list[Message] = [
        {**message, "content": special.sub(hide, text)}
        for message, text in zip(messages, texts, strict=True)
    ]
    return shown, hidden


def _special_pattern(tokenizer: Tokenizer) -> re.Pattern[str]:
    added = tokenizer.get_added_tokens_decoder().values()
    contents = sorted((token.content for token in added), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, contents)) or r"(?!)")


def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
    )
    environment.globals["raise_exception"] = _raise_exception
    environment.globals["strftime_now"] = _strftime_now
    return environment


def _raise_exception(message: str) -> NoReturn:
    raise TemplateError(message)


_strftime_now: Callable[[str], str] = lambda form: datetime.now().strftime(form)  # noqa: E731


def _template_text(folder: Path, settings: Mapping[str, Any]) -> str:
    path = folder / "chat_template.jinja"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    text = settings.get("chat_template")
    if not isinstance(text, str):
        raise ValueError(f"{folder} has no chat template")
    return text


def _token_text(value: object) -> str:
    return str(value["content"]) if isinstance(value, dict) else str(value or "")


def _end_ids(folder: Path, config: Mapping[str, Any]) -> frozenset[int]:
    """End tokens of the model; generation_config.json may add some."""
    found: set[int] = set()
    extra_path = folder / "generation_config.json"
    extra = json.loads(extra_path.read_bytes()) if extra_path.is_file() else {}
    for source in (config, extra):
        value = source.get("eos_token_id")
        found.update(value if isinstance(value, list) else [] if value is None else [value])
    return frozenset(found)


def _first(value: int | None, otherwise: frozenset[int]) -> int:
    return value if value is not None else min(otherwise, default=0)
