"""Every vote as a line of the table."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from tunedesk.services.compare.results_types import VoteRow
from tunedesk.ui.pages.results.groups_card import reason_word

Index = QModelIndex | QPersistentModelIndex

PROMPT, BASE, TUNED, WHY, WINNER = range(5)
SHOWN_CHARS = 300
WINNER_ROLE = Qt.ItemDataRole.UserRole


class VotesModel(QAbstractTableModel):
    """`set_votes` replaces all. Of two filters both have to hold: what the tuned model lost, and
    a pick: "" for all, "won", "tie", "both_bad", "repeat", "reason:" or "tag:" and its name, or
    "rounds:" and their ids with commas between them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._votes: list[VoteRow] = []
        self._shown: list[VoteRow] = []
        self._only_lost = False
        self._pick = ""

    def set_votes(self, votes: Sequence[VoteRow]) -> None:
        self._votes = list(votes)
        self._filter()

    def set_only_lost(self, only_lost: bool) -> None:
        self._only_lost = only_lost
        self._filter()

    def set_pick(self, pick: str) -> None:
        self._pick = pick
        self._filter()

    @property
    def n_lost(self) -> int:
        return sum(map(_is_lost, self._votes))

    @property
    def shown(self) -> Sequence[VoteRow]:
        """The votes that the filters leave, in their order."""
        return self._shown

    def _filter(self) -> None:
        self.beginResetModel()
        lost = (vote for vote in self._votes if not self._only_lost or _is_lost(vote))
        self._shown = [vote for vote in lost if has(vote, self._pick)]
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 5

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> str | None:
        if role != Qt.ItemDataRole.DisplayRole or orientation is not Qt.Orientation.Horizontal:
            return None
        titles = (
            self.tr("Prompt"), self.tr("Base"), self.tr("Tuned"), self.tr("Why"), self.tr("Winner"),
        )  # fmt: skip
        return titles[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        vote = self._shown[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(vote, index.column())
        if role == WINNER_ROLE:
            return vote.winner
        return None

    def _text(self, vote: VoteRow, column: int) -> str:
        if column == WINNER:
            return winner_word(vote.winner)
        if column == WHY:
            why = ", ".join(reason_word(reason) for reason in vote.reasons)
            again = self.tr("shown again") if vote.is_repeat else ""
            parts = (why, folded(vote.note), again, changed_word(vote))
            return " · ".join(part for part in parts if part)
        return folded((vote.prompt, vote.base_text, vote.tuned_text)[column])


def winner_word(winner: str) -> str:
    """Who won, in the window's language."""
    tr = QCoreApplication.translate
    words = {
        "tuned": tr("VotesModel", "tuned"),
        "base": tr("VotesModel", "base"),
        "tie": tr("VotesModel", "tie"),
        "both_bad": tr("VotesModel", "both bad"),
    }
    return words.get(winner, winner)


def changed_word(vote: VoteRow) -> str:
    """The mark of a vote that was changed after the reveal, "" of another."""
    if vote.changed_to is None:
        return ""
    text = QCoreApplication.translate("VotesModel", "later changed to {winner}")
    return text.format(winner=winner_word(vote.changed_to))


def has(vote: VoteRow, pick: str) -> bool:
    """Whether a filter leaves a vote; repeats are among all votes and those shown again only."""
    kind, _, name = pick.partition(":")
    if kind == "rounds":
        return vote.round_id in name.split(",")
    if kind in ("", "repeat"):
        return vote.is_repeat or not kind
    holds = {
        "won": vote.winner == "tuned",
        "tie": vote.winner == "tie",
        "both_bad": vote.winner == "both_bad",
        "reason": name in vote.reasons,
        "tag": name in vote.tags,
    }
    return holds[kind] and not vote.is_repeat


def _is_lost(vote: VoteRow) -> bool:
    return vote.winner == "base" and not vote.is_repeat


def folded(text: str) -> str:
    """The beginning of a text on one line."""
    return " ".join(text[: 2 * SHOWN_CHARS].split())[:SHOWN_CHARS]
