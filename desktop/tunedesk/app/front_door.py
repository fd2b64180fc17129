"""One window for each user: a second launch knocks here, and the first one comes to the front.

On Linux and macOS the door is a socket in the private folder for sockets, on Windows a named pipe.
A path too long for a socket, or a door that cannot be had, leaves two windows possible: that a
dataset is not open in both is another lock's work.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

_ANSWER_MS = 3000
_MAX_BYTES = 1 << 20
_THANKS = b"ok\n"


class Call(NamedTuple):
    """What a second launch asks for: files to open, and the desktop's leave to come forward."""

    files: list[str]
    activation: str = ""


def hand_over(runtime: Path, files: Sequence[Path]) -> bool:
    """Give `files` to the app that runs already; False if there is none that answers.

    Blocks for at most three seconds, and not at all where no app runs.
    """
    if os.name == "posix" and not _address(runtime).exists():
        return False
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(_name(runtime))
    if not socket.waitForConnected(_ANSWER_MS):
        return False
    call = Call(
        [str(path.absolute()) for path in files], os.environ.get("XDG_ACTIVATION_TOKEN", "")
    )
    socket.write(json.dumps(call).encode() + b"\n")
    socket.flush()
    return socket.waitForReadyRead(_ANSWER_MS) and bytes(socket.readAll().data()) == _THANKS


class FrontDoor:
    """Listens from `open` to `close`; `called` gets each call. Everything on the GUI thread."""

    def __init__(self, runtime: Path, called: Callable[[Call], object]) -> None:
        self._runtime = runtime
        self._called = called
        self._server: QLocalServer | None = None

    def open(self) -> bool:
        """False if no door can be had. The folder has to be there."""
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer()
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._come_in)
        QLocalServer.removeServer(_name(self._runtime))  # left by one that was killed
        if not server.listen(_name(self._runtime)):
            return False
        self._server = server
        return True

    def close(self) -> None:
        """From here on a launch starts an app of its own."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def _come_in(self) -> None:
        while self._server is not None and (socket := self._server.nextPendingConnection()):
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(lambda socket=socket: self._listen(socket))
            if socket.bytesAvailable():
                self._listen(socket)

    def _listen(self, socket: QLocalSocket) -> None:
        if socket.canReadLine():
            line = bytes(socket.readLine(_MAX_BYTES).data())
            call = _call_of(line)
            if call is None:
                socket.abort()
                return
            socket.write(_THANKS)
            socket.flush()
            socket.disconnectFromServer()
            self._called(call)
        elif socket.bytesAvailable() >= _MAX_BYTES:
            socket.abort()


def _call_of(line: bytes) -> Call | None:
    """What a launch wrote; None for nonsense."""
    import msgspec  # not on the way to the first paint

    try:
        return msgspec.json.decode(line, type=Call)
    except msgspec.DecodeError:
        return None


def _address(runtime: Path) -> Path:
    return runtime / "app.sock"


def _name(runtime: Path) -> str:
    """A socket's whole path, or a pipe's name, which belongs to this user's folder."""
    if os.name == "posix":
        return str(_address(runtime))
    return "tunedesk-" + str(runtime).replace("\\", "-").replace(":", "")
