"""Rules on the bytes of a row, before and while it is read as JSON."""

from __future__ import annotations

from typing import Any

from tunedesk.core.json_text import BOM, JSONTextError, decode_text, parse_text, position
from tunedesk.core.validation.findings import Finding, Findings, error

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class Unreadable(Exception):  # noqa: N818 - not an error of the program: the row's finding
    """The row holds no JSON value; `finding` says why and where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def byte_order_mark(raw: bytes) -> Findings:
    """A byte order mark is no part of JSON; strict readers refuse the row."""
    if raw.startswith(BOM):
        yield error(
            "bom",
            "$",
            "The line starts with an invisible byte order mark (BOM); services refuse such a row.",
            "Remove the mark: save the file as UTF-8 without BOM.",
        )


def read(raw: bytes, row: int) -> Any:
    """The row's value. Raises Unreadable with the one reason that explains the row."""
    for refuse in (_blank, _utf16, _nul_byte):
        refuse(raw, row)
    try:
        return parse_text(decode_text(raw))
    except JSONTextError as broken:
        raise Unreadable(_FINDINGS[broken.kind](broken, row)) from None


def _blank(raw: bytes, row: int) -> None:
    if not raw.removeprefix(BOM).strip():
        raise Unreadable(
            error(
                "blank_line",
                "$",
                "The line is empty; every line must be one example, and services refuse this one.",
                "Delete the line.",
            )
        )


def _utf16(raw: bytes, row: int) -> None:
    if raw.startswith(_UTF16_MARKS):
        raise Unreadable(
            error(
                "utf16",
                "$",
                "The file is UTF-16, not UTF-8; no row of it can be read.",
                "Save the file again as UTF-8.",
            )
        )


def _nul_byte(raw: bytes, row: int) -> None:
    at = raw.find(0)
    if at >= 0:
        raise Unreadable(
            error(
                "nul_byte",
                "$",
                "Line {line}, column {column}: a NUL byte stands here, so the row is not JSON "
                "(a damaged file, or one in UTF-16).",
                "Remove the byte, or save the file again as UTF-8.",
                line=row,
                column=_column(raw, at),
            )
        )


def _column(raw: bytes, at: int) -> int:
    before = raw[:at].removeprefix(BOM).decode("utf-8", "replace")
    return position(before, len(before))[1]


def _bad_utf8(broken: JSONTextError, row: int) -> Finding:
    return error(
        "invalid_utf8",
        "$",
        "Line {line}, column {column}: {reason}, so the text cannot be read.",
        "Save the file again as UTF-8, or type the damaged character anew.",
        line=row,
        column=broken.column or 1,
        reason=broken.reason,
    )


def _bad_syntax(broken: JSONTextError, row: int) -> Finding:
    return error(
        "invalid_json",
        "$",
        "Line {line}, column {column}: {reason}; the row is not valid JSON.",
        "Mend the row at that column.",
        line=row,
        column=broken.column or 1,
        reason=broken.reason,
    )


def _too_deep(broken: JSONTextError, row: int) -> Finding:
    return error(
        "deep_nesting",
        "$",
        "Lists or objects are nested so deeply that the row cannot be read.",
        "Replace the row; an example needs only a few levels.",
    )


def _bad_number(broken: JSONTextError, row: int) -> Finding:
    return error(
        "huge_number",
        "$",
        "A number has thousands of digits; no service can read it.",
        "Write a shorter number, or put it in quotes.",
    )


_FINDINGS = {
    "utf8": _bad_utf8,
    "syntax": _bad_syntax,
    "depth": _too_deep,
    "number": _bad_number,
}
