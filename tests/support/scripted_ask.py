"""An Ask that answers what the test wrote down, and keeps what it was asked."""

from __future__ import annotations

from pathlib import Path


class ScriptedAsk:
    """`says` answers every confirmation; `questions` keeps (title, text) of each."""

    def __init__(self, says: bool = True) -> None:
        self.says = says
        self.questions: list[tuple[str, str]] = []
        self.told: list[BaseException] = []

    async def confirm(self, title: str, text: str, yes: str, *, danger: bool = False) -> bool:
        self.questions.append((title, text))
        return self.says

    async def open_files(self, title: str, name_filter: str) -> list[Path]:
        return []

    async def save_file(self, title: str, suggested: Path, name_filter: str) -> Path | None:
        return None

    def tell(self, error: BaseException) -> None:
        self.told.append(error)
