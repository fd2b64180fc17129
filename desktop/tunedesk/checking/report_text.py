"""A report as text for people or as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tunedesk.checking.file_report import FileReport, Fixed
from tunedesk.checking.options import JSON_VERSION
from tunedesk.core.issues import Issue, Severity
from tunedesk.core.speech import worded


def as_json(reports: Sequence[FileReport]) -> dict[str, Any]:
    """The whole answer. Keys may be added in a version; none is taken away or changed."""
    return {"version": JSON_VERSION, "files": [_file(report) for report in reports]}


def as_lines(report: FileReport) -> Iterator[str]:
    """Head, fixes, findings and a summary."""
    about = {"file": report.name, "format": report.format.value}
    about |= {"rows": rows_words(report.n_rows)}
    head = worded("{file}: {format}, {rows}", about, ("format",))
    if report.n_tokens is not None:
        head += worded(", about {n} tokens", {"n": report.n_tokens})
    yield head
    for fixed in report.fixed:
        yield f"  {_row(fixed.row)}  {worded('fixed')}  {fixed.code}  {worded(fixed.words)}"
    if report.backup:
        yield worded("  the file as it was: {path}", {"path": report.backup})
    yield from (f"  {_line(issue)}" for issue in report.issues)
    if report.n_left_out == 1:
        yield worded("  1 more finding not listed")
    elif report.n_left_out:
        yield worded("  {n} more findings not listed", {"n": report.n_left_out})
    yield f"{report.name}: {_summary(report)}"


def _summary(report: FileReport) -> str:
    if not report.n_errors and not report.n_warnings:
        return worded("nothing wrong was found")
    n = report.n_errors
    errors = worded("1 error") if n == 1 else worded("{n} errors", {"n": n})
    n = report.n_warnings
    warnings = worded("1 warning") if n == 1 else worded("{n} warnings", {"n": n})
    return f"{errors}, {warnings}"


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
        "message": issue.said_message,
        "fix": issue.said_fix,
        "params": dict(issue.params),
    }


def _fixed(fixed: Fixed) -> dict[str, Any]:
    return {"row": fixed.row, "code": fixed.code, "fix": fixed.fix, "words": worded(fixed.words)}


def _line(issue: Issue) -> str:
    where = _row(issue.row) if issue.row else worded("file")
    severity = worded("error") if issue.severity is Severity.ERROR else worded("warning")
    said = f"{issue.said_message}  → {issue.said_fix}"
    return f"{where}  {severity}  {issue.code}  {issue.path}  {said}"


def _row(n: int) -> str:
    return worded("row {n}", {"n": str(n)})


def rows_words(n: int) -> str:
    """ "1 row", "1,204 rows"."""
    return worded("1 row") if n == 1 else worded("{n} rows", {"n": n})
