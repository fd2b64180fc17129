"""The command `tunedesk`: the app, and what works without a window.

Nothing heavy is imported before it is known what is wanted: a check needs neither Qt nor torch.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tunedesk import __version__
from tunedesk.core.programs import engine_missing, engine_program, is_bundled

_DESCRIPTION = "Teach a chat model by example, and judge blind whether it got better."
_EPILOG = """commands:
  tunedesk [app] [FILE ...]      open the app, with these datasets
  tunedesk check FILE ... [--model NAME] [--fix] [--json] ...
                                 check datasets without a window; exit code 0: no errors,
                                 1: errors, 2: a file could not be read
  tunedesk engine [...]          run the training engine alone (see: tunedesk engine --help)
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; `argv` is without the program's name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    commands: dict[str, Callable[[list[str]], int]] = {
        "app": _app,
        "check": _check,
        "engine": _engine,
    }
    _write_any_text()
    if arguments and arguments[0] in commands:
        return _guarded(commands[arguments[0]], arguments[1:])
    return _guarded(_app, arguments)


def _guarded(command: Callable[[list[str]], int], arguments: list[str]) -> int:
    try:
        return command(arguments)
    except BrokenPipeError:  # the reader, `head` perhaps, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130


def _app(arguments: list[str]) -> int:
    options = _app_parser().parse_args(arguments)
    missing = [file for file in options.files if not file.exists()]
    for file in missing:
        sys.stderr.write(f"tunedesk: {file} is neither a file nor a command (app, check, engine)\n")
    if missing:
        return 2
    from tunedesk.app import run_app

    return run_app(options.files)


def _check(arguments: list[str]) -> int:
    from tunedesk.check_command import run_check
    from tunedesk.checking.arguments import parse

    return run_check(*parse(arguments))


def _engine(arguments: list[str]) -> int:
    if is_bundled():
        return _other_program(arguments)
    from tunedesk.engine.cli import main as engine_main

    return engine_main(arguments)


def _other_program(arguments: list[str]) -> int:
    """In an installed app the engine is a program, and often a package, of its own."""
    program = engine_program()
    if program is None:
        missing = engine_missing()
        sys.stderr.write(f"{missing.title} {missing.what} {missing.next_step}\n")
        return 2
    command = [str(program), *arguments]
    if os.name == "posix":
        os.execv(command[0], command)  # noqa: S606 - signals and exit code are its own from here
    return subprocess.call(command)


def _app_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tunedesk",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"tunedesk {__version__}")
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="datasets to open")
    return parser


def _write_any_text() -> None:
    """No file name and no text of a row may fail in a terminal of another encoding."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
