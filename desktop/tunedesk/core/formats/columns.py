"""Which column of a table is what, and a first guess from names and cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from statistics import mode

import msgspec

from tunedesk.core.formats.table_text import is_formula
from tunedesk.core.rows import Format

_JSON_START = re.compile(r"\s*[\[{]")
_MAX_NAME_CHARS = 60


class Column(StrEnum):
    IGNORED = "ignored"
    SYSTEM = "system"
    USER = "user"
    CONTEXT = "context"
    """Goes after the user's text, behind a blank line."""
    ASSISTANT = "assistant"
    PREFERRED = "preferred"
    NON_PREFERRED = "non_preferred"
    TOOLS = "tools"
    JSON = "json"
    """A whole row, or its list of messages, as JSON; where it is filled, it is the row."""
    CONVERSATION = "conversation"
    SPEAKER = "speaker"
    TEXT = "text"
    """One message a line: lines with the same CONVERSATION after each other are one row."""


class ColumnMapping(msgspec.Struct, frozen=True, kw_only=True):
    """`names` and `columns` go together; turns are in the order of their columns."""

    format: Format
    names: tuple[str, ...]
    columns: tuple[Column, ...]
    has_header: bool
    takes_off_apostrophes: bool = False

    @property
    def is_one_message_a_line(self) -> bool:
        return {Column.SPEAKER, Column.TEXT} <= set(self.columns)

    def problem(self) -> str:
        """Why rows cannot be made of it: a code of PROBLEMS, "" if they can."""
        held = set(self.columns)
        if Column.JSON in held:
            return ""
        if held & {Column.SPEAKER, Column.TEXT}:
            whole = {Column.SPEAKER, Column.TEXT, Column.CONVERSATION} <= held
            return "" if whole else "needs_conversation"
        if Column.USER not in held:
            return "needs_question"
        if self.format is Format.PREFERENCE:
            both = {Column.PREFERRED, Column.NON_PREFERRED} <= held
            return "" if both else "needs_two_answers"
        return "" if Column.ASSISTANT in held else "needs_answer"


PROBLEMS = {
    "needs_question": "Choose the column that holds what is asked.",
    "needs_answer": "Choose the column that holds the answer.",
    "needs_two_answers": "Choose the columns of the better and of the worse answer.",
    "needs_conversation": "One message a line needs three columns: which conversation, who speaks, "
    "and what is said.",
}

_WORDS: tuple[tuple[Column, str], ...] = (
    (
        Column.NON_PREFERRED,
        "rejected|non ?preferred( output)?|dispreferred|worse|bad( answer| reply)?|loser|"
        "คำตอบที่แย่กว่า|คำตอบที่ไม่เลือก|แย่กว่า|ไม่เลือก|ไม่ชอบ",
    ),
    (
        Column.PREFERRED,
        "chosen|preferred( output)?|better|good( answer| reply)?|best|winner|"
        "คำตอบที่ดีกว่า|คำตอบที่เลือก|ดีกว่า|ที่เลือก|เลือก|ชอบ",
    ),
    (Column.SYSTEM, "system( prompt| message)?|persona|ระบบ|คำสั่งระบบ|บทบาทระบบ"),
    (
        Column.USER,
        r"(user|human|prompt|question|instruction|query|q|request|customer)"
        r"( message| text)?( ?\d+)?|"
        r"(ผู้ใช้|คำถาม|ถาม|คำสั่ง|โจทย์|ข้อความผู้ใช้|ลูกค้า|พรอมต์)( ?\d+)?",
    ),
    (Column.CONTEXT, "input|context|passage|background|บริบท|ข้อมูลประกอบ|ข้อมูลนำเข้า|อินพุต"),
    (
        Column.ASSISTANT,
        r"(assistant|gpt|bot|ai|completion|answer|a|reply|response|output|label|target)"
        r"( message| text)?( ?\d+)?|"
        r"(ผู้ช่วย|คำตอบ|ตอบ|ตอบกลับ|คำตอบกลับ|ผลลัพธ์|เอาต์พุต)( ?\d+)?",
    ),
    (Column.TOOLS, "tools|functions|เครื่องมือ"),
    (Column.JSON, "json|messages|conversations?|row|ข้อความทั้งหมด|บทสนทนา"),
    (
        Column.CONVERSATION,
        "(conversation|conv|dialog(ue)?|chat|thread|session|ticket)s?[ _]?(id|no|number)?|"
        "รหัสบทสนทนา|เลขที่สนทนา|รหัสสนทนา",
    ),
    (Column.SPEAKER, "role|from|speaker|author|sender|บทบาท|ผู้พูด|ผู้ส่ง"),
    (Column.TEXT, "content|value|text|message|body|ข้อความ|เนื้อหา"),
)
_PATTERNS = tuple((column, re.compile(words)) for column, words in _WORDS)


