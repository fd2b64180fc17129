"""From the command line's words to settings, with a sentence for each thing that does not fit."""

from __future__ import annotations

import argparse
import ipaddress
import os
from pathlib import Path

from tunedesk.core.errors import TunedeskError
from tunedesk.core.places import engine_folder
from tunedesk.engine.guard import without_port
from tunedesk.engine.launch import Launch
from tunedesk.engine.private_files import require_private
from tunedesk.engine.server import Settings
from tunedesk.engine.tls import Tls, sound_tls

_LEAST_TOKEN_CHARACTERS = 16


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Raises TunedeskError for options that contradict each other or leave a door open."""
    data: Path = (arguments.data or engine_folder(os.environ)).absolute()
    if arguments.uds and arguments.host:
        raise _error("address_twice", "Give either --uds or --host, not both.")
    tls = _tls(arguments)
    launch = _launch(arguments)
    if arguments.host and not _is_loopback(arguments.host):
        _require_closed_doors(arguments, tls)
    token, token_file = _token(arguments)
    return Settings(
        uds=arguments.uds and arguments.uds.absolute(),
        host=None if arguments.uds else arguments.host or "127.0.0.1",
        port=arguments.port,
        token=token,
        token_file=token_file,
        data=data,
        models=(arguments.models or data / "models").absolute(),
        exit_with_parent=arguments.exit_with_parent,
        tls=tls,
        more_hosts=frozenset(without_port(name.lower()) for name in arguments.allow_host),
        launch=launch,
        is_exact=arguments.exact,
    )


def _require_closed_doors(arguments: argparse.Namespace, tls: Tls | None) -> None:
    """An address that other machines reach wants a known token and a way nobody listens in on."""
    reach = f"{arguments.host} is reachable from other machines"
    if not arguments.token_file:
        raise _error("needs_token_file", f"{reach}: name a file with the token (--token-file).")
    if tls is None and not arguments.insecure_no_tls:
        raise _error(
            "needs_tls",
            f"{reach}, and without TLS the token and all data pass openly. Give --tls-cert and "
            "--tls-key; or, only behind a proxy or a tunnel that does TLS, --insecure-no-tls.",
        )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _tls(arguments: argparse.Namespace) -> Tls | None:
    certificate, key = arguments.tls_cert, arguments.tls_key
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise _error("tls_half", "Give --tls-cert and --tls-key together.")
    if arguments.uds:
        raise _error("tls_on_socket", "TLS is for --host; a Unix socket stays on this computer.")
    return sound_tls(certificate.absolute(), key.absolute())


def _launch(arguments: argparse.Namespace) -> Launch:
    processes = arguments.nproc_per_node
    if not (processes == "auto" or (processes.isdecimal() and int(processes) > 0)):
        raise _error("launch_size", "--nproc-per-node is a number from 1, or auto.")
    if arguments.nnodes < 1:
        raise _error("launch_size", "--nnodes is 1 or more.")
    host, _, port = (arguments.rdzv_endpoint or "").rpartition(":")
    if arguments.nnodes > 1 and not (host and port.isdigit()):
        raise _error(
            "launch_meeting",
            "With more than one machine, say where they meet: --rdzv-endpoint HOST:PORT, the "
            "same on each.",
        )
    rank = arguments.node_rank
    if rank is not None and not 0 <= rank < arguments.nnodes:
        raise _error("launch_rank", f"--node-rank is 0 to {arguments.nnodes - 1} here.")
    return Launch(
        nproc_per_node=0 if processes == "auto" else int(processes),
        nnodes=arguments.nnodes,
        rdzv_endpoint=arguments.rdzv_endpoint,
        node_rank=rank,
    )


def _token(arguments: argparse.Namespace) -> tuple[str | None, Path | None]:
    if arguments.token_file:
        require_private(arguments.token_file, "the token")
        return _sound(arguments.token_file.read_text(encoding="utf-8")), arguments.token_file
    if arguments.exit_with_parent:
        return _sound(_first_line()), None
    return None, None


def _first_line() -> str:
    """Read byte by byte: what follows the token belongs to the watcher of stdin."""
    line = b""
    while (byte := os.read(0, 1)) not in (b"", b"\n"):
        line += byte
    return line.decode()


def _sound(text: str) -> str:
    token = text.strip()
    if len(token) < _LEAST_TOKEN_CHARACTERS or not (token.isascii() and token.isprintable()):
        least = _LEAST_TOKEN_CHARACTERS
        what = f"The token must have at least {least} characters, all of them plain ASCII."
        raise _error("token_unfit", what)
    return token


def _error(code: str, what: str) -> TunedeskError:
    return TunedeskError(code, "The engine was not started.", what, "")
