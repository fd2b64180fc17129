"""What a job works with: the model as it is before training, and the lesson with its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tunedesk.engine.template import ChatTemplate
from tunedesk.engine.training.distributed import Group
from tunedesk.engine.training.dpo import Preferences
from tunedesk.engine.training.dtype_memory import recall, remember
from tunedesk.engine.training.failure import TrainingError
from tunedesk.engine.training.lesson import Lesson, Supervised
from tunedesk.engine.training.model import Trainee
from tunedesk.engine.training.report import Report
from tunedesk.engine.training.rows import read_pairs, read_rows
from tunedesk.engine.training.spec import JobSpec

T = TypeVar("T")
Reader = Callable[[Path, ChatTemplate, int, Report], list[T]]


class Course(msgspec.Struct, frozen=True):
    """`lesson` teaches `trainee`."""

    trainee: Trainee
    lesson: Lesson


def read_template(spec: JobSpec) -> ChatTemplate:
    """The base's chat template. Raises TrainingError if a model that is needed is gone."""
    for needed in (spec.base_folder, spec.start_adapter):
        if needed is not None and not Path(needed).is_dir():
            text = f"The model to start from is gone: there is no folder {needed}"
            raise TrainingError("model_not_found", text, "model")
    return ChatTemplate(Path(spec.base_folder))


def load(
    job_folder: Path,
    spec: JobSpec,
    template: ChatTemplate,
    report: Report,
    group: Group,
    turn: Callable[[], AbstractContextManager[None]],
    dtype: str | None,
) -> Course:
    """Reads rows, then weights. Raises TrainingError if no row has anything to learn."""
    if spec.method == "dpo":
        pairs = _both_files(read_pairs, job_folder, spec, template, report)
        trainee = _trainee(spec, template, group, dtype)
        more: dict[str, Any] = {"spec": spec, "job_folder": job_folder, "group": group}
        return Course(trainee, Preferences(trainee, *pairs, **more, turn=turn))
    rows = _both_files(read_rows, job_folder, spec, template, report)
    trainee = _trainee(spec, template, group, dtype)
    return Course(trainee, Supervised(trainee, *rows))


def _both_files(
    read: Reader[T], job_folder: Path, spec: JobSpec, template: ChatTemplate, report: Report
) -> tuple[Sequence[T], Sequence[T]]:
    limit = spec.max_row_tokens
    train = read(job_folder / spec.training_file, template, limit, report)
    _require_some(train, "training_file")
    if spec.validation_file is None:
        return train, []
    held_out = read(job_folder / spec.validation_file, template, limit, report)
    _require_some(held_out, "validation_file")
    return train, held_out


def _require_some(rows: Sequence[object], param: str) -> None:
    if not rows:
        raise TrainingError("nothing_to_learn", "No example has anything to learn.", param)


def _trainee(spec: JobSpec, template: ChatTemplate, group: Group, dtype: str | None) -> Trainee:
    """In `dtype`, or in the one that this machine chose before, or in the faster one."""
    base, memory = Path(spec.base_folder), Path(spec.lock_folder)
    known = dtype or recall(memory, base)
    trainee = None
    if group.is_first:
        trainee = _built(spec, template, group, known)
        if known is None:
            remember(memory, base, trainee.dtype_name)
    is_bfloat16 = group.any(trainee is not None and trainee.dtype_name == "bfloat16")
    return trainee or _built(spec, template, group, "bfloat16" if is_bfloat16 else "float32")


def _built(spec: JobSpec, template: ChatTemplate, group: Group, dtype: str | None) -> Trainee:
    return Trainee(
        Path(spec.base_folder),
        rank=spec.lora_rank,
        alpha=spec.lora_alpha,
        seed=spec.seed,
        pad_id=template.pad_id,
        device=group.device,
        micro_batch_tokens=spec.micro_batch_tokens,
        dtype=dtype,
    )
