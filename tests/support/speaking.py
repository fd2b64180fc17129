"""The window in Thai for one test; English again after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tunedesk.ui.language import Language
from tunedesk.ui.theme import Theme


@pytest.fixture
def thai(theme: Theme) -> Iterator[Language]:
    """Wanted before the widgets are made: texts that stand do not change."""
    spoken = Language(theme.app, "th")
    yield spoken
    spoken.choose("en")
