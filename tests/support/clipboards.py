"""Twenty clipboards as browsers, offices, file managers and picture editors fill them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

PLAIN = "plain words"
_FILE = "file:///etc/hostname"
_HTML = (
    f"<h1 style='color:red'>{PLAIN}</h1><img src='{_FILE}'><a href='https://x.test'>x</a>"
    "<table border=1><tr><td>1</td></tr></table><ul><li>a</ul><script>alert(1)</script>"
)
_RTF = b"{\\rtf1\\ansi {\\b plain words}{\\pict\\pngblip 89504e47}}"


def _made(
    text: str | None = None, html: str | None = None, files: int = 0, **data: bytes
) -> Callable[[], QMimeData]:
    """`data` by MIME type, its slash written `__` and its other signs `_`."""

    def make() -> QMimeData:
        clip = QMimeData()
        if html is not None:
            clip.setHtml(html)
        if files:
            clip.setUrls([QUrl(_FILE)] * files)
        if text is not None:
            clip.setText(text)
        for kind, content in data.items():
            clip.setData(_TYPES[kind], QByteArray(content))
        return clip

    return make


_TYPES = {
    "rtf": "text/rtf",
    "office": "application/x-openoffice-embed-source-xml",
    "writer": "application/vnd.oasis.opendocument.text",
    "gnome": "x-special/gnome-copied-files",
    "svg": "image/svg+xml",
    "chromium": "chromium/x-web-custom-data",
    "qt": "application/x-qrichtext",
    "firefox": "text/x-moz-url",
}


def _picture(html: str | None = None, text: str | None = None) -> Callable[[], QMimeData]:
    def make() -> QMimeData:
        clip = _made(text, html)()
        image = QImage(8, 8, QImage.Format.Format_RGB32)
        image.fill(QColor("red"))
        clip.setImageData(image)
        stored = QBuffer()
        stored.open(QIODevice.OpenModeFlag.WriteOnly)
        image.save(stored, "PNG")  # type: ignore[call-overload]
        clip.setData("image/png", stored.data())
        return clip

    return make


def _colour() -> QMimeData:
    clip = QMimeData()
    clip.setColorData(QColor("red"))
    return clip


CLIPBOARDS: dict[str, Callable[[], QMimeData]] = {
    "text": _made(PLAIN),
    "nothing": _made(),
    "a browser's words": _made(PLAIN, _HTML),
    "a browser's words, tagged by it": _made(PLAIN, _HTML, chromium=b"\1\2"),
    "HTML alone": _made(None, _HTML),
    "HTML that is but a picture": _made(None, f"<img src='{_FILE}'>"),
    "a browser's picture": _picture(f"<img src='{_FILE}'>"),
    "a picture": _picture(),
    "a picture with a name": _picture(None, PLAIN),
    "a drawing": _made(None, None, svg=b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "a link": _made(PLAIN, f"<a href='{_FILE}'>{PLAIN}</a>", firefox=PLAIN.encode("utf-16")),
    "an office's words": _made(PLAIN, _HTML, rtf=_RTF, writer=b"PK\3\4"),
    "an office's cells": _made(f"{PLAIN}\t1\n", "<table><tr><td>1</td></tr></table>", office=b"PK"),
    "rich text alone": _made(None, None, rtf=_RTF),
    "rich text of Qt": _made(PLAIN, None, qt=_HTML.encode()),
    "a file": _made(None, None, 1),
    "files of a file manager": _made("/etc/hostname", None, 2, gnome=f"copy\n{_FILE}".encode()),
    "a file and HTML": _made(None, _HTML, 1),
    "a colour": _colour,
    "text that looks like HTML": _made(f"<b>{PLAIN}</b><img src='{_FILE}'>"),
}
