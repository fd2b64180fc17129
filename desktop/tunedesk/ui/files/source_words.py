"""What a look at a file found, in words: what it is, what changes, what does not come along."""

from __future__ import annotations

from collections import Counter

import msgspec
from PySide6.QtCore import QCoreApplication

from tunedesk.core.formats.notes import NoteCount, NoteKind, NoteTally
from tunedesk.core.rows import Format
from tunedesk.services.transfer.import_types import FilePlan, ImportPlan
from tunedesk.ui.files.words import file_words, format_words, note_words


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """Three texts; "" where there is nothing to say."""

    what: str
    changes: str
    losses: str


def findings(plan: ImportPlan, file: FilePlan) -> Findings:
    """About the file that is shown and the folder it is from. Quick: of the sample only."""
    tally = NoteTally()
    for sample in file.look.sample:
        tally.add(sample.notes)
    counts = tally.counts()
    of_file = [note for note in file.look.notes if note.kind is NoteKind.FACT]
    facts = [note_words(note) for note in of_file]
    split = _split_words(file)
    facts = [file_words(file), *facts, *([split] if split else [])]
    changes = _of(counts, NoteKind.CHANGE)
    changes += [note_words(n) for n in file.look.notes if n.kind is NoteKind.CHANGE]
    lost = [*_of(counts, NoteKind.LOSS), *_of(counts, NoteKind.REJECTED)]
    lost += [note_words(note) for note in plan.notes]
    return Findings(
        what="\n".join(facts),
        changes=_listed(_tr("Changed, with nothing lost:"), changes),
        losses=_listed(_tr("Does not come along:"), lost),
    )


def _split_words(file: FilePlan) -> str:
    """How a mixed file is split, by what its first rows become."""
    kinds = Counter(sample.format for sample in file.look.sample)
    known = [kind for kind in kinds if kind is not Format.UNKNOWN]
    if len(known) < 2:
        return ""
    names = ", ".join(format_words(kind) for kind in known)
    return _tr("It will be split into one dataset each of {names}.").format(names=names)


def _of(counts: list[NoteCount], kind: NoteKind) -> list[str]:
    return [note_words(count.first) for count in counts if count.first.kind is kind]


def _listed(heading: str, sentences: list[str]) -> str:
    if not sentences:
        return ""
    return "\n".join([heading, *(f"• {sentence}" for sentence in sentences)])


def _tr(text: str) -> str:
    return QCoreApplication.translate("Files", text)
