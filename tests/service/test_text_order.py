"""Sorting by text: as the table shows it, in another process or here, equal rows as they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.dataset_rows import assistant, chat, user
from tests.support.projects import home, project, run, session
from tunedesk.core.edits import InsertRow, SetRow
from tunedesk.core.rows import summarise
from tunedesk.services.dataset import row_view
from tunedesk.services.dataset.row_view import RowViews
from tunedesk.services.dataset.text_order import TextColumn, shown_text, sort_key

_ODD = [
    b"",
    b"not json",
    b"\xff\xfe",
    b'{"messages": []}',
    b'{"messages": [{"role": "user", "content": "no reply"}]}',
    b'{"messages": [{"role": "assistant", "content": "no question"}]}',
    b'{"messages": [{"role": "assistant", "content": null}]}',
    b'{"messages": [{"role": "user", "content": [{"type": "text", "text": "parts"}]},'
    b' {"role": "assistant", "content": "yes"}]}',
    b'{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a",'
    b' "refusal": "never"}]}',
    b'{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "",'
    b' "tool_calls": [{"id": "1", "function": {"name": "look", "arguments": "{}"}}]}]}',
    b'{"messages": [{"role": "user", "content": " a\\n\\u0007b "},'
    b' {"role": "assistant", "content": "c"}], "messages": []}',
    b'{"prompt": "p", "completion": "c"}',
    b'{"input": {"messages": [{"role": "user", "content": "which"}]}, "preferred_output":'
    b' [{"role": "assistant", "content": "this"}], "non_preferred_output": []}',
    b"[" * 5_000,
]


@pytest.mark.parametrize("raw", [*_ODD, chat(user("Q?"), assistant("A."), user("And?"))])
def test_the_quick_way_reads_a_row_as_the_table_shows_it(raw: bytes) -> None:
    shown = summarise(raw)
    assert (shown_text(raw, "prompt"), shown_text(raw, "reply")) == (shown.prompt, shown.reply)


@pytest.mark.parametrize("column", ["prompt", "reply"])
@pytest.mark.parametrize("most_here", [0, 1_000], ids=["apart", "here"])
def test_rows_come_in_the_order_of_their_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: TextColumn, most_here: int
) -> None:
    monkeypatch.setattr(row_view, "_MOST_ROWS_HERE", most_here)
    words = ["pear", "Apple", "\u0e40\u0e01", "\u0e02", "pear", "fig"]
    rows = [chat(user(word), assistant(f"{word}!")) for word in words]

    async def work() -> list[str]:
        async with home(tmp_path) as place, project(place) as made, session(made, rows) as opened:
            opened.apply(SetRow(index=0, raw=rows[5]))
            opened.apply(InsertRow(index=2, raw=chat(user("Bean"), assistant("Bean"))))
            order = await RowViews(opened, place.background).order(column)
            assert sorted(order) == list(range(len(opened)))
            shown = [summarise(opened.row(index)) for index in order]
            return [sort_key(getattr(one, column)) for one in shown]

    found = run(work())
    assert found == sorted(found)
    assert [key.rstrip("!") for key in found[:3]] == ["apple", "bean", "fig"]
