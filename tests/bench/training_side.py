"""One side of the comparison of trainers, in a process of its own.

`python -m tests.bench.training_side ours|trl <base folder> <output folder>` trains a LoRA on the
shipped sample with the default settings, saves it in the output folder and prints one line of
JSON. Both sides get the same tokens, targets, rank, batch, rate and number of epochs.
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


def sample(template: ChatTemplate, name: str) -> list[Encoded]:
    """The rows of a shipped file as tokens and targets."""
    lines = asset("samples", name).read_bytes().splitlines()
    return [template.row(json.loads(line)["messages"]) for line in lines if line]


def ours(base: Path, output: Path, rows: list[Encoded]) -> list[float]:
    """Seconds of each epoch."""
    from tunedesk.engine.training.adamw import AdamW
    from tunedesk.engine.training.model import Trainee
    from tunedesk.engine.training.rows import Row, batches

    trainee = Trainee(base, rank=RANK, alpha=ALPHA, seed=SEED, pad_id=0)
    optimiser = AdamW(trainee)
    made = [Row(encoded) for encoded in rows]
    per_epoch = -(-len(made) // BATCH)
    epochs_s, step = [], 0
    for epoch in range(N_EPOCHS):
        started_s = time.perf_counter()
        for batch in batches(made, BATCH, SEED, epoch):
            step += 1
            trainee.learn(batch)
            optimiser.step(rate_at(step, per_epoch * N_EPOCHS, RATE), 1.0)
        epochs_s.append(time.perf_counter() - started_s)
    trainee.save_adapter(output)
    return epochs_s


def trl(base: Path, output: Path, rows: list[Encoded]) -> list[float]:
    """The same by TRL's SFTTrainer, bfloat16, without what would slow it down here.

    Those are gradient checkpointing (its default), logging, saving and evaluation.
    """
    import torch
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    epochs_s: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_epoch_begin(self, *_: Any, **__: Any) -> None:
            self.started_s = time.perf_counter()

        def on_epoch_end(self, *_: Any, **__: Any) -> None:
            epochs_s.append(time.perf_counter() - self.started_s)

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
    return epochs_s


def main() -> int:
    """Trains as the first argument says."""
    which, base, output = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    sides: dict[str, Callable[..., list[float]]] = {"ours": ours, "trl": trl}
    rows = sample(ChatTemplate(base), "marv-train.jsonl")
    epochs_s = sides[which](base, output, rows)
    told = {
        "tokens": sum(len(row.tokens) for row in rows),
        "epochs_s": epochs_s,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
