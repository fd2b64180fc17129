"""A file manager for the tests: offers files to other programs, and tells what it is given.

    python file_manager.py x y "a.jsonl=/tmp/a.jsonl" "two files=/tmp/a.jsonl|/tmp/b.csv"

Each button is dragged as `text/uri-list`, or as an address or text where it begins with `https:` or
`text:`. Every drop on "Tray" is a JSON line on stdout: the formats that were offered, the name of
the action, and of each file its name and its bytes as they were at the moment of the drop (base64).
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget

WIDTH, HEIGHT = 180, 420


class _Offer(QPushButton):
    """Something to drag away."""

    def __init__(self, name: str, what: list[str]) -> None:
        super().__init__(name)
        self._what = what

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.setDown(False)
            drag = QDrag(self)
            drag.setMimeData(_mime(self._what))
            drag.actionChanged.connect(self._say)
            drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.DropAction.CopyAction)
            self.setAccessibleDescription("")

    def _say(self, action: Qt.DropAction) -> None:
        """What those under the pointer would do with it."""
        is_copied = action == Qt.DropAction.CopyAction
        self.setAccessibleDescription("copied" if is_copied else "")


class _Tray(QLabel):
    """A folder that is open; a word of what hangs over it."""

    def __init__(self) -> None:
        super().__init__("Tray")
        self.setAcceptDrops(True)
        self.setMinimumHeight(120)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setStyleSheet("border: 1px dashed gray")

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls() or event.mimeData().hasText():
            event.acceptProposedAction()
            self.setText("Over the tray")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.setText("Tray")

    def dropEvent(self, event: QDropEvent) -> None:
        self.setText("Tray")
        event.acceptProposedAction()
        mime = event.mimeData()
        files = [_told(Path(url.toLocalFile())) for url in mime.urls() if url.isLocalFile()]
        said = {
            "formats": mime.formats(),
            "action": event.dropAction().name,
            "text": mime.text(),
            "files": files,
        }
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


def _told(path: Path) -> dict[str, str]:
    return {"name": path.name, "bytes": base64.b64encode(path.read_bytes()).decode()}


def _mime(what: list[str]) -> QMimeData:
    mime = QMimeData()
    if what[0].startswith("text:"):
        text = what[0].removeprefix("text:")
        mime.setText(text)
        mime.setHtml(f"<b>{text}</b><img src='file:///etc/hostname'>")
    elif what[0].startswith("https:"):
        mime.setUrls([QUrl(address) for address in what])
    else:
        mime.setUrls([QUrl.fromLocalFile(path) for path in what])
        mime.setText("\n".join(QUrl.fromLocalFile(path).toString() for path in what))
    return mime


def main(x: str, y: str, *offers: str) -> None:
    """Show the window at a place of the screen until it is killed."""
    application = QApplication(["files"])
    window = QWidget()
    window.setWindowTitle("Files")
    box = QVBoxLayout(window)
    for offer in offers:
        name, _, paths = offer.partition("=")
        box.addWidget(_Offer(name, paths.split("|")))
    box.addStretch()
    box.addWidget(_Tray())
    # The window manager would take the keyboard for it, and tells its place only later.
    window.setWindowFlag(Qt.WindowType.X11BypassWindowManagerHint)
    window.setGeometry(int(x), int(y), WIDTH, HEIGHT)
    window.show()
    application.exec()


if __name__ == "__main__":
    main(*sys.argv[1:])
