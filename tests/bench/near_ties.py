"""What torch itself says of its greedy answers: `python -m tests.bench.near_ties MODEL_FOLDER`.

A bfloat16 keeps eight bits, so the two likeliest tokens are often equal in it, or one step apart.
Then the order of a sum decides, and torch decides otherwise too when it reads the same text in
one go instead of token by token.

Reads JSON lines, {"prompt", "answer": torch's own greedy answer, "at": where another's parts from
it or null, "token": the other's there}. Writes {"is_same": whether one pass over the whole text
finds the same answer, "gap_steps": how many bfloat16 steps "token" lies below torch's at "at"}.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from typing import Any


class Reader:
    """torch's bfloat16 model, one pass over a text."""

    def __init__(self, folder: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        torch.set_num_threads(1)
        self._torch = torch
        self._model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)

    def logits(self, prompt: Sequence[int], answer: Sequence[int]) -> Any:
        """[n answer, n_vocabulary]: what stood to choose at each token of the answer."""
        with self._torch.inference_mode():
            text = self._torch.tensor([[*prompt, *answer]])
            return self._model(text).logits[0, len(prompt) - 1 : -1].float()


def steps_between(higher: float, lower: float) -> float:
    """The gap in steps of a bfloat16 as large as `higher` (8 significant bits)."""
    step = 2.0 ** (math.floor(math.log2(abs(higher))) - 7)
    return (higher - lower) / step


def main() -> None:
    """Answers order by order."""
    reader = Reader(sys.argv[1])
    for line in sys.stdin:
        order = json.loads(line)
        logits = reader.logits(order["prompt"], order["answer"])
        is_same = logits.argmax(-1).tolist() == order["answer"]
        at, gap = order["at"], None
        if at is not None:
            row = logits[at]
            gap = steps_between(float(row.max()), float(row[order["token"]]))
        sys.stdout.write(json.dumps({"is_same": is_same, "gap_steps": gap}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
