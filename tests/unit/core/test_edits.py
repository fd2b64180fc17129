"""Edits survive being written down."""

from __future__ import annotations

import msgspec
import pytest

from tunedesk.core.edits import DeleteRow, Edit, InsertRow, MoveRows, SetRow, SetSplit

EDITS: list[Edit] = [
    SetRow(3, b"\xff\x00{}"),
    InsertRow(0, b"{}"),
    InsertRow(0, b"{}", 17),
    DeleteRow(9),
    MoveRows(2, 10, 900_000),
    SetSplit(4, "aside"),
    SetSplit(4, None),
]


@pytest.mark.parametrize("edit", EDITS, ids=str)
@pytest.mark.parametrize("form", [msgspec.json, msgspec.msgpack])
def test_edit_reads_back(edit: Edit, form: object) -> None:
    assert form.decode(form.encode(edit), type=Edit) == edit  # type: ignore[attr-defined]
