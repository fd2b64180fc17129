"""The command line of `tunedesk check`."""

from __future__ import annotations

import argparse
from pathlib import Path

from tunedesk.checking.options import MAX_ISSUES, CheckOptions
from tunedesk.core.issues import Severity

_EPILOG = """Exit code 0: no errors (warnings may be); 1: errors; 2: a file could not be read.

--fix mends what loses nothing a person wrote: byte order marks, misplaced weights, role names,
half characters and the like. The file is replaced in one step and kept as FILE.bak; with
--output it is left alone. Lines that cannot be read are never changed.
"""


def parse(arguments: list[str]) -> tuple[list[Path], CheckOptions]:
    """Files and options. Ends the program with a usage message for anything else."""
    found = _parser().parse_args(arguments)
    options = CheckOptions(
        wanted=found.format,
        model=found.model,
        fixes=found.fix,
        output=found.output,
        as_json=found.json,
        max_issues=found.max_issues,
        min_severity=Severity(found.min_severity),
        quick=found.quick,
        language=found.lang,
    )
    return found.files, options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tunedesk check",
        description="Check datasets (JSONL) and say what is wrong with each row.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("files", metavar="FILE", nargs="+", type=Path, help="files, folders, or - for stdin")
    formats = ("auto", "chat", "completion", "preference")
    add("--format", choices=formats, default="auto", help="what every row should be")
    add("--model", metavar="NAME", default="", help="also find rows longer than this model reads")
    add("--fix", action="store_true", help="mend what can be mended without loss")
    add("--output", metavar="OUT", type=Path, help="with --fix: write there, leave FILE alone")
    add("--json", action="store_true", help="write one JSON object instead of text")
    most = "list at most N of a file; 0 only counts them"
    add("--max-issues", metavar="N", type=_number, default=MAX_ISSUES, help=most)
    severities = [severity.value for severity in Severity]
    add("--min-severity", choices=severities, default="warning", help="list only these and worse")
    add("--quick", action="store_true", help="no tokens, no near-duplicates: several times faster")
    add("--lang", choices=("en", "th"), default="en", help="language of the findings: Thai is th")
    return parser


def _number(text: str) -> int:
    """0 or more. Raises ArgumentTypeError with words for the usage message."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of findings: write 0 or more")
    return int(text)
