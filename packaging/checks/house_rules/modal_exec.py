"""`exec()` inside a coroutine kills for good every task that wakes meanwhile (measured)."""

from __future__ import annotations

from collections.abc import Iterator

from house_rules.source import Finding, Source, called

MESSAGE = (
    "a modal exec() stops the event loop: open the dialog and await it "
    "(tunedesk.ui.widgets.ask.finished), and show a menu with popup()"
)


def check(source: Source) -> Iterator[Finding]:
    """No `.exec()` or `.exec_()` on anything in the app.

    Save `drag.exec()`: a drag has no other way, and begins in a mouse event, never in a coroutine.
    """
    if not source.path.startswith("desktop/"):
        return
    for node in source.nodes():
        if called(node).endswith((".exec", ".exec_")) and called(node) != "drag.exec":
            yield Finding(node.lineno, MESSAGE)
