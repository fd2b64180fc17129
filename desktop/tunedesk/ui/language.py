"""The window's language: every text of ours and of Qt, numbers and dates, switched at run time."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from tunedesk.assets import resource
from tunedesk.core.phrases import Phrases, load_phrases
from tunedesk.core.speech import speak

Choice = Literal["system", "en", "th"]
CHOICES: tuple[Choice, ...] = ("system", "en", "th")

_KEYS_AND_SIDES = frozenset({"QShortcut", "QGuiApplication"})
"""Contexts of Qt's that are not words to read: names of keys, and the direction of writing."""


class PhraseTranslator(QTranslator):
    """Qt asks here for each text, ours and its own; found by its English and, where it matters, by
    its context."""

    def __init__(self, phrases: Phrases, parent: QApplication) -> None:
        super().__init__(parent)
        self._phrases = phrases

    def isEmpty(self) -> bool:
        return False

    def translate(  # None is Qt's null text: not translated
        self, context: str, english: str, _disambiguation: str | None = None, _n: int = -1
    ) -> str | None:
        return None if context in _KEYS_AND_SIDES else self._phrases.of(english, context)


class Language:
    """One per app, made before the first widget. Texts that stand already do not change by it:
    who calls `choose` makes the pages anew."""

    def __init__(self, app: QApplication, choice: Choice = "system") -> None:
        self._app = app
        self._system = QLocale.system()
        self._translator: PhraseTranslator | None = None
        self._code = "en"
        self.choice: Choice = choice
        self._apply()

    @property
    def code(self) -> str:
        """What is spoken: "en" or "th"."""
        return self._code

    def choose(self, choice: Choice) -> bool:
        """Speak this from now on; whether it is another language than before."""
        before, self.choice = self._code, choice
        self._apply()
        return before != self._code

    def _resolved(self) -> str:
        if self.choice != "system":
            return self.choice
        wanted = [name.partition("-")[0] for name in self._system.uiLanguages()[:1]]
        return "th" if wanted == ["th"] else "en"

    def _apply(self) -> None:
        self._code = self._resolved()
        if self._translator is not None:
            self._app.removeTranslator(self._translator)
            self._translator.deleteLater()
            self._translator = None
        QLocale.setDefault(self._locale())
        if self._code == "en":
            speak(None)
            return
        phrases = load_phrases(resource("translations", self._code))
        speak(phrases)
        self._translator = PhraseTranslator(phrases, self._app)
        self._app.installTranslator(self._translator)

    def _locale(self) -> QLocale:
        """The system's own where it speaks this language, with its way of writing dates."""
        wanted = QLocale.Language.Thai if self._code == "th" else QLocale.Language.English
        is_plain = self._system.language() in (wanted, QLocale.Language.C)
        if is_plain and self.choice != "th":
            return self._system
        return QLocale(wanted)
