"""Links in answers: only to places a browser or a mail program opens, and never unasked."""

from __future__ import annotations

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from tunedesk.ui.operations import Operations
from tunedesk.ui.widgets.ask import Ask

SCHEMES = ("http", "https", "mailto")


def safe_url(target: str) -> QUrl | None:
    """`target` as a URL that may be offered, or None (fault U2)."""
    url = QUrl(target, QUrl.ParsingMode.StrictMode)
    if not url.isValid() or url.scheme().lower() not in SCHEMES:
        return None
    return url if url.host() or url.scheme().lower() == "mailto" else None


def spelled_out(url: QUrl) -> str:
    """The whole URL in plain ASCII, so that look-alike and invisible characters show."""
    return bytes(url.toEncoded().data()).decode("ascii", "backslashreplace")


class LinkOpener(QObject):
    """Opens a link after a confirmation that shows all of it."""

    def __init__(
        self,
        ask: Ask,
        operations: Operations,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._ask = ask
        self._operations = operations

    def offer(self, target: str) -> None:
        """Ask about `target`; what is no safe link is ignored."""
        url = safe_url(target)
        if url is not None:
            self._operations.run(self._confirmed(url), owner=self)

    async def _confirmed(self, url: QUrl) -> None:
        whole = spelled_out(url)
        question = self.tr("The answer links to this address:\n\n{address}").format(address=whole)
        if await self._ask.confirm(self.tr("Open this link?"), question, self.tr("Open")):
            QDesktopServices.openUrl(url)
