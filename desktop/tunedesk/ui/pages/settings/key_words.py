"""Where a key is kept, in words: the small word beside a provider's name, and the sentence."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from tunedesk.services.providers.setup import KeyState, ProviderView


def _tr(text: str) -> str:
    return QCoreApplication.translate("KeyWords", text)


def key_line(view: ProviderView) -> str:
    """What stands in the key's field: never more of the key than its last four characters."""
    key = view.key
    if key.kept == "keyring":
        return _tr("{hint}   kept in: {where}").format(hint=key.hint, where=key.where)
    if key.hint:
        return _tr("{hint}   kept in memory").format(hint=key.hint)
    if key.kept == "waiting":
        return _tr("looking in the keyring…")
    return _tr("none") if view.profile.needs_key else _tr("none needed")


def key_chip(view: ProviderView) -> tuple[str, str]:
    """Word and look of the chip about the key; ("", "") where there is nothing to say."""
    key = view.key
    if view.is_moved:
        return _tr("needs its key again"), "chip-warning"
    if key.kept == "session":
        if key.why == "none":
            return _tr("no keyring: this session only"), "chip-warning"
        return _tr("this session only"), "chip-warning"
    if key.why == "slow":
        return _tr("the keyring does not answer"), "chip-warning"
    if key.kept in ("keyring", "waiting"):
        return "", ""
    if key.why in ("locked", "failed"):
        return _tr("keyring closed"), "chip-warning"
    return (_tr("needs a key"), "chip-warning") if view.profile.needs_key else ("", "")


def key_sentence(view: ProviderView) -> str:
    """Why it is so, and what to do; "" where all is well."""
    key = view.key
    if key.kept == "session" or (key.hint and key.why == "slow"):
        return _kept(key)
    if view.is_moved:
        return _tr(
            "The address is another one now. A key belongs to the address it was entered for, so "
            "it was not sent there and is asked for again."
        )
    return _not_read(key) if key.why else ""


def _kept(key: KeyState) -> str:
    reasons: Mapping[str, str] = {
        "none": _tr("No secure keyring answered"),
        "unsafe": _tr(
            "The keyring found here is not known to keep secrets: it may write plain text"
        ),
        "forgetful": _tr("The keyring set here loses what it is given"),
        "locked": _tr("The keyring stayed locked"),
        "failed": _tr("The keyring failed"),
        "slow": _tr(
            "The keyring has not answered for a while (it may be asking for its password in "
            "another window)"
        ),
    }
    kept = _tr(
        "{reason}, so the key is held in memory and forgotten at exit. It is never written to a "
        "file."
    )
    return kept.format(reason=reasons.get(key.why, reasons["failed"]))


def _not_read(key: KeyState) -> str:
    reasons: Mapping[str, str] = {
        "none": _tr("No secure keyring answered, and so no key was kept from last time."),
        "unsafe": _tr(
            "The only keyring found here may write plain text. Tunedesk does not use it, and so no "
            "key was kept from last time."
        ),
        "forgetful": _tr("The keyring set here loses what it is given."),
        "locked": _tr("The keyring is locked; a key may be in it."),
        "failed": _tr("The keyring failed; a key may be in it."),
        "slow": _tr(
            "The keyring has not answered for a while; it may be asking for its password in "
            "another window."
        ),
    }
    is_closed = key.why in ("locked", "failed", "slow")
    unlock = _tr("Unlock it and look again, or enter the key: it is used at once.")
    enter = _tr("Enter the key: it is used at once, for this session.")
    return f"{reasons.get(key.why, reasons['failed'])} {unlock if is_closed else enter}"
