"""What our engine says of a job is known to the window, which tells it in Thai."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import tunedesk.engine
from tunedesk.assets import resource
from tunedesk.core.job_phrases import JOB_PHRASES
from tunedesk.core.phrases import Phrases, load_phrases

_ENGINE = Path(tunedesk.engine.__file__).parent
_SAYING = ("jobs.py", "runner.py", "turn.py", "training/loop.py", "training/failure.py")
_SENTENCE = re.compile(r"[A-Z][a-z-]+ \w+ \w+ \w+")


@pytest.fixture(scope="module")
def thai() -> Phrases:
    return load_phrases(resource("translations", "th"))


@pytest.mark.parametrize(
    ("english", "words"),
    [
        ("Step 3/33: training loss=1.25, full validation loss=1.50", ("ก้าวที่ 3/33", "1.25", "1.50")),
        ("Files validated, moving job to queued state; 1 job is ahead of it", ("1 งาน",)),
        (
            "The job failed due to an invalid training file. Invalid file format. "
            "Example 4, message 2: The reply is empty, so the model would learn to say nothing.",
            ("ไฟล์ชุดฝึก", "ตัวอย่างที่ 4 ข้อความที่ 2", "คำตอบว่าง"),
        ),
        (
            "The training process was ended by signal 11; it goes on from the last checkpoint",
            ("กระบวนการฝึก จบด้วยสัญญาณ 11", "เช็กพอยต์"),
        ),
    ],
)
def test_what_was_filled_in_is_told_with_it(
    thai: Phrases, english: str, words: tuple[str, ...]
) -> None:
    said = thai.said(english)
    assert all(word in said for word in words), said


def test_no_sentence_of_a_job_is_unknown() -> None:
    found = list(_sentences())
    known = "\n".join(JOB_PHRASES.values())
    assert len(found) > 8
    assert [text for text in found if text not in known] == []


def _sentences() -> Iterator[str]:
    """Literals that read like a sentence or its first part."""
    for name in _SAYING:
        tree = ast.parse((_ENGINE / name).read_text(encoding="utf-8"))
        filled = (
            part
            for node in ast.walk(tree)
            if isinstance(node, ast.JoinedStr)
            for part in node.values
        )
        told = (node for node in ast.walk(tree) if isinstance(node, ast.Expr))
        skipped = {id(part) for part in filled} | {id(node.value) for node in told}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in skipped and _SENTENCE.match(text):
                yield text