def guess_mapping(records: Sequence[Sequence[str]]) -> ColumnMapping:
    """A mapping to begin with, from the first records; the person has the last word."""
    first = list(records[0]) if records else []
    # A stray delimiter in one row makes no column.
    width = max(len(first), mode(map(len, records))) if records else 0
    has_header = _is_header(first, records[1:])
    names = [name.strip() for name in first] if has_header else []
    names += [str(i + 1) for i in range(len(names), width)]
    body = records[1:] if has_header else records
    columns = [_by_name(name) for name in names] if has_header else [Column.IGNORED] * width
    columns = _settled(columns, body)
    return ColumnMapping(
        format=_format(columns, names),
        names=tuple(names),
        columns=tuple(columns),
        has_header=has_header,
        takes_off_apostrophes=not any(is_formula(cell) for record in body for cell in record),
    )


def _is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Known words decide; else short and different names above longer texts."""
    names = [name.strip() for name in first]
    if not names or not all(names) or any(_JSON_START.match(name) for name in names):
        return False
    if any(_by_name(name) is not Column.IGNORED for name in names):
        return True
    if len(set(names)) < len(names) or max(map(len, names)) > _MAX_NAME_CHARS or not rest:
        return False
    longest = max(map(len, names))
    return all(max(map(len, record), default=0) > 2 * longest for record in rest[:20])


def _by_name(name: str) -> Column:
    plain = re.sub(r"[\s_\-./]+", " ", name.strip().lower())
    found = (column for column, pattern in _PATTERNS if pattern.fullmatch(plain))
    return next(found, Column.IGNORED)


def _settled(columns: list[Column], body: Sequence[Sequence[str]]) -> list[Column]:
    """Words that can mean two things are settled by what else is there."""
    held = set(columns)
    one_a_line = {Column.SPEAKER, Column.TEXT} <= held
    settled = [_settle(column, i, one_a_line, body) for i, column in enumerate(columns)]
    if Column.USER not in settled and not one_a_line and Column.CONTEXT in settled:
        settled[settled.index(Column.CONTEXT)] = Column.USER
    if not {Column.JSON, Column.USER, Column.SPEAKER} & set(settled):
        _by_content(settled, body)
    return settled


def _settle(column: Column, index: int, one_a_line: bool, body: Sequence[Sequence[str]]) -> Column:
    cells = [record[index] for record in body if index < len(record) and record[index].strip()]
    if column in (Column.JSON, Column.CONVERSATION):
        if cells and all(_JSON_START.match(cell) for cell in cells):
            return Column.JSON
        return Column.CONVERSATION if one_a_line else Column.IGNORED
    if column is Column.TOOLS and not all(_JSON_START.match(cell) for cell in cells):
        return Column.IGNORED
    if column in (Column.SPEAKER, Column.TEXT) and not one_a_line:
        return Column.IGNORED
    return column


def _by_content(columns: list[Column], body: Sequence[Sequence[str]]) -> None:
    """No name tells: a column of JSON is the row; else the two longest are question and answer."""
    for index in range(len(columns)):
        cells = [r[index] for r in body if index < len(r)]
        if cells and all(_JSON_START.match(cell) for cell in cells):
            columns[index] = Column.JSON
            return
    free = [i for i, column in enumerate(columns) if column is Column.IGNORED]
    by_length = sorted(free, key=lambda i: -sum(len(r[i]) for r in body if i < len(r)))
    chosen = sorted(by_length[:2])
    if Column.ASSISTANT in columns:
        chosen = by_length[:1]
    for index, column in zip(chosen, (Column.USER, Column.ASSISTANT), strict=False):
        columns[index] = column


def _format(columns: Sequence[Column], names: Sequence[str]) -> Format:
    if Column.PREFERRED in columns and Column.NON_PREFERRED in columns:
        return Format.PREFERENCE
    passed_over = (Column.IGNORED, Column.JSON)
    used = [n.lower() for n, c in zip(names, columns, strict=True) if c not in passed_over]
    return Format.COMPLETION if used == ["prompt", "completion"] else Format.CHAT
