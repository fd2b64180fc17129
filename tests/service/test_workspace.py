"""Projects and the sample."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.projects import home, project, rows_of, run, write_rows
from tunedesk.core.errors import TunedeskError
from tunedesk.services.dataset.session import open_session
from tunedesk.services.project.folder_names import free_path, safe_name
from tunedesk.store.ledger import Ledger


def test_the_sample_is_made_once_and_opened_after_that(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            first = await place.workspace.create_sample("marv")
            assert first.name == "Marv, the sarcastic one"
            assert first.folder == place.workspace.projects_folder / first.name
            (dataset,) = await first.datasets()
            assert (dataset.name, dataset.n_rows) == ("marv.jsonl", 54)
            choices = await first.in_ledger(lambda ledger: ledger.split_overrides(dataset.id))
            assert sorted(choices.values()) == ["test"] * 10 + ["train"] * 44
            await first.close()
            again = await place.workspace.create_sample()
            assert again.folder == first.folder
            assert len(await again.datasets()) == 1
            assert (await again.summary()).n_datasets == 1
            await again.close()
            await again.close()

    run(steps())


def test_every_sample_is_split_and_nothing_is_wrong_with_it(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            found = {}
            for sample in place.workspace.samples():
                made = await place.workspace.create_sample(sample.id)
                session = await open_session(made, (await made.datasets())[0])
                await session.check()
                counts = session.counts()
                found[sample.id] = (counts.train, counts.test)
                assert (counts.problems, session.n_leaks) == (0, 0)
                assert all(str(n) in sample.detail for n in (counts.train, counts.test))
                await session.close()
                await made.close()
            assert found == {
                **dict.fromkeys(("marv", "marv-th"), (44, 10)),
                **dict.fromkeys(("orders", "orders-th"), (48, 12)),
                **dict.fromkeys(("shop", "thai-service"), (40, 10)),
            }

    run(steps())


def test_projects_are_remembered_newest_first_with_what_is_in_them(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            assert place.workspace.last_folder() is None
            async with project(place, "Support: tone?") as one:
                await one.new_dataset("rows")
            place.now_ms += 1000
            async with project(place, "Other") as two:
                pass
            workspace = place.reopened()
            assert workspace.last_folder() == two.folder
            recent = await workspace.recent()
            assert [r.name for r in recent] == ["Other", "Support: tone?"]
            assert recent[1].summary is not None
            assert recent[1].summary.n_datasets == 1
            assert recent[0].opened_at_ms == place.now_ms
            assert one.folder.name == "Support- tone"
            opened = await workspace.open(one.folder)
            assert opened.name == "Support: tone?"
            await opened.close()
            assert [r.name for r in await workspace.recent()] == ["Support: tone?", "Other"]

    run(steps())


def test_a_project_that_is_gone_or_damaged_is_listed_with_the_reason(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            async with project(place, "Gone") as gone:
                pass
            async with project(place, "Damaged") as damaged:
                pass
            for path in gone.folder.iterdir():
                path.unlink()
            (damaged.folder / "project.tunedesk").write_bytes(b"not a database" * 100)
            notes = {r.name: r.note for r in await place.workspace.recent()}
            assert notes["Gone"] == "Its folder is not there any more."
            assert notes["Damaged"]
            with pytest.raises(TunedeskError, match="no project here"):
                await place.workspace.open(gone.folder)
            with pytest.raises(TunedeskError):
                await place.workspace.open(damaged.folder)

    run(steps())


def test_settings_that_others_wrote_do_no_harm(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place:
            place.settings.set("recent_projects", [7, {"folder": None}, {"name": "x"}])
            assert await place.workspace.recent() == []
            assert place.workspace.last_folder() is None

    run(steps())


def test_a_file_elsewhere_is_referred_to_and_known_the_second_time(tmp_path: Path) -> None:
    async def steps() -> None:
        path = write_rows(tmp_path / "mine.jsonl", rows_of(3))
        async with home(tmp_path / "home") as place, project(place) as made:
            info = await made.add_dataset(path)
            assert (info.path, info.n_rows) == (path, 3)
            assert (await made.add_dataset(path)).id == info.id
            assert path.read_bytes() == b"".join(row + b"\n" for row in rows_of(3))
            with pytest.raises(TunedeskError, match="not there"):
                await made.add_dataset(tmp_path / "nothing.jsonl")
            assert await made.in_ledger(Ledger.project_name) == "Test"

    run(steps())


def test_new_datasets_never_take_each_others_names(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            names = [(await made.new_dataset("../rows.jsonl")).name for _ in range(2)]
            assert names == ["rows.jsonl", "rows 2.jsonl"]
            assert {d.path.parent for d in await made.datasets()} == {made.folder / "datasets"}

    run(steps())


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        ("Marv, the sarcastic one", "Marv, the sarcastic one"),
        ("a/b\\c", "a-b-c"),
        ("..", "fallback"),
        (" .hidden. ", "hidden"),
        ("CON", "CON-"),
        ("nul.txt", "nul.txt-"),
        ("ไทย" * 40, ("ไทย" * 40).encode()[:80].decode("utf-8", "ignore")),
        ("\ud800", "fallback"),
        ("", "fallback"),
    ],
)
def test_names_people_type_become_one_level_of_a_path(typed: str, made: str) -> None:
    assert safe_name(typed, fallback="fallback") == made


def test_a_free_path_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.txt").touch()
    assert free_path(tmp_path, "a", ".txt") == tmp_path / "a 2.txt"
