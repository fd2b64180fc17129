"""An Ask for links: keeps what it was asked and says what the test wants."""

from __future__ import annotations

from pathlib import Path


class LinkAsk:
    """`yes` is the answer; `questions` keeps the text of each."""

    def __init__(self, *, yes: bool) -> None:
        self.yes = yes
        self.questions: list[str] = []

    async def confirm(self, title: str, text: str, yes: str, *, danger: bool = False) -> bool:
        self.questions.append(text)
        return self.yes

    async def open_files(self, title: str, name_filter: str) -> list[Path]:
        return []

    async def open_folder(self, title: str) -> Path | None:
        raise AssertionError("no folder was wanted")

    async def save_file(self, title: str, suggested: Path, name_filter: str) -> Path | None:
        return None

    def tell(self, error: BaseException) -> None:
        raise error
