"""Rows of a dataset written as others want them, and read again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.dataset_rows import assistant, call, chat, preference, raw, tool, user
from tests.support.projects import run
from tunedesk.core.errors import TunedeskError
from tunedesk.core.formats.export_rows import ExportKind
from tunedesk.core.rows import Format
from tunedesk.services.transfer.export_types import CsvOptions, ExportReport
from tunedesk.services.transfer.exporting import Exporting
from tunedesk.services.transfer.importing import Importing
from tunedesk.services.work.background import Background

ODD = (
    b'{ "messages" : [ {"role":"user","content":"\\u0e01 =1"},{"role":"assistant","content":"x"}]}'
)
ROWS = [
    chat(),
    ODD,
    chat(user("=1+1"), assistant('-2\r\nand, "more"'), user("@x"), assistant("ok", weight=0)),
    chat(
        user(),
        assistant(None, tool_calls=[call()]),
        {"role": "tool", "tool_call_id": "call_1", "content": "far"},
        assistant(),
        tools=[tool()],
    ),
    chat(user("half \ud800 character"), assistant()).replace(b"\xed\xa0\x80", b"\\ud800"),
]
BROKEN = b'{"messages": ['


def export(
    rows: Sequence[bytes],
    target: Path,
    kind: ExportKind,
    of: Format = Format.CHAT,
    csv: CsvOptions | None = None,
) -> ExportReport:
    async def steps() -> ExportReport:
        background = Background()
        try:
            service = Exporting(background)
            return await service.write(
                rows.__getitem__, range(len(rows)), of, kind, target, csv=csv
            )
        finally:
            await background.close()

    return run(steps())


def imported(source: Path, target: Path) -> list[Any]:
    async def steps() -> list[Any]:
        background = Background()
        try:
            service = Importing(background)
            report = await service.carry_out(await service.look(source), target)
            (dataset,) = report.datasets
            assert report.unrecognised == []
            return [json.loads(line) for line in dataset.path.read_bytes().split(b"\n") if line]
        finally:
            await background.close()

    return run(steps())


def values(rows: Sequence[bytes]) -> list[Any]:
    return [json.loads(row) for row in rows]


def test_jsonl_keeps_every_byte_of_every_row(tmp_path: Path) -> None:
    rows = [*ROWS, BROKEN, b"\xff", b""]
    report = export(rows, tmp_path / "a.jsonl", ExportKind.JSONL)
    assert (tmp_path / "a.jsonl").read_bytes() == b"".join(row + b"\n" for row in rows)
    assert (report.n_rows, report.n_left_out, report.notes) == (8, 0, [])


def test_a_json_list_keeps_the_bytes_of_rows_and_names_broken_ones(tmp_path: Path) -> None:
    report = export([*ROWS, BROKEN], tmp_path / "a.json", ExportKind.JSON_ARRAY)
    content = (tmp_path / "a.json").read_bytes()
    assert json.loads(content) == values(ROWS)
    assert ODD in content
    assert (report.n_rows, report.n_left_out) == (5, 1)
    assert report.notes[0].rows == [6]


@pytest.mark.parametrize("has_bom", [True, False])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_our_csv_gives_the_same_rows_again(tmp_path: Path, has_bom: bool, delimiter: str) -> None:
    options = CsvOptions(has_bom=has_bom, delimiter=delimiter)
    report = export(ROWS, tmp_path / "a.csv", ExportKind.CSV, csv=options)
    content = (tmp_path / "a.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf") == has_bom
    assert imported(tmp_path / "a.csv", tmp_path / "out") == values(ROWS)
    assert report.n_rows == len(ROWS)


def test_cells_that_look_like_formulas_are_made_harmless_with_a_word(tmp_path: Path) -> None:
    rows = [chat(user("=1+1"), assistant("-2"))]
    report = export(rows, tmp_path / "a.csv", ExportKind.CSV)
    assert b"'=1+1,'-2" in (tmp_path / "a.csv").read_bytes()
    assert [(note.first.code, note.first.field) for note in report.notes] == [
        ("formula_protected", "user"),
        ("formula_protected", "assistant"),
    ]


@pytest.mark.parametrize("kind", [ExportKind.TRL_PREFERENCE, ExportKind.CSV, ExportKind.PARQUET])
def test_preference_pairs_come_back_from_every_form(tmp_path: Path, kind: ExportKind) -> None:
    if kind is ExportKind.PARQUET:
        pytest.importorskip("duckdb")
    rows = [preference(), preference(input={"messages": [user("Two?")], "tools": [tool()]})]
    source = tmp_path / f"pairs.{'csv' if kind is ExportKind.CSV else kind}"
    report = export(rows, source, kind, Format.PREFERENCE)
    assert report.notes == []
    assert imported(source, tmp_path / "out") == values(rows)


def test_parquet_gives_the_same_rows_again(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    only_calls = {"role": "assistant", "tool_calls": [call()]}
    rows = [*ROWS, chat(user(), only_calls)]
    report = export(rows, tmp_path / "a.parquet", ExportKind.PARQUET)
    again = imported(tmp_path / "a.parquet", tmp_path / "out")
    assert again[:4] == values(ROWS)[:4]
    assert again[5] == {"messages": [user(), only_calls | {"content": None}]}
    assert [(note.first.code, note.rows) for note in report.notes] == [
        ("surrogates_replaced", [5]),
        ("content_as_null", [6]),
    ]


def test_completions_come_back(tmp_path: Path) -> None:
    rows = [raw({"prompt": "2 + 2 =", "completion": " 4"})]
    export(rows, tmp_path / "a.csv", ExportKind.CSV, Format.COMPLETION)
    assert imported(tmp_path / "a.csv", tmp_path / "out") == values(rows)


def test_an_export_replaces_the_file_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "a.jsonl"
    target.write_bytes(b"old")

    def failing(index: int) -> bytes:
        raise TunedeskError("dataset.gone", "The dataset is gone.", "It is.", "Open it again.")

    async def steps() -> None:
        background = Background()
        try:
            service = Exporting(background)
            with pytest.raises(TunedeskError):
                await service.write(failing, range(3), Format.CHAT, ExportKind.JSONL, target)
            task = asyncio.create_task(
                service.write(
                    lambda i: ROWS[0], range(200_000), Format.CHAT, ExportKind.SHAREGPT, target
                )
            )
            await asyncio.sleep(0.2)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        finally:
            await background.close()

    run(steps())
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]
    export(ROWS[:1], target, ExportKind.JSONL)
    assert target.read_bytes() == ROWS[0] + b"\n"
