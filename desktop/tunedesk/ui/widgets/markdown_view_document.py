"""The one place in the house where Qt reads text as Markdown."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextDocument, QTextOption

from tunedesk.ui.theme import Palette
from tunedesk.ui.theme.theme import mono_font, ui_font
from tunedesk.ui.widgets.markdown_blocks import Block
from tunedesk.ui.widgets.markdown_code import color_code
from tunedesk.ui.widgets.markdown_dress import BODY_PX, CODE_PX, dress

_SYNTAX = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | (
    QTextDocument.MarkdownFeature.MarkdownNoHTML
)


class BlockDocument(QTextDocument):
    """The document of one block. Whatever it names, it loads nothing."""

    def __init__(self, block: Block, palette: Palette) -> None:
        super().__init__()
        self.setUndoRedoEnabled(False)
        self.setDocumentMargin(0)
        self.setIndentWidth(22)
        self.setBaseUrl(QUrl())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setDefaultTextOption(option)
        if block.kind == "code":
            self._set_code(block, palette)
        else:
            self._set_text(block, palette)

    def loadResource(self, kind: int, name: QUrl | str) -> None:
        """Nothing, ever: no file, no network."""

    def _set_code(self, block: Block, palette: Palette) -> None:
        self.setDefaultFont(mono_font(CODE_PX))
        self.setPlainText(block.source)
        cursor = QTextCursor(self)
        cursor.select(QTextCursor.SelectionType.Document)
        look = QTextBlockFormat()
        look.setLineHeight(125, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.mergeBlockFormat(look)
        color_code(self, block.source, block.language, palette)

    def _set_text(self, block: Block, palette: Palette) -> None:
        self.setDefaultFont(ui_font(BODY_PX))
        source = block.source.replace("\0", "\ufffd")
        # Qt hides what stands between two "---" lines at the very start (front matter).
        self.setMarkdown(" " + source if source.startswith("---") else source, _SYNTAX)
        dress(self, palette)
