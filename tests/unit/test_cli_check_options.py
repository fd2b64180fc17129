"""The options of `tunedesk check`: formats, models, fixing, what is listed."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.dataset_rows import assistant, chat, numbered_chats, preference, raw, user
from tunedesk.checking import file_report
from tunedesk.cli import main

GOOD = numbered_chats(10)
HALF = chat(user("x", weight=1), assistant("y"))


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        (report,) = json.loads(self.out)["files"]
        return dict(report)

    @property
    def codes(self) -> list[tuple[int, str]]:
        return [(issue["row"], issue["code"]) for issue in self.report["issues"]]


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def check_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("check home")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, check_home: Path) -> Run:
    monkeypatch.setenv("TUNEDESK_HOME", str(check_home))

    def run_here(*arguments: str | Path) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = main(["check", *map(str, arguments)])
            except SystemExit as ended:
                code = int(ended.code or 0)
        return Ran(code, out.getvalue(), err.getvalue())

    return run_here


def write(folder: Path, rows: list[bytes], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"".join(row + b"\n" for row in rows))
    return path


def test_the_format_that_is_wanted(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, [*GOOD, preference()])
    assert run(file, "--json").codes == [(11, "mixed_formats")]
    ran = run(file, "--json", "--format", "preference")
    assert ran.codes == [(row, "mixed_formats") for row in range(1, 11)]
    assert "but preference is wanted" in ran.report["issues"][0]["message"]
    assert run(file, "--format", "sharegpt").code == 2


def test_rows_longer_than_the_model_reads(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, [*GOOD, chat(user("word " * 1_500), assistant("more words " * 600))])
    assert run(file, "--json").codes == []
    ran = run(file, "--json", "--model", "HuggingFaceTB/SmolLM2-135M-Instruct")
    assert (ran.code, ran.codes) == (0, [(11, "over_long")])
    (issue,) = ran.report["issues"]
    assert issue["path"] == "$.messages[1]"
    assert issue["params"]["limit"] == 2048
    assert 0 < issue["params"]["lost"] < issue["params"]["taught"]
    assert run(file, "--json", "--model", "ft:gpt-4.1-mini-2025-04-14:me::1").codes == []


def test_an_unknown_model_is_refused_with_the_known_ones(run: Run, tmp_path: Path) -> None:
    ran = run(write(tmp_path, GOOD), "--model", "parrot-1")
    assert (ran.code, ran.out) == (2, "")
    assert "parrot-1 is not known; known are gpt-3.5, gpt-4.1" in ran.err


@pytest.mark.parametrize("model", ["gpt-3.5-turbo-1106", "babbage-002", "gpt-4-0613"])
def test_the_end_of_a_model_is_told_with_a_successor(run: Run, tmp_path: Path, model: str) -> None:
    ran = run(write(tmp_path, GOOD), "--model", model)
    assert f"{model} ended on 2026-" in ran.err
    assert "successor: gpt-6-luna, which cannot be fine-tuned" in ran.err


def test_what_is_listed_can_be_bounded_and_all_is_counted(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, [*GOOD, *[b"["] * 5, GOOD[0], GOOD[1]])
    few = run(file, "--json", "--max-issues", "2")
    assert [issue["row"] for issue in few.report["issues"]] == [11, 12]
    assert (few.report["errors"], few.report["warnings"]) == (5, 2)
    assert few.report["issues_not_listed"] == 5
    assert "5 more findings not listed" in run(file, "--max-issues", "2").out
    refused = run(file, "--max-issues", "-1")
    assert refused.code == 2 and "'-1' is not a number of findings" in refused.err
    errors = run(file, "--json", "--min-severity", "error")
    assert {issue["severity"] for issue in errors.report["issues"]} == {"error"}
    assert errors.report["warnings"] == 2


def test_folders_are_walked_and_hidden_files_passed_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    for name in ("b.jsonl", "deep/a.ndjson", ".hidden.jsonl", "notes.txt"):
        write(tmp_path, GOOD, name)
    ran = run(tmp_path, "--json")
    names = [Path(report["file"]).name for report in json.loads(ran.out)["files"]]
    assert (ran.code, names) == (0, ["b.jsonl", "a.ndjson"])


def test_near_duplicates_and_system_prompts_are_told(run: Run, tmp_path: Path) -> None:
    def asked(system: str, question: str) -> bytes:
        message = {"role": "system", "content": system}
        return chat(message, user(question), assistant(f"About {question}"))

    rows = [asked("Be brief.", f"question {i}?") for i in range(10)]
    file = write(tmp_path, [*rows, asked("Be brief.", "Question 3"), asked("be brief", "new?")])
    assert run(file, "--json").codes == [(11, "near_duplicate"), (12, "spaced_system_prompt")]
    assert run(file, "--json", "--quick").codes == []
    assert run(file, "--json", "--quick").report["tokens"] is None


def test_several_processes_say_the_same(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        chat(user(f"Question {i}? {'x' * 4_000}"), assistant(f"Answer {i}. {'y' * 900}"))
        for i in range(2_500)
    ]
    rows[1_234] = b"{"
    rows[2_400] = rows[5]
    rows[2_450] = rows[7].replace(b"Answer", b"answer")
    file = write(tmp_path, [*rows, HALF])
    one = run(file, "--json", "--max-issues", "20000")
    monkeypatch.setattr(file_report, "SEVERAL_FROM_BYTES", 1)
    several = run(file, "--json", "--max-issues", "20000")
    assert several == one
    found = dict(one.codes)
    assert found[1_235] == "invalid_json"
    assert found[2_401] == "duplicate_row"
    assert (2_451, "near_duplicate") in one.codes
    assert (2_501, "misplaced_weight") in one.codes


FOREIGN = {
    "table.csv": (b"question,answer\n" + b'"Hi, you","Hello."\n' * 5, "a table of text"),
    "list.json": (json.dumps([json.loads(row) for row in GOOD]).encode(), "one JSON list"),
    "pretty.json": (
        json.dumps(json.loads(GOOD[0]), indent=2).encode() * 3,
        "JSON objects that go over several lines",
    ),
    "rows.parquet": (b"PAR1" + bytes(50), "a Parquet table"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_other_files_are_recognised_and_said(run: Run, tmp_path: Path, name: str) -> None:
    content, kind = FOREIGN[name]
    (tmp_path / name).write_bytes(content)
    ran = run(tmp_path / name, "--json")
    assert (ran.code, ran.codes) == (1, [(0, "other_format")])
    (issue,) = ran.report["issues"]
    assert kind in issue["message"]
    assert "Open the file with Tunedesk" in issue["fix"]


def test_rows_of_others_are_named_and_each_is_an_error(run: Run, tmp_path: Path) -> None:
    talk = raw({"conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]})
    ran = run(write(tmp_path, [talk] * 10), "--json", "--quick")
    assert ran.codes[0] == (0, "other_format")
    assert "ShareGPT" in ran.report["issues"][0]["message"]
    assert [row for row, code in ran.codes if code == "missing_messages"] == list(range(1, 11))


def test_utf_16_is_said_once_for_the_file_and_of_every_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "wide.jsonl"
    file.write_bytes("\n".join(row.decode() for row in GOOD).encode("utf-16"))
    ran = run(file, "--json")
    assert ran.codes[0] == (0, "other_encoding")
    assert {row for row, _ in ran.codes} == set(range(11))


# ---- fixing -------------------------------------------------------------------------------------

BROKEN = [
    *GOOD,
    HALF,
    b"\xef\xbb\xbf" + chat(user("b"), assistant("c")),
    b'{"messages": [{"role":"human",  "content": "d"}, {"role": "gpt", "content": "e"}]}\r',
    b'{"messages": [\x00}',
    b"{broken",
    chat(user("f")),
]


def test_fixes_are_written_in_place_with_a_backup(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, BROKEN)
    before = file.read_bytes()
    os.chmod(file, 0o640)  # noqa: PTH101
    ran = run(file, "--fix", "--json")
    lines = file.read_bytes().split(b"\n")
    assert lines[:10] == GOOD
    assert lines[10] == HALF.replace(b', "weight": 1', b"")
    assert lines[11] == BROKEN[11][3:]
    assert lines[12] == BROKEN[12].replace(b"human", b"user").replace(b"gpt", b"assistant")
    assert lines[13:16] == BROKEN[13:16]
    assert (tmp_path / "rows.jsonl.bak").read_bytes() == before
    assert file.stat().st_mode & 0o777 == 0o640
    report = ran.report
    assert [(fixed["row"], fixed["code"]) for fixed in report["fixed"]] == [
        (11, "misplaced_weight"),
        (12, "bom"),
        (13, "unknown_role"),
    ]
    assert report["backup"] == f"{file}.bak"
    assert ran.code == 1
    assert {row for row, _ in ran.codes} == {14, 15, 16}


def test_a_second_backup_leaves_the_first_alone(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, [*GOOD, HALF])
    first = file.read_bytes()
    assert run(file, "--fix").code == 0
    file.write_bytes(first + first)
    run(file, "--fix")
    assert (tmp_path / "rows.jsonl.bak").read_bytes() == first
    assert (tmp_path / "rows.jsonl.bak2").read_bytes() == first + first


def test_a_file_with_nothing_to_fix_is_not_touched(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, [*GOOD, b"{"])
    before = file.stat()
    ran = run(file, "--fix")
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]
    assert "fixed" not in ran.out


def test_fixes_can_go_to_another_file(run: Run, tmp_path: Path) -> None:
    file, out = write(tmp_path, [*GOOD, HALF]), tmp_path / "out.jsonl"
    before = file.read_bytes()
    ran = run(file, "--fix", "--output", out)
    assert (ran.code, file.read_bytes()) == (0, before)
    assert out.read_bytes() == before.replace(b', "weight": 1', b"")
    assert "  row 11  fixed  misplaced_weight  Remove the weight\n" in ran.out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "rows.jsonl"]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["-", "--fix"], "add --output FILE"),
        (["rows.jsonl", "--output", "x"], "add --fix"),
        (["rows.jsonl", "rows.jsonl", "--fix", "--output", "x"], "one file only"),
    ],
)
def test_what_cannot_be_done_is_said(run: Run, arguments: list[str], words: str) -> None:
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err


def test_a_link_stays_a_link(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, [*GOOD, HALF])
    link = tmp_path / "link.jsonl"
    link.symlink_to(file)
    assert run(link, "--fix").code == 0
    assert link.is_symlink()
    assert b'"weight"' not in file.read_bytes()


def test_a_folder_that_cannot_be_written_leaves_the_file(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, [*GOOD, HALF])
    before = file.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", str(file))

    monkeypatch.setattr("tunedesk.store.file_access.write_all", full)
    ran = run(file, "--fix")
    assert (ran.code, file.read_bytes()) == (2, before)
    assert "No space left on device" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_one_row_with_a_role_from_elsewhere_makes_the_file_nothing_else(
    run: Run, tmp_path: Path
) -> None:
    rows = [*GOOD, GOOD[0].replace(b'"assistant"', b'"bot"')]
    ran = run(write(tmp_path, rows), "--json", "--quick")
    assert ran.code == 1
    assert {row for row, _ in ran.codes} == {11}  # its own error says it
