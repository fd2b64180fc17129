"""A report as text for people or as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tunedesk.checking.file_report import FileReport, Fixed
from tunedesk.checking.options import JSON_VERSION
from tunedesk.core.issues import Issue


def as_json(reports: Sequence[FileReport]) -> dict[str, Any]:
    """The whole answer. Keys may be added in a version; none is taken away or changed."""
    return {"version": JSON_VERSION, "files": [_file(report) for report in reports]}


def as_lines(report: FileReport) -> Iterator[str]:
    """Head, fixes, findings and a summary."""
    tokens = "" if report.n_tokens is None else f", about {report.n_tokens:,} tokens"
    yield f"{report.name}: {report.format}, {_count(report.n_rows, 'row')}{tokens}"
    yield from (f"  row {fixed.row}  fixed  {fixed.code}  {fixed.words}" for fixed in report.fixed)
    if report.backup:
        yield f"  the file as it was: {report.backup}"
    yield from (f"  {_line(issue)}" for issue in report.issues)
    if report.n_left_out:
        yield f"  {_count(report.n_left_out, 'more finding')} not listed"
    if report.n_errors or report.n_warnings:
        errors, warnings = _count(report.n_errors, "error"), _count(report.n_warnings, "warning")
        yield f"{report.name}: {errors}, {warnings}"
    else:
        yield f"{report.name}: nothing wrong was found"


def _file(report: FileReport) -> dict[str, Any]:
    return {
        "file": report.name,
        "format": report.format,
        "rows": report.n_rows,
        "errors": report.n_errors,
        "warnings": report.n_warnings,
        "tokens": report.n_tokens,
        "issues": [_issue(issue) for issue in report.issues],
        "issues_not_listed": report.n_left_out,
        "fixed": [_fixed(fixed) for fixed in report.fixed],
        "backup": report.backup or None,
    }


def _issue(issue: Issue) -> dict[str, Any]:
    return {
        "row": issue.row,
        "severity": issue.severity,
        "code": issue.code,
        "path": issue.path,
        "message": issue.message,
        "fix": issue.fix,
        "params": dict(issue.params),
    }


def _fixed(fixed: Fixed) -> dict[str, Any]:
    return {"row": fixed.row, "code": fixed.code, "fix": fixed.fix, "words": fixed.words}


def _line(issue: Issue) -> str:
    where = f"row {issue.row}" if issue.row else "file"
    return f"{where}  {issue.severity}  {issue.code}  {issue.path}  {issue.message}  → {issue.fix}"


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
