"""The command line of `python -m tunedesk.engine` and `tunedesk engine`."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.engine import model_cli
from tunedesk.engine.options import settings_of
from tunedesk.engine.server import serve


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until stopped; 0 after an orderly end, 2 with a sentence on stderr if it cannot."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in model_cli.COMMANDS:
        return model_cli.main(words)
    arguments = build_parser().parse_args(words)
    try:
        settings = settings_of(arguments)
        _say_if_empty(settings.models)
        serve(settings)
    except TunedeskError as error:
        return _complain(f"{error.title} {error.what} {error.next_step}")
    except OSError as error:
        return _complain(f"The engine cannot serve: {error}")
    except sqlite3.Error as error:
        return _complain(
            f"The engine's database, engine.db in its data folder, cannot be used: {error}. Put a "
            "copy of it back, or name another folder with --data."
        )
    return 0


def _say_if_empty(models: Path) -> None:
    """No reason not to start: models may be added while it runs."""
    if not (models.is_dir() and any(models.iterdir())):
        sys.stderr.write(
            f"There is no base model in {models} yet. `tunedesk engine fetch-model` brings the one "
            "that Tunedesk comes with, `tunedesk engine add-model` takes one of yours; both want "
            "the same --data or --models.\n"
        )


def build_parser() -> argparse.ArgumentParser:
    """All options; `tunedesk engine` shows the same."""
    parser = argparse.ArgumentParser(
        prog="tunedesk engine",
        description="A server of the OpenAI fine-tuning API that trains on this computer. "
        "Prints one JSON line with its address when ready.",
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="jobs, files and tuned models")
    parser.add_argument("--models", type=Path, metavar="DIR", help="base models (DATA/models)")
    parser.add_argument(
        "--exit-with-parent",
        action="store_true",
        help="read the token from the first line of stdin, end when stdin ends",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="answer bit for bit as transformers in bfloat16 on this processor; a third slower",
    )
    _add_address(parser.add_argument_group("where it listens, and who may speak to it"))
    _add_launch(parser.add_argument_group("training on several devices or machines (torchrun)"))
    return parser


def _add_address(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--uds", type=Path, metavar="PATH", help="listen on this Unix socket")
    group.add_argument(
        "--host",
        help="listen on this address (default 127.0.0.1); one that other machines reach wants "
        "--token-file, and TLS or --insecure-no-tls",
    )
    group.add_argument("--port", type=int, default=0, help="0, the default: any free port")
    group.add_argument("--token-file", type=Path, metavar="FILE", help="the token is in FILE")
    group.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that clients reach this server by; repeat it for several",
    )
    group.add_argument("--tls-cert", type=Path, metavar="FILE", help="certificate chain, PEM")
    group.add_argument("--tls-key", type=Path, metavar="FILE", help="its private key, PEM")
    group.add_argument(
        "--insecure-no-tls",
        action="store_true",
        help="allow --host beyond loopback without TLS: only behind a proxy or tunnel that has it",
    )


def _add_launch(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--nproc-per-node",
        default="auto",
        metavar="N",
        help="processes on this machine; auto, the default: one for each CUDA device",
    )
    group.add_argument("--nnodes", type=int, default=1, metavar="N", help="machines in all")
    group.add_argument("--rdzv-endpoint", metavar="HOST:PORT", help="where the machines meet")
    group.add_argument("--node-rank", type=int, metavar="N", help="this machine's number, from 0")


def _complain(text: str) -> int:
    sys.stderr.write(text.strip() + "\n")
    return 2
