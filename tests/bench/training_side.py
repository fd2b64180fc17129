"""One side of the comparison of trainers, in a process of its own.

`python -m tests.bench.training_side ours|trl <base folder> <output folder>` trains a LoRA on the
shipped sample with the default settings and saves it in the output folder. Both sides get the
same tokens, targets, rank, batch, rate and number of epochs. Before each epoch it waits for a
line on stdin, after it it prints `TOLD` and JSON: so two sides can take turns.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tunedesk.assets import resource as asset
from tunedesk.engine.template import ChatTemplate, Encoded
from tunedesk.engine.training.schedule import rate_at

N_EPOCHS = 3
BATCH = 4
RATE = 1e-3
RANK, ALPHA = 16, 32
SEED = 1
TOLD = "told "


class Epoch:
    """Waits for its turn, then measures."""

    def __init__(self) -> None:
        sys.stdin.readline()
        self._wall_s, self._cpu_s = time.perf_counter(), time.process_time()

    def end(self, n_tokens: int) -> None:
        """Says how long it took."""
        told = {
            "tokens": n_tokens,
            "wall_s": time.perf_counter() - self._wall_s,
            "cpu_s": time.process_time() - self._cpu_s,
            "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }
        sys.stdout.write(f"{TOLD}{json.dumps(told)}\n")
        sys.stdout.flush()


def sample(template: ChatTemplate, name: str) -> list[Encoded]:
    """The rows of a shipped file as tokens and targets."""
    lines = asset("samples", name).read_bytes().splitlines()
    return [template.row(json.loads(line)["messages"]) for line in lines if line]


def n_tokens(rows: list[Encoded]) -> int:
    """All that a row has, whatever a side makes of it."""
    return sum(len(row.tokens) for row in rows)


def ours(base: Path, output: Path, rows: list[Encoded]) -> None:
    """By the engine's own parts."""
    from tunedesk.engine.training.adamw import AdamW
    from tunedesk.engine.training.model import Trainee
    from tunedesk.engine.training.rows import Row, batches

    trainee = Trainee(base, rank=RANK, alpha=ALPHA, seed=SEED, pad_id=0)
    optimiser = AdamW(trainee)
    made = [Row(encoded) for encoded in rows]
    per_epoch = -(-len(made) // BATCH)
    step = 0
    for number in range(N_EPOCHS):
        epoch = Epoch()
        for batch in batches(made, BATCH, SEED, number):
            step += 1
            trainee.learn(batch)
            optimiser.step(rate_at(step, per_epoch * N_EPOCHS, RATE), 1.0)
        epoch.end(n_tokens(rows))
    output.mkdir(exist_ok=True)
    trainee.save_adapter(output)


def trl(base: Path, output: Path, rows: list[Encoded]) -> None:
    """The same by TRL's SFTTrainer, bfloat16, without what would slow it down here.

    Those are gradient checkpointing (its default), logging, saving and evaluation.
    """
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_epoch_begin(self, *_: Any, **__: Any) -> None:
            self.epoch = Epoch()

        def on_epoch_end(self, *_: Any, **__: Any) -> None:
            self.epoch.end(n_tokens(rows))

    columns = {
        "input_ids": [row.tokens for row in rows],
        "completion_mask": [[int(wanted) for wanted in row.trained] for row in rows],
    }
    settings = SFTConfig(
        output_dir=str(output / "trl"),
        num_train_epochs=N_EPOCHS,
        per_device_train_batch_size=BATCH,
        learning_rate=RATE,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs={"min_lr_rate": 0.1},
        warmup_steps=2,
        weight_decay=0.0,
        max_grad_norm=1.0,
        bf16=True,
        use_cpu=True,
        gradient_checkpointing=False,
        completion_only_loss=True,
        seed=SEED,
        report_to="none",
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
    )
    layers = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
    trainer = SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16),
        args=settings,
        train_dataset=Dataset.from_dict(columns),
        processing_class=AutoTokenizer.from_pretrained(base),
        peft_config=LoraConfig(r=RANK, lora_alpha=ALPHA, target_modules=layers),
        callbacks=[Clock()],
    )
    trainer.train()
    trainer.save_model(str(output))


def main() -> int:
    """Trains as the first argument says."""
    which, base, output = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    sides: dict[str, Callable[..., None]] = {"ours": ours, "trl": trl}
    sides[which](base, output, sample(ChatTemplate(base), "marv-train.jsonl"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
