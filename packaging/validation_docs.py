"""Writes the list of rules into docs/validation.md: `python packaging/validation_docs.py`.

A test compares the file with what this makes, so it cannot go stale.
"""

from __future__ import annotations

from pathlib import Path

from tunedesk.core.fixes import fixes_for
from tunedesk.core.issues import Severity
from tunedesk.core.validation.catalogue import Entry, entries

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "validation.md"
START, END = "<!-- rules: made by packaging/validation_docs.py -->", "<!-- end of rules -->"
_FOLDERS = ("core/validation", "checking")
_TITLES = {
    "row_bytes": "Bytes of a line",
    "values": "Values anywhere in a row",
    "rows": "Rows as such",
    "chat": "Chat rows",
    "message": "Messages",
    "content": "What a message says",
    "tool_calls": "Tools",
    "completion": "Completion rows",
    "preference": "Preference pairs",
    "length": "Length, for a model",
    "whole_file": "The file as a whole",
    "kinship": "Rows that are too much alike",
    "system_prompts": "System prompts",
    "foreign": "Files that are no datasets yet",
}


def all_entries() -> list[Entry]:
    """The words of every rule."""
    desktop = ROOT / "desktop" / "tunedesk"
    return [entry for folder in _FOLDERS for entry in entries(desktop / folder)]


def rules() -> str:
    """The lists, a heading for each group."""
    found = all_entries()
    assert {entry.group for entry in found} <= _TITLES.keys(), "a group without a title"
    lines: list[str] = []
    for group, title in _TITLES.items():
        lines += ["", f"### {title}", ""]
        lines += [_line(entry) for entry in found if entry.group == group]
    return "\n".join(lines).strip()


def page(old: str) -> str:
    """The page with the lists as they should be."""
    before, rest = old.split(START)
    after = rest.split(END)[1]
    return f"{before}{START}\n\n{rules()}\n\n{END}{after}"


def _line(entry: Entry) -> str:
    mark = "◆" if entry.severity == Severity.ERROR else "▲"
    words = ", ".join(f"*{fix.words}*" for fix in fixes_for(entry.code) if fix.kind == "text")
    clicks = f" One click: {words}." if words else ""
    return f"- {mark} `{entry.code}` {_plain(entry.template)} {_plain(entry.fix_template)}{clicks}"


def _plain(template: str) -> str:
    return template.replace("<", "&lt;").replace("|", "\\|")


if __name__ == "__main__":
    TARGET.write_text(page(TARGET.read_text(encoding="utf-8")), encoding="utf-8")
