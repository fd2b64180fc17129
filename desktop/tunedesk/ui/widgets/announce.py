"""What a screen reader says although the keyboard is elsewhere."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Say `text` when the reader has finished, or at once where it is `urgent`. Nothing is said for
    what is hidden, nor where nobody listens."""
    if not text.strip() or not widget.isVisible():
        return
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent  # after the first paint

    if not QAccessible.isActive():
        return
    manners = QAccessible.AnnouncementPoliteness
    event = QAccessibleAnnouncementEvent(widget, text)
    event.setPoliteness(manners.Assertive if urgent else manners.Polite)
    QAccessible.updateAccessibility(event)
