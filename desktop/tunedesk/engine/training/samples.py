"""What the model answers to a few prompts as it learns: numbers alone hide a collapse.

The prompts are the first of the held-out rows, or of the training rows where none are held out.
Answers are greedy, so they change with the weights and with nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from tunedesk.engine.template import ChatTemplate
from tunedesk.engine.training.model import Trainee
from tunedesk.engine.training.report import Report, Sample

_N_PROMPTS = 3
_MAX_TOKENS = 48
_SLICE_TOKENS = 16  # in one turn, so that a chat need not wait for a whole answer
_SLOW_S = 5.0  # for one answer: then none are asked for
_ROUND_S = 4.0  # after that no further prompt is begun, in this round and later ones
_SHARE = 0.25  # of the run's work at most, the rounds before and after training apart
_LONGEST_PROMPT_TOKENS = 1024


class Prompt:
    """What is asked: `text` for people, `tokens` for the model."""

    def __init__(self, text: str, tokens: Sequence[int]) -> None:
        self.text = text
        self.tokens = list(tokens)


def read_prompts(path: Path, template: ChatTemplate) -> list[Prompt]:
    """The first prompts of a checked file, over-long ones left out. Raises OSError."""
    found: list[Prompt] = []
    for example in _examples(path):
        if len(found) == _N_PROMPTS:
            break
        prompt = _prompt(example, template)
        if prompt is not None and len(prompt.tokens) <= _LONGEST_PROMPT_TOKENS:
            found += [prompt] if prompt.text not in [other.text for other in found] else []
    return found


class Sampler:
    """Asks the same prompts each time, within bounds of time.

    On a slow machine it asks fewer or, with a word, none; where epochs are short it leaves some
    of them out. `clock` is in seconds of the processor: a busy machine is not a slow one.
    """

    def __init__(
        self,
        trainee: Trainee,
        template: ChatTemplate,
        prompts: Sequence[Prompt],
        turn: Callable[[], AbstractContextManager[None]],
        report: Report,
        clock: Callable[[], float],
    ) -> None:
        self._trainee = trainee
        self._template = template
        self._prompts = list(prompts)
        self._turn = turn
        self._report = report
        self._clock = clock
        self._began_s = clock()
        self._spent_s = 0.0

    def __call__(self, *, always: bool = False) -> list[Sample]:
        """An answer to each prompt; none if it is not the time. `always`: it is."""
        started_s = self._clock()
        if not always and self._spent_s > _SHARE * (started_s - self._began_s):
            return []
        found: list[Sample] = []
        for number, prompt in enumerate(list(self._prompts), start=1):
            asked_s = self._clock()
            found.append({"prompt": prompt.text, "answer": self._answer(prompt)})
            took_s = self._clock() - asked_s
            if took_s > _SLOW_S:
                self._give_up(took_s)
                break
            if self._clock() - started_s > _ROUND_S:
                del self._prompts[number:]
                break
        if not always:
            self._spent_s += self._clock() - started_s
        return found

    def _answer(self, prompt: Prompt) -> str:
        answer: list[int] = []
        while len(answer) < _MAX_TOKENS:
            with self._turn():
                asked = [*prompt.tokens, *answer]
                piece = self._trainee.greedy(asked, _SLICE_TOKENS, self._template.end_ids)
            answer += piece
            if len(piece) < _SLICE_TOKENS:
                break
        return str(self._template.tokenizer.decode(answer))

    def _give_up(self, took_s: float) -> None:
        self._prompts = []
        text = f"No more sample answers are asked for: one took {took_s:.0f} s on this machine"
        self._report.message("samples-off", text)


def _examples(path: Path) -> Iterator[Mapping[str, Any]]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if text:
                yield json.loads(text)


def _prompt(example: Mapping[str, Any], template: ChatTemplate) -> Prompt | None:
    if isinstance(example.get("prompt"), str):
        encoded = template.completion(example["prompt"], example["completion"])
        first = encoded.trained.index(True) if True in encoded.trained else len(encoded.tokens)
        return Prompt(example["prompt"], encoded.tokens[:first])
    source = example.get("input", example)
    messages = source["messages"][: _end_of_prompt(example)]
    asked = [message for message in messages if message["role"] == "user"]
    if not asked:
        return None
    return Prompt(_text(asked[-1]["content"]), template.prompt(messages, source.get("tools")))


def _end_of_prompt(example: Mapping[str, Any]) -> int | None:
    """Where the last answer of a conversation begins; all of it where it holds none."""
    if "input" in example:
        return None
    roles = [message["role"] for message in example["messages"]]
    return len(roles) - 1 - roles[::-1].index("assistant") if "assistant" in roles else None


def _text(content: object) -> str:
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content)
    return str(content)
