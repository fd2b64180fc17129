"""A provider's state in half a line, for the status bar; a shape says what a colour would."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.services.providers.setup import ProviderView


def _tr(text: str) -> str:
    return QCoreApplication.translate("ProviderWords", text)


def status_words(view: ProviderView) -> str:
    """ "OpenAI · key in Secret Service"; ▲ needs something, ◆ did not work when it was tested."""
    mark, said = _failed(view) or _of_key(view)
    words = f"{view.profile.name} · {said}" if said else view.profile.name
    return f"{mark} {words}" if mark else words


def _failed(view: ProviderView) -> tuple[str, str] | None:
    """What the last test said, if it was no good."""
    if not view.answers or view.answers[0].verdict == "works":
        return None
    first = view.answers[0]
    if first.problem is not None and first.problem.code == "key_refused":
        return "◆", _tr("key refused")
    said = {"no_answer": _tr("no answer"), "refused": _tr("refused")}
    return "◆", said.get(first.verdict, _tr("not such a server"))


def _of_key(view: ProviderView) -> tuple[str, str]:
    key = view.key
    if key.kept == "keyring":
        where = key.where.rpartition("(")[2].rstrip(")")
        return "", _tr("key in {where}").format(where=where)
    if key.kept == "session":
        return "▲", _tr("key for this session only")
    if key.kept == "waiting" and key.hint:  # entered, and the keyring has not taken it yet
        return "▲" if key.why else "", _tr("key in memory")
    if key.kept == "waiting":
        return "", _tr("looking for its key…")
    if not view.profile.needs_key:
        return "", ""
    if key.why in ("locked", "failed", "slow"):
        return "▲", _tr("keyring closed")
    return "▲", _tr("needs a key")
