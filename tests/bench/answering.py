"""One way of answering, alone in its process: `python -m tests.bench.answering WAY PATH THREADS`.

Reads orders as JSON lines, {"tokens": prompt, "n": how many}, answers each with {"tokens",
"seconds", "peak_bytes"}. The first line it writes says how long loading took.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

Generate = Callable[[list[int], int], list[int]]  # prompt, most new tokens; may stop at an end


def _ours(path: str, n_threads: int, *, is_exact: bool = False) -> Generate:
    """PATH is a model folder, or that and an adapter's behind a `+`."""
    import torch

    from tunedesk.engine.generation.model import ServedModel

    torch.set_num_threads(n_threads)
    base, _, adapter = path.partition("+")
    model = ServedModel(Path(base), is_exact=is_exact)
    model.wear(adapter or None)

    def generate(prompt: list[int], n: int) -> list[int]:
        cache = model.new_cache(len(prompt) + n)
        tokens = [int(model.logits(prompt, cache).argmax())]
        while len(tokens) < n:
            tokens.append(int(model.logits(tokens[-1:], cache).argmax()))
        return tokens

    return generate


def _exact(path: str, n_threads: int) -> Generate:
    return _ours(path, n_threads, is_exact=True)


def _torch(path: str, n_threads: int, kind: str = "bfloat16") -> Generate:
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(n_threads)
    model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, kind))
    # Otherwise min_new_tokens forbids the end tokens, and the answers are no more comparable.
    model.generation_config.eos_token_id = None

    def generate(prompt: list[int], n: int) -> list[int]:
        asked = torch.tensor([prompt])
        done = model.generate(
            asked, attention_mask=torch.ones_like(asked), max_new_tokens=n, do_sample=False
        )
        return [int(token) for token in done[0, len(prompt) :]]

    return generate


def _torch_float32(path: str, n_threads: int) -> Generate:
    return _torch(path, n_threads, "float32")


def _llama_cpp(path: str, n_threads: int) -> Generate:
    """PATH is a GGUF file, or that and an adapter's behind a `+`."""
    import xllamacpp

    settings: Any = xllamacpp.CommonParams()
    settings.model.path, _, adapter = path.partition("+")
    if adapter:
        settings.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(adapter, 1.0)]
    settings.n_ctx = 1024
    settings.n_parallel = 1
    settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = n_threads
    settings.verbosity = -1
    server: Any = xllamacpp.Server(settings)

    def generate(prompt: list[int], n: int) -> list[int]:
        asked = {"prompt": prompt, "n_predict": n, "temperature": 0, "cache_prompt": False}
        done = server.handle_completions({**asked, "verbose": True, "return_tokens": True})
        return list(map(int, done["__verbose"]["tokens"]))

    return generate


WAYS = {
    "ours": _ours,
    "ours, exact": _exact,
    "torch bfloat16": _torch,
    "torch float32": _torch_float32,
    "llama.cpp": _llama_cpp,
}


def main() -> None:
    """Loads, then answers until its orders end."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints is no reply
    way, path, n_threads = sys.argv[1:]
    start_s = time.perf_counter()
    generate = WAYS[way](path, int(n_threads))
    generate([1, 2, 3], 2)
    _say({"load_s": time.perf_counter() - start_s}, replies)
    for line in sys.stdin:
        order = json.loads(line)
        start_s = time.perf_counter()
        tokens = generate(order["tokens"], order["n"])
        seconds = time.perf_counter() - start_s
        _say({"tokens": tokens, "seconds": seconds, "peak_bytes": _peak_bytes()}, replies)


def _peak_bytes() -> int:
    """Not ru_maxrss: a process inherits that of the one that started it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _say(reply: dict[str, Any], replies: IO[str]) -> None:
    replies.write(json.dumps(reply) + "\n")
    replies.flush()


if __name__ == "__main__":
    main()
