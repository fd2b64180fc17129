"""Whether greedy answers are those of torch's bfloat16, and where not, what torch says of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from typing import Any

from tests.bench.generation import Answerer, prompt_tokens, shipped_gguf
from tests.bench.packages import bench_python
from tests.bench.timing import Row
from tests.support.engine import MODEL_ID, models_folder
from tunedesk.assets import resource
from tunedesk.engine.template import ChatTemplate

N_ANSWER_TOKENS = 64

_Answers = list[list[int]]


def sameness() -> list[Row]:
    """Greedy answers to all prompts of the sample, and what the partings from torch's are worth."""
    base, prompts = str(models_folder() / MODEL_ID), _prompts()
    truth = _answers("torch bfloat16", base, prompts)
    ways = {
        "ours": base,
        "ours, exact": base,
        "torch float32": base,
        "llama.cpp": str(shipped_gguf()),
    }
    found = {way: _answers(way, path, prompts) for way, path in ways.items()}
    wide = found["torch float32"]
    name, n_ours = f"answers like torch's, of {len(prompts)}", _n_same(found["ours"], truth)
    n_exact = _n_same(found["ours, exact"], truth)
    rows = [
        Row(f"{name} (bfloat16), --exact", "answers", n_exact, len(prompts), "all of them"),
    ]
    rows += [
        Row(f"{name} (bfloat16)", "answers", n_ours, _n_same(found[way], truth), baseline)
        for way, baseline in (("llama.cpp", "llama.cpp"), ("torch float32", "torch in float32"))
    ]
    in_float32 = _n_same(found["ours"], wide), _n_same(truth, wide)
    rows.append(Row(f"{name} (float32)", "answers", *in_float32, "torch in bfloat16"))
    return [*rows, *_partings(name, base, prompts, truth, found["ours"])]


def _partings(
    name: str, base: str, prompts: _Answers, truth: _Answers, ours: _Answers
) -> list[Row]:
    """Beside torch itself reading its own answers in one go, and how near the choices were."""
    replies = _torch_on_itself(base, prompts, truth, ours)
    n_ours = _n_same(ours, truth)
    itself = sum(reply["is_same"] for reply in replies)
    gaps = [reply["gap_steps"] for reply in replies if reply["gap_steps"] is not None]
    near = sum(gap <= 1 for gap in gaps)
    return [
        Row(f"{name} (bfloat16)", "answers", n_ours, itself, "torch's bfloat16 in one pass"),
        Row("partings at most a bfloat16 step apart", "answers", near, len(gaps), "all partings"),
    ]


def _torch_on_itself(
    base: str, prompts: _Answers, truth: _Answers, ours: _Answers
) -> list[dict[str, Any]]:
    end_ids = _end_ids()
    orders = []
    for prompt, theirs, mine in zip(prompts, truth, ours, strict=True):
        n = len(_cut(theirs, end_ids)) + 1
        at = next((i for i in range(min(n, len(theirs))) if theirs[i] != mine[i]), None)
        token = None if at is None else mine[at]
        orders.append({"prompt": prompt, "answer": theirs[:n], "at": at, "token": token})
    lines = "".join(json.dumps(order) + "\n" for order in orders)
    command = [str(bench_python()), "-m", "tests.bench.near_ties", base]
    done = subprocess.run(
        command,
        input=lines,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _n_same(some: _Answers, others: _Answers) -> int:
    """Answers equal up to their end."""
    ends = _end_ids()
    return sum(_cut(a, ends) == _cut(b, ends) for a, b in zip(some, others, strict=True))


def _answers(way: str, path: str, prompts: Sequence[list[int]]) -> _Answers:
    answerer = Answerer(way, path, 1)
    try:
        return [answerer.ask(prompt, N_ANSWER_TOKENS)["tokens"] for prompt in prompts]
    finally:
        answerer.stop()


def _end_ids() -> frozenset[int]:
    return ChatTemplate(models_folder() / MODEL_ID).end_ids


def _cut(tokens: list[int], end_ids: frozenset[int]) -> list[int]:
    """llama.cpp leaves the end token out: so do all."""
    end = next((at for at, token in enumerate(tokens) if token in end_ids), len(tokens))
    return tokens[:end]


def _prompts() -> list[list[int]]:
    rows = [
        json.loads(line)["messages"]
        for name in ("marv-heldout.jsonl", "marv-train.jsonl")
        for line in resource("samples", name).read_text(encoding="utf-8").splitlines()
    ]
    return [prompt_tokens([m for m in row if m["role"] != "assistant"]) for row in rows]
