"""What was dropped or chosen holds no examples: said in one sentence, not in an empty window."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.errors import TunedeskError
from tunedesk.core.formats.notes import NoteKind
from tunedesk.services.transfer.import_types import FilePlan, ImportPlan
from tunedesk.ui.files.words import files_words, note_words


def is_hopeless(plan: ImportPlan) -> bool:
    """Whether nothing in it can be used, and no choice of columns would change that."""
    return not plan.is_usable and all(file.look.mapping is None for file in plan.files)


def no_examples(plan: ImportPlan) -> TunedeskError:
    """The error that says so of a hopeless plan."""
    return TunedeskError(
        "files.no_examples",
        _tr("No examples were found."),
        _cause(plan),
        _tr("Tunedesk reads JSONL, JSON, CSV, TSV and Parquet files, and folders of them; "
            "pictures and documents hold no examples."),
    )  # fmt: skip


def _cause(plan: ImportPlan) -> str:
    name = files_words(plan.source, len(plan.files))
    if not plan.files:
        words = _tr("{name}: there is no file of examples in this folder.")
        return words.format(name=plan.source.name)
    said = [_reason(file) for file in plan.files[:3]]
    if len(plan.files) == 1:
        return f"{name}: {said[0]}"
    each = [f"{file.path.name}: {why}" for file, why in zip(plan.files, said, strict=False)]
    return "\n".join([name, *each, *(["…"] if len(plan.files) > len(said) else [])])


def _reason(file: FilePlan) -> str:
    facts = [note for note in file.look.notes if note.kind is NoteKind.FACT]
    return " ".join(note_words(note) for note in facts)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Unusable", text)
