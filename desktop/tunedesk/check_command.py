"""`tunedesk check`: every rule over files, as text for people or JSON for programs."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from tunedesk.assets import resource
from tunedesk.checking.file_report import FileReport, report_on
from tunedesk.checking.fixing import fix_file
from tunedesk.checking.model_end import end_words
from tunedesk.checking.options import CheckOptions
from tunedesk.checking.report_text import as_json, as_lines
from tunedesk.checking.sources import STDIN, SUFFIXES, files_in, opened
from tunedesk.core.errors import TunedeskError
from tunedesk.core.model_limits import known_families, limit_of
from tunedesk.core.phrases import load_phrases
from tunedesk.core.places import place
from tunedesk.core.speech import said, speak, worded
from tunedesk.core.tokens import prepare_vocabulary

NO_ERRORS, ERRORS, UNREADABLE = 0, 1, 2


def run_check(files: Sequence[Path], options: CheckOptions) -> int:
    """Check the files, write the report to stdout and complaints to stderr; the exit code.

    2 if any file could not be read or written (the others are checked all the same), else 1 if
    any row has an error, else 0.
    """
    _speak(options)
    if not _is_possible(files, options):
        return UNREADABLE
    cache = place("cache", os.environ) / "tiktoken"
    _say_if_uncounted(cache, options)
    found = [_checked(file, options, cache) for file in _named(files)]
    reports = [report for report in found if report is not None]
    if options.as_json:
        sys.stdout.write(json.dumps(as_json(reports), indent=2) + "\n")
    if len(reports) < len(found):
        return UNREADABLE
    return ERRORS if any(report.n_errors for report in reports) else NO_ERRORS


def _speak(options: CheckOptions) -> None:
    is_english = options.language == "en"
    speak(None if is_english else load_phrases(resource("translations", options.language)))


def _is_possible(files: Sequence[Path], options: CheckOptions) -> bool:
    if options.model and (told := end_words(options.model, date.today())):
        _complain(said(told))
    if options.model and limit_of(options.model) is None:
        families = ", ".join(known_families())
        told = "the limit of the model {model} is not known; known are {families}."
        _complain(worded(told, {"model": options.model, "families": families}))
        return False
    if options.output is not None and not options.fixes:
        _complain(worded("--output is where --fix writes to; add --fix."))
        return False
    if options.fixes and options.output is None and Path(STDIN) in files:
        _complain(worded("standard input cannot be fixed in its place; add --output FILE."))
        return False
    if options.output is not None and (len(files) != 1 or files[0].is_dir()):
        _complain(
            worded("--output takes one file only; without it every file is fixed in its place.")
        )
        return False
    return True


def _named(files: Sequence[Path]) -> Iterator[Path | None]:
    """The files, and those in the folders; None for a folder without any, after saying so."""
    for file in files:
        if not file.is_dir():
            yield file
            continue
        inside = files_in(file)
        if not inside:
            told = "{file} is a folder without a {suffixes} file."
            suffixes = worded(" or ").join(SUFFIXES)
            _complain(worded(told, {"file": str(file), "suffixes": suffixes}))
            yield None
        yield from inside


def _checked(file: Path | None, options: CheckOptions, cache: Path) -> FileReport | None:
    """The report, written out if it is wanted as text; None after saying why there is none."""
    if file is None:
        return None
    try:
        report = (
            _fixed_report(file, options, cache) if options.fixes else _report(file, options, cache)
        )
    except FileNotFoundError:
        told = "{file} does not exist; look at the spelling and the folder."
        _complain(worded(told, {"file": str(file)}))
    except OSError as error:
        why = {"file": str(error.filename or file), "why": str(error.strerror or error)}
        _complain(worded("{file} cannot be read: {why}.", why))
    except TunedeskError as error:
        _complain(error.whole)
    else:
        if not options.as_json:
            sys.stdout.writelines(f"{line}\n" for line in as_lines(report))
        return report
    return None


def _report(file: Path, options: CheckOptions, cache: Path) -> FileReport:
    with opened(file) as source:
        return report_on(source, options, cache)


def _fixed_report(file: Path, options: CheckOptions, cache: Path) -> FileReport:
    """Mend first, then report on what is left."""
    with opened(file) as source:
        done, backup = fix_file(source, options.output)
    report = _report(options.output or file, options, cache)
    report.fixed, report.backup = done, backup
    return report


def _say_if_uncounted(cache: Path, options: CheckOptions) -> None:
    if options.quick:
        return
    try:
        prepare_vocabulary(cache)
    except TunedeskError as error:
        _complain(f"{worded('tokens are not counted.')} {error.whole}")


def _complain(sentence: str) -> None:
    sys.stderr.write(f"tunedesk check: {sentence}\n")
