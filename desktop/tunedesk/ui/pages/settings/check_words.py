"""What a look at the installation found, in words: how it is, and what to do."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from tunedesk.core.speech import said
from tunedesk.services.project.self_check import Finding


def _tr(text: str) -> str:
    return QCoreApplication.translate("CheckWords", text)


def subject_words(finding: Finding) -> str:
    """What was looked at."""
    return {
        "engine": _tr("Engine"),
        "keyring": _tr("Keyring"),
        "fonts": _tr("Fonts"),
        "disk": _tr("Disk"),
    }[finding.subject]


def finding_words(finding: Finding) -> str:
    """How it is, and where something is amiss what to do about it."""
    return {"engine": _engine, "keyring": _keyring, "fonts": _fonts, "disk": _disk}[
        finding.subject
    ](finding)


def _engine(finding: Finding) -> str:
    if finding.state == "ready":
        return _tr("It runs: you can train and compare on this computer.")
    if finding.state == "starting":
        return f"{_tr('It is starting.')} {said(finding.detail)}".strip()
    if finding.state == "stopped":
        return _tr("It does not run. Start it under Providers, On this computer.")
    return said(finding.detail)


def _keyring(finding: Finding) -> str:
    if finding.is_good:
        return _tr("A trial secret was kept and given back by {name}.").format(
            name=said(finding.detail)
        )
    reasons = {
        "none": _tr(
            "There is none. Keys of providers are kept in memory until you close Tunedesk. To keep "
            "them, install gnome-keyring, KWallet or KeePassXC and log in again."
        ),
        "unsafe": _tr(
            "The one found may write plain text, so it is not used. Remove keyrings.alt, or "
            "install gnome-keyring, KWallet or KeePassXC."
        ),
        "forgetful": _tr(
            "The one that is set loses what it is given. Look at the variable "
            "PYTHON_KEYRING_BACKEND."
        ),
        "locked": _tr("It stayed locked. Unlock it, and check again."),
        "slow": _tr(
            "It has not answered; it may be asking for its password in another window. Unlock it, "
            "and check again."
        ),
    }
    return reasons.get(
        finding.state, _tr("It failed. Look whether the system's own tool for passwords opens it.")
    )


def _fonts(finding: Finding) -> str:
    if finding.is_good:
        return _tr("Latin and Thai letters are there.")
    return no_thai_words()


def no_thai_words() -> str:
    """What to do where no font has Thai letters."""
    return _tr(
        "There is no font with Thai letters, so that they show as boxes. Install fonts-thai-tlwg "
        "or fonts-noto-core, and start Tunedesk again."
    )


def _disk(finding: Finding) -> str:
    free = _tr("{n} GB are free").format(n=f"{finding.n_bytes / 1e9:,.1f}")
    if finding.is_good:
        return f"{free}: {finding.detail}"
    if finding.state == "unknown":
        return _tr("The system does not say how much is free: {folder}").format(
            folder=finding.detail
        )
    return _tr(
        "{free}: {folder}. A model and some jobs take 2 GB. Make room, or delete models you no "
        "longer need on the Models page."
    ).format(free=free, folder=finding.detail)
