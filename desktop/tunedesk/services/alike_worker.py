"""Looking for rows that are too much alike: what a worker does with their texts."""

from __future__ import annotations

from array import array
from itertools import islice
from pathlib import Path

from tunedesk.core.lines import Buffer
from tunedesk.core.near_duplicates import RECORD_BYTES, Sketches
from tunedesk.core.validation.kinship import SecondLook, common_words, second_look_issues
from tunedesk.core.validation.system_prompts import SystemPrompts
from tunedesk.services.check_protocol import Alike, Alikes, Common, Sample, Sketch, Sketched
from tunedesk.services.wanted_rows import reader, rows


def answer_alike(request: Sample | Sketch | Alike) -> Common | Sketched | Alikes:
    """Raises OtherFileError, OSError."""
    match request:
        case Sample():
            return _common(request)
        case Sketch():
            return _sketch(request)
        case Alike():
            return _find(request)


def _common(request: Sample) -> Common:
    return Common(array("I", sorted(common_words(rows(request.rows)))).tobytes())


def _sketch(request: Sketch) -> Sketched:
    look = SecondLook(_pairs(request.common))
    for raw in rows(request.rows):
        look.add(raw)
    with Path(request.spool).open("r+b") as spool:
        spool.seek(RECORD_BYTES * request.first_record)
        spool.write(look.sketches.records())
    prompts = look.system_prompts
    return Sketched(request.first_record, prompts.texts, prompts.marks().tobytes())


def _find(request: Alike) -> Alikes:
    look = _looked(request)
    repeats = set(array("i", request.repeats))
    with reader(request.rows) as read:
        partners = look.partners(read, repeats)
    issues = second_look_issues(look, partners)
    kin = look.kin(partners)
    warned = dict.fromkeys(issue.row - 1 for issue in issues)
    return Alikes(
        members=array("i", kin.keys()).tobytes(),
        groups=array("i", kin.values()).tobytes(),
        warned=array("i", warned).tobytes(),
        issues=list(islice(issues, request.most_issues)),
    )


def _looked(request: Alike) -> SecondLook:
    sketches, prompts = Sketches(), SystemPrompts()
    records: Buffer = Path(request.spool).read_bytes()
    sketches.read(records, array("i", request.records))
    for mark in array("H", request.marks):
        prompts.add_marked(mark, request.texts)
    return SecondLook.from_columns(_pairs(request.common), sketches, prompts)


def _pairs(common: bytes) -> frozenset[int]:
    return frozenset(array("I", common))
