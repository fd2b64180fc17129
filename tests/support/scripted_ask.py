"""An Ask that answers what the test wrote down, and keeps what it was asked."""

from __future__ import annotations

from pathlib import Path


class ScriptedAsk:
    """`says` answers every confirmation, `files` every file dialog; `questions` keeps the words."""

    def __init__(self, says: bool = True) -> None:
        self.says = says
        self.files: list[Path] = []
        self.questions: list[tuple[str, str]] = []
        self.told: list[BaseException] = []

    async def confirm(self, title: str, text: str, yes: str, *, danger: bool = False) -> bool:
        self.questions.append((title, text))
        return self.says

    async def open_files(self, title: str, name_filter: str) -> list[Path]:
        return self.files

    async def open_folder(self, title: str) -> Path | None:
        return self.files[0] if self.files else None

    async def save_file(self, title: str, suggested: Path, name_filter: str) -> Path | None:
        return self.files[0] if self.files else None

    def tell(self, error: BaseException) -> None:
        self.told.append(error)
