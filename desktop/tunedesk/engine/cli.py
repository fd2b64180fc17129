"""The command line of `python -m tunedesk.engine` and `tunedesk engine`."""

from __future__ import annotations

import argparse
import ipaddress
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.places import engine_folder
from tunedesk.engine.server import Settings, serve

_LEAST_TOKEN_CHARACTERS = 16


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until stopped; 0 after an orderly end, 2 with a sentence on stderr if it cannot."""
    arguments = build_parser().parse_args(argv)
    try:
        serve(_settings(arguments))
    except TunedeskError as error:
        return _complain(f"{error.title} {error.what} {error.next_step}")
    except OSError as error:
        return _complain(f"The engine cannot serve: {error}")
    return 0


def build_parser() -> argparse.ArgumentParser:
    """All options; `tunedesk engine` shows the same."""
    parser = argparse.ArgumentParser(
        prog="tunedesk engine",
        description="A server of the OpenAI fine-tuning API that trains on this computer. "
        "Prints one JSON line with its address when ready.",
    )
    parser.add_argument("--uds", type=Path, metavar="PATH", help="listen on this Unix socket")
    parser.add_argument("--host", help="listen on this loopback address (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="0, the default: any free port")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="the token is in FILE")
    parser.add_argument("--data", type=Path, metavar="DIR", help="jobs, files and tuned models")
    parser.add_argument("--models", type=Path, metavar="DIR", help="base models (DATA/models)")
    parser.add_argument(
        "--exit-with-parent",
        action="store_true",
        help="read the token from the first line of stdin, end when stdin ends",
    )
    return parser


def _settings(arguments: argparse.Namespace) -> Settings:
    data: Path = (arguments.data or engine_folder(os.environ)).absolute()
    if arguments.uds and arguments.host:
        raise _error("address_twice", "Give either --uds or --host, not both.")
    if arguments.host:
        _require_loopback(arguments.host)
    token, token_file = _token(arguments, data)
    return Settings(
        uds=arguments.uds and arguments.uds.absolute(),
        host=None if arguments.uds else arguments.host or "127.0.0.1",
        port=arguments.port,
        token=token,
        token_file=token_file,
        data=data,
        models=(arguments.models or data / "models").absolute(),
        exit_with_parent=arguments.exit_with_parent,
    )


def _require_loopback(host: str) -> None:
    try:
        is_loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise _error(
            "not_loopback",
            f"{host} is reachable from other machines, and the engine speaks no TLS yet. "
            "Listen on 127.0.0.1 and put a TLS proxy or an SSH tunnel in front.",
        )


def _token(arguments: argparse.Namespace, data: Path) -> tuple[str, Path | None]:
    if arguments.token_file:
        return _sound(arguments.token_file.read_text(encoding="utf-8")), arguments.token_file
    if arguments.exit_with_parent:
        return _sound(_first_line()), None
    token, path = secrets.token_urlsafe(32), data / "token"
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(token + "\n")
    return token, path


def _first_line() -> str:
    """Read byte by byte: what follows the token belongs to the watcher of stdin."""
    line = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return line.decode()


def _sound(text: str) -> str:
    token = text.strip()
    if len(token) < _LEAST_TOKEN_CHARACTERS:
        least = _LEAST_TOKEN_CHARACTERS
        raise _error("token_short", f"The token must have at least {least} characters.")
    return token


def _error(code: str, what: str) -> TunedeskError:
    return TunedeskError(code, "The engine was not started.", what, "")


def _complain(text: str) -> int:
    sys.stderr.write(text.strip() + "\n")
    return 2
