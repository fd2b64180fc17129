"""For every test: an own home, no unexpected log record, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.environment import isolate
from tests.support.leaks import nothing_left_behind
from tests.support.log_guard import no_unexpected_records
from tunedesk.app.collector import Collector

# The quick ones first, so that a mistake is told early; a folder not named here comes before them.
ORDER = ("unit", "service", "gui", "faults", "engine", "e2e")

_collector = Collector()  # as in the app: widgets that a test leaves are taken apart in its thread
_home = isolate()  # before a test module is imported: some read the environment at that moment


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "allow_logs(*patterns): log records that this test expects ('logger: message')"
    )
    config.addinivalue_line("markers", "leaves_behind(reason): this test is let off the leak check")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        room = item.nodeid.split("/")[1]
        return ORDER.index(room) if room in ORDER else -1

    items.sort(key=place)


def pytest_runtest_logfinish() -> None:
    _collector.step()


def pytest_unconfigure() -> None:
    _home.cleanup()


@pytest.fixture(autouse=True)
def _nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    if request.node.get_closest_marker("leaves_behind"):
        yield
        return
    with nothing_left_behind():
        yield


@pytest.fixture(autouse=True)
def _no_unexpected_records(
    request: pytest.FixtureRequest, _nothing_left_behind: None
) -> Iterator[None]:
    patterns = [p for mark in request.node.iter_markers("allow_logs") for p in mark.args]
    with no_unexpected_records(patterns):
        yield
