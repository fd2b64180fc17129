"""A conversation as tokens: the model's own chat template, and what of it is to be learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from tunedesk.engine.template.encoding import Coder, Encoded, Hidden, Span, any_of
from tunedesk.engine.template.files import read_facts
from tunedesk.engine.template.messages import (
    Conversation,
    NativeForm,
    functions_of,
    native,
    plain,
    read_turns,
    told,
    tools_of,
)
from tunedesk.engine.template.probe import native_form, takes_system
from tunedesk.engine.template.renderer import Message, Renderer, TemplateRefusalError
from tunedesk.engine.template.turns import TurnFinder


class ChatTemplate:
    """Tokenizer and chat template of one model folder; threads may share it.

    Tools are given to a template that knows them; for any other they are told as text. Which of
    the two is a matter of the model alone, so a job learns what a chat asks.
    """

    def __init__(self, folder: Path) -> None:
        """Raises OSError or ValueError if the folder lacks or garbles its tokenizer files."""
        self._coder = Coder(folder / "tokenizer.json")
        facts = read_facts(folder, self.tokenizer)
        self.context_tokens = facts.context_tokens
        self.end_ids = facts.end_ids
        self.pad_id = facts.pad_id
        self._renderer = Renderer(facts.template, facts.names)
        self._end_tokens = any_of([text for i in self.end_ids if (text := self._token(i))])
        eos_id = self.tokenizer.token_to_id(facts.names["eos_token"])
        self._end_id = min(self.end_ids, default=None) if eos_id is None else eos_id

    @property
    def tokenizer(self) -> Tokenizer:
        """The model's own."""
        return self._coder.tokenizer

    def prompt(self, messages: Sequence[Message], tools: list[Any] | None = None) -> list[int]:
        """Tokens after which the model answers. Raises TemplateRefusalError."""
        shown, hidden = self._shown(messages, tools)
        finder = self._finder(shown, asked=True)
        return self._encode(finder, dict.fromkeys(_answers(shown), False), hidden)[0].tokens

    def row(self, messages: Sequence[Message], tools: list[Any] | None = None) -> Encoded:
        """A training row: assistant turns whose `weight` is not 0 are learned, to their end token.

        A template that writes no end token gets one behind the last turn, or the model would
        never learn to stop. Raises TemplateRefusalError, also if the template rewrites earlier
        turns.
        """
        shown, hidden = self._shown(messages, tools)
        finder = self._finder(shown)
        learned = {at: shown.trained[at] for at in _answers(shown)}
        row, last = self._encode(finder, learned, hidden)
        is_last = last is not None and last[1] == len(finder.text)
        is_open = is_last and not self._end_tokens.search(finder.text, last[0] if last else 0)
        return self._ended(row) if is_open else row

    def text_prompt(self, prompt: str) -> list[int]:
        """Tokens of a plain text to go on with, as the completions API has it."""
        hidden = self._coder.hide(prompt)
        return (
            self._coder.opening + self._coder.encode(hidden.value, [], [], hidden.stand_ins).tokens
        )

    def completion(self, prompt: str, completion: str) -> Encoded:
        """A prompt and completion row: plain text, without the chat template.

        The completion is learned, and an end token behind it. That is what the completions API
        asks for, so it suits a base model; a chat model asked by chat shows little of it.
        """
        hidden = self._coder.hide([prompt, completion])
        asked, said = hidden.value
        turn = (len(asked), len(asked) + len(said))
        row = self._coder.encode(asked + said, [turn], [True], hidden.stand_ins)
        n_opening = len(self._coder.opening)
        opened = Encoded(
            self._coder.opening + row.tokens,
            [False] * n_opening + row.trained,
            row.text,
            [0] * n_opening + row.starts,
            row.typed,
        )
        return self._ended(opened)

    def example(self, example: Mapping[str, Any]) -> Encoded:
        """A checked row of a supervised file, of either format. Raises TemplateRefusalError."""
        if "messages" in example:
            return self.row(example["messages"], tools_of(example))
        return self.completion(example["prompt"], example["completion"])

    def pair(self, example: Mapping[str, Any]) -> tuple[Encoded, Encoded]:
        """A checked preference row: the preferred and the other conversation.

        Of each only the output's assistant turns are learned. Raises TemplateRefusalError.
        """
        asked = example["input"]
        prompt = [{**message, "weight": 0} for message in asked["messages"]]
        tools = tools_of(asked)
        preferred = self.row([*prompt, *example["preferred_output"]], tools)
        return preferred, self.row([*prompt, *example["non_preferred_output"]], tools)

    def _shown(
        self, messages: Sequence[Message], tools: list[Any] | None
    ) -> tuple[Conversation, Hidden]:
        """The conversation as the template takes it, typed special tokens hidden in it."""
        try:
            whole = self._converted(messages, tools)
            hidden = self._coder.hide([whole.messages, whole.tools])
        except RecursionError:
            raise TemplateRefusalError("the tools or calls are nested too deeply") from None
        shown, shown_tools = hidden.value
        return Conversation(shown, whole.trained, shown_tools), hidden

    def _converted(self, messages: Sequence[Message], tools: list[Any] | None) -> Conversation:
        turns = read_turns(messages)
        functions = functions_of(tools)
        if not functions and not any(turn.calls or turn.role == "tool" for turn in turns):
            return plain(turns)
        if self._native_form is not None:
            return native(turns, functions, self._native_form)
        return told(turns, functions, takes_system=self._takes_system)

    @cached_property
    def _native_form(self) -> NativeForm | None:
        return native_form(self._renderer)

    @cached_property
    def _takes_system(self) -> bool:
        return takes_system(self._renderer)

    def _finder(self, shown: Conversation, *, asked: bool = False) -> TurnFinder:
        def render(messages: Sequence[Message], is_asked: bool) -> str:
            return self._renderer(messages, shown.tools, generation_prompt=is_asked)

        return TurnFinder(render, shown.messages, self._end_tokens, asked=asked)

    def _encode(
        self, finder: TurnFinder, learned: Mapping[int, bool], hidden: Hidden
    ) -> tuple[Encoded, Span | None]:
        """The tokens, and the last turn if it is learned."""
        spans = finder.spans(learned)
        flags = [learned[at] for at in spans]
        turns = list(spans.values())
        row = self._coder.encode(finder.text, turns, flags, hidden.stand_ins)
        return row, turns[-1] if turns and flags[-1] else None

    def _ended(self, row: Encoded) -> Encoded:
        """The row with an end token behind it, learned like the rest."""
        if self._end_id is None:
            return row
        end = self._token(self._end_id)
        return Encoded(
            [*row.tokens, self._end_id],
            [*row.trained, True],
            row.text + end,
            [*row.starts, len(row.text)],
            row.typed,
        )

    def _token(self, token_id: int) -> str:
        return str(self.tokenizer.id_to_token(token_id) or "")


def _answers(shown: Conversation) -> list[int]:
    return [at for at, message in enumerate(shown.messages) if message["role"] == "assistant"]
