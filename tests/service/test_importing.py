"""Files of every kind become datasets of a project; the sources stay as they are."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.format_corpus import CORPUS, chat_value, corpus_files
from tests.support.projects import run, until
from tunedesk.core.errors import TunedeskError
from tunedesk.core.formats.columns import Column
from tunedesk.core.formats.looking import Action
from tunedesk.core.formats.notes import sentence
from tunedesk.core.rows import Format
from tunedesk.services.transfer import import_work
from tunedesk.services.transfer.import_types import ImportOrder, ImportReport, ImportResult
from tunedesk.services.transfer.importing import Importing
from tunedesk.services.work import apart
from tunedesk.services.work.background import Background
from tunedesk.store.parquet_file import write_parquet


@asynccontextmanager
async def importing() -> AsyncIterator[Importing]:
    background = Background()
    try:
        yield Importing(background)
    finally:
        await background.close()


def import_all(source: Path, target: Path) -> ImportReport:
    async def steps() -> ImportReport:
        async with importing() as service:
            return await service.carry_out(await service.look(source), target)

    return run(steps())


def written(target: Path) -> dict[str, list[Any]]:
    return {
        path.name: [json.loads(line) for line in path.read_bytes().split(b"\n") if line]
        for path in sorted(target.iterdir())
    }


def big_file(folder: Path, n_rows: int = 60_000) -> Path:
    path = folder / "big.json"
    path.write_bytes(b"[" + b",".join(json.dumps(chat_value(i)).encode() for i in range(n_rows)))
    return path


def test_a_dataset_of_ours_is_opened_where_it_is(tmp_path: Path) -> None:
    report = import_all(CORPUS / "chat.jsonl", tmp_path / "datasets")
    (dataset,) = report.datasets
    assert dataset.path == CORPUS / "chat.jsonl"
    assert (dataset.is_source, dataset.format, dataset.n_rows) == (True, Format.CHAT, 2)
    assert list((tmp_path / "datasets").iterdir()) == []


def test_it_can_be_copied_and_split_all_the_same(tmp_path: Path) -> None:
    async def steps() -> None:
        async with importing() as service:
            plan = await service.look(CORPUS / "chat.jsonl")
            plan = plan.with_file(plan.files[0].as_conversion())
            report = await service.carry_out(plan, tmp_path)
            (dataset,) = report.datasets
            assert dataset.path == tmp_path / "chat.jsonl"
            assert dataset.path.read_bytes() == (CORPUS / "chat.jsonl").read_bytes()

    run(steps())


def test_a_mixed_file_becomes_a_dataset_for_each_format(tmp_path: Path) -> None:
    report = import_all(CORPUS / "mixed.jsonl", tmp_path)
    files = written(tmp_path)
    assert {name: len(rows) for name, rows in files.items()} == {
        "mixed.chat.jsonl": 2,
        "mixed.completion.jsonl": 1,
        "mixed.preference.jsonl": 1,
        "mixed.unrecognised.jsonl": 2,
    }
    assert [entry["line"] for entry in files["mixed.unrecognised.jsonl"]] == [5, 6]
    assert report.unrecognised == [tmp_path / "mixed.unrecognised.jsonl"]
    (file,) = report.files
    assert (file.n_rows, file.n_unrecognised, file.n_blank) == (6, 2, 1)
    losses = {count.first.code: (count.count, count.rows) for count in file.notes}
    assert losses["only_text"] == (1, [5])


def test_nothing_that_exists_is_replaced(tmp_path: Path) -> None:
    for _ in range(3):
        import_all(CORPUS / "alpaca.json", tmp_path)
    assert sorted(written(tmp_path)) == ["alpaca 2.jsonl", "alpaca 3.jsonl", "alpaca.jsonl"]


def test_every_file_of_the_corpus_can_be_imported_and_stays_as_it_was(tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in corpus_files()}
    for path in before:
        report = import_all(path, tmp_path)
        assert report.datasets or path.name == "settings.json"
    assert {path: path.read_bytes() for path in before} == before


def test_a_folder_is_read_in_natural_order_with_a_word_for_each_file_passed_over(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(CORPUS / "folder", folder)
    (folder / ".hidden.jsonl").write_bytes(b"{}\n")
    (folder / "away.jsonl").symlink_to(CORPUS / "chat.jsonl")
    os.mkfifo(folder / "pipe.jsonl")

    async def steps() -> None:
        async with importing() as service:
            plan = await service.look(folder)
            assert {(note.code, note.field) for note in plan.notes} == {
                ("skipped_hidden", ".hidden.jsonl"),
                ("skipped_link", "away.jsonl"),
                ("skipped_special", "pipe.jsonl"),
                ("skipped_kind", "readme.md"),
                ("skipped_unknown", "settings.json"),
            }
            assert all(sentence(note) for note in plan.notes)
            report = await service.carry_out(plan, tmp_path / "out")
            assert report.datasets[0].path == tmp_path / "out" / "folder.jsonl"

    run(steps())
    assert [row["prompt"] for row in written(tmp_path / "out")["folder.jsonl"]] == ["two", "ten"]


def test_files_of_a_folder_can_stay_apart(tmp_path: Path) -> None:
    async def steps() -> None:
        async with importing() as service:
            plan = await service.look(CORPUS / "folder")
            plan = msgspec.structs.replace(plan, merges=False)
            report = await service.carry_out(plan, tmp_path)
            assert [d.path.name for d in report.datasets] == ["part2.jsonl", "part10.jsonl"]
            assert all(dataset.is_source for dataset in report.datasets)

    run(steps())


def test_a_table_is_read_by_the_columns_chosen(tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_text("a,b,c\nask,good,bad\n")

    async def steps() -> None:
        async with importing() as service:
            plan = await service.look(source)
            file = plan.files[0]
            assert file.look.mapping is not None
            columns = (Column.USER, Column.ASSISTANT, Column.IGNORED)
            mapping = msgspec.structs.replace(
                file.look.mapping, columns=columns, names=("a", "b", "c"), has_header=True
            )
            changed = file.with_mapping(mapping)
            assert json.loads(changed.look.sample[0].raw)["messages"][1]["content"] == "good"
            await service.carry_out(plan.with_file(changed), tmp_path / "out")
            unfinished = msgspec.structs.replace(mapping, columns=(Column.USER,) * 3)
            with pytest.raises(TunedeskError, match="column that holds the answer"):
                await service.carry_out(
                    plan.with_file(file.with_mapping(unfinished)), tmp_path / "out"
                )

    run(steps())
    assert written(tmp_path / "out")["table.jsonl"][0]["messages"][0]["content"] == "ask"


def test_parquet_of_messages_and_of_plain_columns(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    lines = tmp_path / "lines.jsonl"
    turns = [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello."}]
    lines.write_text(json.dumps({"conversations": turns, "id": 3}) + "\n")
    columns = {"conversations": 'STRUCT("from" VARCHAR, value VARCHAR)[]', "id": "BIGINT"}
    write_parquet(lines, columns, tmp_path / "turns.parquet")
    lines.write_text(json.dumps({"Frage": "Wie weit?", "answer": "Sehr weit."}) + "\n")
    plain = {"Frage": "VARCHAR", "answer": "VARCHAR"}
    write_parquet(lines, plain, tmp_path / "it's [1]*.parquet")

    import_all(tmp_path / "turns.parquet", tmp_path / "out")
    import_all(tmp_path / "it's [1]*.parquet", tmp_path / "out")
    files = written(tmp_path / "out")
    assert [m["content"] for m in files["turns.jsonl"][0]["messages"]] == ["Hi", "Hello."]
    texts = [m["content"] for m in files["it's [1].jsonl"][0]["messages"]]
    assert texts == ["Wie weit?", "Sehr weit."]


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"garbage" * 100 + b"PAR1", b"PAR1\0\0"])
def test_a_broken_table_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("duckdb")
    source = tmp_path / "broken.parquet"
    source.write_bytes(content)
    with pytest.raises(TunedeskError, match="The Parquet file cannot be read"):
        import_all(source, tmp_path / "out")


def test_without_the_library_the_next_step_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(TunedeskError, match=r"tunedesk\[parquet\]"):
        write_parquet(tmp_path / "rows", {"a": "VARCHAR"}, tmp_path / "a.parquet")


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(TunedeskError, match="not there"):
        import_all(tmp_path / "missing.jsonl", tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TunedeskError, match="Its folder is not a folder"):
        import_all(CORPUS / "alpaca.json", tmp_path / "file" / "below")


def test_a_large_file_is_worked_through_apart_and_progress_is_told(tmp_path: Path) -> None:
    source = big_file(tmp_path)
    seen: list[tuple[int, int]] = []

    async def steps() -> None:
        async with importing() as service:
            plan = await service.look(source)
            assert not plan.files[0].n_rows_is_exact
            assert abs(plan.files[0].n_rows - 60_000) < 3_000
            report = await service.carry_out(
                plan, tmp_path / "out", lambda done, of_all: seen.append((done, of_all))
            )
            assert report.datasets[0].n_rows == 60_000

    run(steps())
    n_all = source.stat().st_size
    assert seen[-1] == (n_all, n_all)
    assert len(seen) > 2
    assert seen == sorted(seen)


@pytest.mark.parametrize("after_reports", [0, 1, 3])
def test_cancelling_leaves_nothing(tmp_path: Path, after_reports: int) -> None:
    source = big_file(tmp_path)

    async def steps() -> None:
        async with importing() as service:
            plan = await service.look(source)
            seen: list[int] = []
            task = asyncio.create_task(
                service.carry_out(plan, tmp_path / "out", lambda done, _: seen.append(done))
            )
            if after_reports:
                await until(lambda: len(seen) >= after_reports)
            else:
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    run(steps())
    out = tmp_path / "out"
    assert not out.exists() or list(out.iterdir()) == []


def test_a_process_that_dies_is_reported_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = big_file(tmp_path)
    monkeypatch.setattr("tunedesk.services.transfer.importing.import_files", die)

    async def steps() -> None:
        async with importing() as service:
            plan = await service.look(source)
            with pytest.raises(TunedeskError, match="ended by itself"):
                await service.carry_out(plan, tmp_path / "out")

    run(steps())
    assert list((tmp_path / "out").iterdir()) == []


def die(order: ImportOrder, tell: apart.Tell) -> ImportResult:
    """In the working process: half the work, then the end that a kill makes."""
    import_work.import_files(order, lambda *_: os._exit(9))
    raise AssertionError("the process is not here any more")


def test_an_empty_folder_has_nothing_to_import(tmp_path: Path) -> None:
    async def steps() -> None:
        async with importing() as service:
            plan = await service.look(tmp_path)
            assert not plan.is_usable
            assert plan.files == []
            file = await service.look(CORPUS / "folder" / "settings.json")
            assert file.files[0].look.action is Action.NOTHING

    run(steps())


def test_a_person_can_name_another_encoding(tmp_path: Path) -> None:
    source = tmp_path / "table.csv"
    source.write_bytes("question,answer\nCafé?,Déjà vu.\n".encode("cp1252"))

    async def steps() -> None:
        async with importing() as service:
            file = (await service.look(source)).files[0]
            other = msgspec.structs.replace(file.look.source, encoding="cp874")
            again = await service.look_again(file, other)
            texts = [json.loads(f.look.sample[0].raw)["messages"][0] for f in (file, again)]
            assert texts[0]["content"] == "Café?"
            assert texts[1]["content"] == "Caf้?"

    run(steps())
