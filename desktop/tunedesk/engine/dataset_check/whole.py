"""The whole-file check of `validating_files`, in OpenAI's words; examples count from 1."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from tunedesk.core.rows import Format, format_of
from tunedesk.core.validation.fast import clean_messages
from tunedesk.core.validation.rows import check_slowly
from tunedesk.engine.dataset_check import rules
from tunedesk.engine.dataset_check.lines import LineTooLongError, read_lines
from tunedesk.engine.dataset_check.wording import (
    FILE_FORMAT,
    UNSUPPORTED,
    Refusal,
    first_refusal,
)

MIN_EXAMPLES = 10
Method = Literal["supervised", "dpo"]

_KINDS = {
    Format.CHAT: "a chat example",
    Format.COMPLETION: "a prompt and completion example",
    Format.PREFERENCE: "a preference example",
}


class DatasetError(Exception):
    """Why a file cannot be trained on; becomes the job's error."""

    def __init__(self, code: str, message: str, param: str) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


def check_dataset(path: Path, param: str, *, method: str = "supervised") -> int:
    """Number of examples in the file. Raises DatasetError at the first bad one, or OSError.

    `param` is "training_file" or "validation_file"; the minimum of ten is for training only.
    `method` supervised takes chat rows or prompt and completion rows, one format a file; dpo
    takes preference rows. One line is in memory at a time.
    """
    n_examples, formats = 0, _Formats(method)
    try:
        for number, raw in read_lines(path):
            refusal = _refusal(raw, number, formats)
            if refusal is not None:
                raise _file_error(refusal, param)
            n_examples += 1
    except LineTooLongError as error:
        refusal = Refusal(FILE_FORMAT, f"Example {error.number} cannot be parsed: {error}")
        raise _file_error(refusal, param) from None
    _require_enough(n_examples, param)
    return n_examples


def check_example(raw: bytes, *, method: str = "supervised") -> Refusal | None:
    """Why a single example would be refused, as example 1 of its file; None if it would not."""
    return _refusal(raw, 1, _Formats(method))


class _Formats:
    """The one format of a file, settled by its first example."""

    def __init__(self, method: str) -> None:
        self._is_dpo = method == "dpo"
        self._first: tuple[Format, int] | None = None

    def refuse(self, found: Format, number: int) -> Refusal | None:
        """What speaks against an example of this format here."""
        if (found is Format.PREFERENCE) != self._is_dpo:
            return self._foreign(found, number)
        first, at = self._first = self._first or (found, number)
        if found is first:
            return None
        text = f"Example {number} is {_KINDS[found]}, but example {at} is {_KINDS[first]};"
        return Refusal(FILE_FORMAT, f"{text} a file holds examples of one format.")

    def _foreign(self, found: Format, number: int) -> Refusal:
        if self._is_dpo:
            return Refusal(FILE_FORMAT, f"Example {number} is missing key 'input'")
        hint = f"(HINT: it is {_KINDS[found]}, for the method 'dpo')"
        return Refusal(FILE_FORMAT, f"Example {number} is missing key 'messages' {hint}")


def _refusal(raw: bytes, number: int, formats: _Formats) -> Refusal | None:
    if clean_messages(raw) is not None:
        return formats.refuse(Format.CHAT, number)
    issues, value = check_slowly(raw, number)
    found = format_of(value)
    if found is Format.UNKNOWN:
        return first_refusal(issues, raw)
    return (
        formats.refuse(found, number)
        or rules.unsupported(value, found, number)
        or first_refusal(issues, raw)
        or _own_rules(value, found, number)
    )


def _own_rules(value: Any, found: Format, number: int) -> Refusal | None:
    return rules.bad_arguments(value, found, number) or rules.unmatched_answers(
        value, found, number
    )


def _file_error(refusal: Refusal, param: str) -> DatasetError:
    kind = param.replace("_", " ")
    cause = f"a file format error in the {kind}"
    if refusal.code != FILE_FORMAT:
        cause = f"an invalid {kind}"
    code = refusal.code if refusal.code in (FILE_FORMAT, UNSUPPORTED) else f"invalid_{param}"
    message = f"The job failed due to {cause}. Invalid file format. {refusal.text}"
    return DatasetError(code, message, param)


def _require_enough(n_examples: int, param: str) -> None:
    wanted = MIN_EXAMPLES if param == "training_file" else 1
    if n_examples < wanted:
        kind = param.replace("_", " ").capitalize()
        message = f"{kind} has {n_examples} example(s), but must have at least {wanted} examples"
        raise DatasetError("invalid_n_examples", message, param)
