"""`tunedesk check`: every rule over files, as text for people or JSON for programs."""

from __future__ import annotations

import json
import mmap
import os
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tunedesk.core.errors import TunedeskError
from tunedesk.core.issues import Issue
from tunedesk.core.lines import Buffer, iter_rows
from tunedesk.core.places import place
from tunedesk.core.tokens import TokenCounter, prepare_vocabulary
from tunedesk.core.validation import DatasetReport, check_rows

NO_ERRORS, ERRORS, UNREADABLE = 0, 1, 2


def run_check(files: Sequence[Path], *, as_json: bool) -> int:
    """Check the files, write the report to stdout and complaints to stderr; the exit code.

    2 if any file could not be read (the others are checked all the same), else 1 if any row has
    an error, else 0.
    """
    counter = _counter()
    reports: list[tuple[Path, DatasetReport]] = []
    for file in files:
        report = _checked(file, counter)
        if report is not None:
            reports.append((file, report))
            if not as_json:
                _write_text(file, report)
    if as_json:
        listed = [_as_json(file, report) for file, report in reports]
        sys.stdout.write(json.dumps({"files": listed}, indent=2) + "\n")
    if len(reports) < len(files):
        return UNREADABLE
    return ERRORS if any(report.n_errors for _, report in reports) else NO_ERRORS


def _checked(file: Path, counter: TokenCounter | None) -> DatasetReport | None:
    """The report, or None after saying why there is none."""
    try:
        with file.open("rb") as opened:
            buffer = _mapped(opened.fileno())
            rows = iter_rows(opened.read() if buffer is None else buffer)
            return check_rows(rows, counter)
    except IsADirectoryError:
        _complain(f"{file} is a folder; name the files in it.")
    except FileNotFoundError:
        _complain(f"{file} does not exist; look at the spelling and the folder.")
    except OSError as error:
        _complain(f"{file} cannot be read: {error.strerror or error}.")
    return None


def _mapped(descriptor: int) -> Buffer | None:
    """The file's bytes without reading them in; None for what cannot be mapped, as a pipe."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return None
    if status.st_size == 0:
        return b""
    return mmap.mmap(descriptor, 0, access=mmap.ACCESS_READ)


def _counter() -> TokenCounter | None:
    try:
        prepare_vocabulary(place("cache", os.environ) / "tiktoken")
        return TokenCounter()
    except TunedeskError as error:
        _complain(f"tokens are not counted. {error}")
        return None


def _as_json(file: Path, report: DatasetReport) -> dict[str, Any]:
    return {
        "file": str(file),
        "format": report.format,
        "rows": report.n_rows,
        "errors": report.n_errors,
        "warnings": report.n_warnings,
        "tokens": None if report.row_tokens is None else report.n_tokens,
        "issues": [
            {
                "row": issue.row,
                "severity": issue.severity,
                "code": issue.code,
                "path": issue.path,
                "message": issue.message,
                "fix": issue.fix,
            }
            for issue in report.issues
        ],
    }


def _write_text(file: Path, report: DatasetReport) -> None:
    tokens = "" if report.row_tokens is None else f", about {report.n_tokens:,} tokens"
    sys.stdout.write(f"{file}: {report.format}, {_count(report.n_rows, 'row')}{tokens}\n")
    for issue in report.issues:
        sys.stdout.write(f"  {_line(issue)}\n")
    if report.n_errors or report.n_warnings:
        errors, warnings = _count(report.n_errors, "error"), _count(report.n_warnings, "warning")
        sys.stdout.write(f"{file}: {errors}, {warnings}\n")
    else:
        sys.stdout.write(f"{file}: nothing wrong was found\n")


def _line(issue: Issue) -> str:
    where = f"row {issue.row}" if issue.row else "file"
    return f"{where}  {issue.severity}  {issue.code}  {issue.path}  {issue.message}  → {issue.fix}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def _complain(sentence: str) -> None:
    sys.stderr.write(f"tunedesk check: {sentence}\n")
