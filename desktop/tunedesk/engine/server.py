"""Puts the engine together on a socket and serves until told to stop."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import uvicorn
from starlette.types import ASGIApp

from tunedesk import __version__
from tunedesk.engine.api import Parts, build_app
from tunedesk.engine.connections import MOST_CONNECTIONS, PatientProtocol
from tunedesk.engine.device import expected_device
from tunedesk.engine.files import FileStore
from tunedesk.engine.generation.client import Generator
from tunedesk.engine.guard import LOCAL_HOSTS, Guard
from tunedesk.engine.jobs import JobStore
from tunedesk.engine.launch import Launch
from tunedesk.engine.lifetime import when_stdin_ends
from tunedesk.engine.models import Catalogue
from tunedesk.engine.ownership import own
from tunedesk.engine.private_files import write_private
from tunedesk.engine.reserve import Reserve
from tunedesk.engine.runner import Runner
from tunedesk.engine.storage import Database
from tunedesk.engine.tls import Tls
from tunedesk.engine.uploads import UploadStore

_GRACE_S = 1  # for open streams at the end; faults E5 allows 2 s in all
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How to serve. Exactly one of `uds` and `host` is set; port 0 means any free one.

    Without a token one is made, and written to `token` in the data folder.
    """

    uds: Path | None
    host: str | None
    port: int
    token: str | None
    token_file: Path | None
    data: Path
    models: Path
    exit_with_parent: bool
    tls: Tls | None = None
    more_hosts: frozenset[str] = frozenset()
    launch: Launch = Launch()
    is_exact: bool = False


def serve(settings: Settings) -> None:
    """Blocks until SIGTERM, SIGINT or, with `exit_with_parent`, the end of stdin.

    Raises OSError if the socket cannot be had, TunedeskError if another engine has the data.
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    owner = own(settings.data)
    settings = _with_token(settings)
    listener = _uds_listener(settings.uds) if settings.uds else _tcp_listener(settings)
    database = Database(settings.data / "engine.db")
    app = build_app(build_parts(settings, database))
    server = _AnnouncingServer(_config(settings, app), _announcement(settings, listener))
    if settings.exit_with_parent:
        when_stdin_ends(server.leave)
    try:
        server.run(sockets=[listener])
    finally:
        database.close()
        if settings.uds:
            settings.uds.unlink(missing_ok=True)
        os.close(owner)


def _with_token(settings: Settings) -> Settings:
    """Only whoever owns the data folder may write there: another engine's token stays."""
    if settings.token is not None:
        return settings
    token, path = secrets.token_urlsafe(32), settings.data / "token"
    write_private(path, token + "\n")
    return msgspec.structs.replace(settings, token=token, token_file=path)


def _config(settings: Settings, app: ASGIApp) -> uvicorn.Config:
    assert settings.token is not None
    return uvicorn.Config(
        Guard(app, token=settings.token, hosts=_hosts(settings)),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        http=PatientProtocol,
        limit_concurrency=MOST_CONNECTIONS,
        loop="asyncio",
        timeout_graceful_shutdown=_GRACE_S,
        ssl_certfile=settings.tls.certificate if settings.tls else None,
        ssl_keyfile=settings.tls.key if settings.tls else None,
    )


def build_parts(settings: Settings, database: Database) -> Parts:
    """Everything the routes need, from one data folder."""
    data = settings.data
    lock_folder = data / "locks"
    files = FileStore(database, data / "files")
    jobs = JobStore(database)
    catalogue = Catalogue(database, settings.models)
    uploads = UploadStore(database, data / "uploads", files)
    generator = Generator(lock_folder, data / "generator.log", is_exact=settings.is_exact)
    runner = Runner(
        jobs,
        files,
        catalogue,
        data / "jobs",
        lock_folder,
        generator,
        Reserve(data),
        settings.launch,
    )
    return Parts(
        files=files,
        uploads=uploads,
        jobs=jobs,
        catalogue=catalogue,
        runner=runner,
        generator=generator,
    )


class _AnnouncingServer(uvicorn.Server):
    """Says where it listens once it does, on stdout, in one JSON line."""

    def __init__(self, config: uvicorn.Config, announcement: dict[str, object]) -> None:
        super().__init__(config)
        self._announcement = announcement

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but without raising the signal again: `serve` has yet to tidy up."""
        before = {number: signal.signal(number, self.handle_exit) for number in _STOP_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def leave(self) -> None:
        """Stops in good order; callable from any thread."""
        self.should_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        sys.stdout.write(json.dumps(self._announcement) + "\n")
        sys.stdout.flush()


def _announcement(settings: Settings, listener: socket.socket) -> dict[str, object]:
    said: dict[str, object] = {"pid": os.getpid(), "version": __version__}
    said["device"] = expected_device()
    if settings.uds:
        said |= {"address": f"unix://{settings.uds}", "base_url": "http://localhost/v1"}
        said |= {"uds": str(settings.uds)}
    else:
        host, port = listener.getsockname()[:2]
        scheme = "https" if settings.tls else "http"
        address = f"{scheme}://{_in_address(host)}:{port}"
        said |= {"address": address, "base_url": f"{address}/v1", "uds": None}
    if settings.token_file:
        said["token_file"] = str(settings.token_file)
    return said


def _hosts(settings: Settings) -> frozenset[str]:
    own = {settings.host} if settings.host not in (None, "0.0.0.0", "::") else set()  # noqa: S104
    return LOCAL_HOSTS | {_in_address(host.lower()) for host in own if host} | settings.more_hosts


def _in_address(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _uds_listener(path: Path) -> socket.socket:
    """A socket only this user can reach: mode 0600, its folder 0700."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    return listener


def _tcp_listener(settings: Settings) -> socket.socket:
    host = settings.host or "127.0.0.1"
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, settings.port))
    return listener
