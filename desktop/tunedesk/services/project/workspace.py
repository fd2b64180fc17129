"""Projects: the ones there were, new ones, and the sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from tunedesk.assets import resource
from tunedesk.core.errors import TunedeskError
from tunedesk.services.check.tokens import Tokens
from tunedesk.services.project.folder_names import free_path, safe_name
from tunedesk.services.project.project import DatasetInfo, Project
from tunedesk.services.project.samples import Sample, load_samples, write_sample
from tunedesk.services.work.background import Background
from tunedesk.services.work.clock import Clock, wall_clock_ms
from tunedesk.store.folders import Folders
from tunedesk.store.ledger import LEDGER_NAME, Ledger, peek
from tunedesk.store.records import ProjectSummary
from tunedesk.store.scratch import sweep
from tunedesk.store.settings import JsonValue, SettingsStore

__all__ = [
    "DatasetInfo",
    "Project",
    "ProjectSummary",
    "RecentProject",
    "SampleInfo",
    "Workspace",
]

_RECENT_KEY = "recent_projects"
_MAX_RECENT = 12


class RecentProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project that was open before. `note` says why it cannot be opened, "" if it can."""

    name: str
    folder: Path
    summary: ProjectSummary | None
    opened_at_ms: int
    note: str = ""


class SampleInfo(msgspec.Struct, frozen=True, kw_only=True):
    """A sample to start from; `only_in` as `Sample` has it."""

    id: str
    title: str
    detail: str
    only_in: str = ""


class Workspace:
    """Opens projects and remembers which."""

    def __init__(
        self,
        folders: Folders,
        settings: SettingsStore,
        background: Background,
        *,
        tokens: Tokens | None = None,
        clock: Clock = wall_clock_ms,
    ) -> None:
        self._folders = folders
        self._settings = settings
        self._background = background
        self._tokens = tokens or Tokens(folders.cache / "tokens", background)
        self._clock = clock
        self._samples = load_samples(resource("samples", "samples.json"))

    @property
    def projects_folder(self) -> Path:
        """Where new projects are made."""
        return self._folders.data / "projects"

    def samples(self) -> list[SampleInfo]:
        """The samples that come with Tunedesk."""
        return [
            SampleInfo(id=s.id, title=s.title, detail=s.detail, only_in=s.only_in)
            for s in self._samples
        ]

    def last_folder(self) -> Path | None:
        """The folder of the project that was open last, if it still holds one."""
        for entry in self._remembered():
            folder = Path(entry["folder"])
            return folder if (folder / LEDGER_NAME).is_file() else None
        return None

    async def recent(self) -> list[RecentProject]:
        """Projects that were open before, newest first, also those that are gone."""
        return [await self._background.run(_look_at, entry) for entry in self._remembered()]

    async def open(self, folder: Path) -> Project:
        """Open the project in a folder.

        Raises TunedeskError if there is none, or it is of a newer Tunedesk, or damaged.
        """
        ledger_path = folder / LEDGER_NAME
        if not await self._background.run(ledger_path.is_file):
            raise TunedeskError(
                "project.missing",
                "There is no project here.",
                f"{folder} has no file {LEDGER_NAME}.",
                "Choose the folder that holds it, or start a new project.",
            )
        return await self._open(ledger_path)

    async def create(self, name: str) -> Project:
        """Make an empty project and open it; another name is found if the folder exists."""
        stem = safe_name(name, fallback="project")
        folder = await self._background.run(free_path, self.projects_folder, stem)
        return await self._open(folder / LEDGER_NAME, name=name.strip() or folder.name)

    async def create_sample(self, sample_id: str = "marv") -> Project:
        """Open the sample's project, and make it first if it is not there.

        Raises KeyError for an unknown sample, TunedeskError if it cannot be written.
        """
        sample = {s.id: s for s in self._samples}[sample_id]
        folder = self.projects_folder / safe_name(sample.title, fallback=sample.id)
        is_new = not await self._background.run((folder / LEDGER_NAME).is_file)
        project = await self._open(folder / LEDGER_NAME, name=sample.title if is_new else "")
        try:
            if not await project.datasets():
                await self._fill(project, sample)
        except BaseException:
            await project.close()
            raise
        return project

    async def _fill(self, project: Project, sample: Sample) -> None:
        path = project.folder / "datasets" / sample.dataset
        sides = await self._background.run(write_sample, sample, path)
        info = await project.add_dataset(path)
        await project.in_ledger(lambda ledger: ledger.set_splits(info.id, sides.items()))

    async def _open(self, ledger_path: Path, name: str = "") -> Project:
        lane = self._background.lane("ledger")
        try:
            ledger = await lane.run(Ledger.open, ledger_path)
        except BaseException:
            await lane.close()
            raise
        if name:
            await lane.run(ledger.set_project_name, name)
        scratch_folder = self._folders.cache / "scratch"
        await self._background.run(sweep, scratch_folder)
        project = Project(
            name=name or await lane.run(ledger.project_name),
            ledger=ledger,
            lane=lane,
            background=self._background,
            tokens=self._tokens,
            clock=self._clock,
            scratch_folder=scratch_folder,
        )
        await self._remember(project)
        return project

    def _remembered(self) -> list[dict[str, Any]]:
        """Entries of the settings file; what others wrote into it is passed over."""
        nothing: list[JsonValue] = []
        return [
            entry
            for entry in self._settings.get(_RECENT_KEY, nothing)
            if isinstance(entry, dict) and isinstance(entry.get("folder"), str)
        ]

    async def _remember(self, project: Project) -> None:
        folder = str(project.folder)
        entry: dict[str, JsonValue] = {
            "folder": folder,
            "name": project.name,
            "opened_at_ms": self._clock(),
        }
        others = [known for known in self._remembered() if known["folder"] != folder]
        recent: list[JsonValue] = [entry, *others]
        await self._background.run(self._settings.set, _RECENT_KEY, recent[:_MAX_RECENT])


def _look_at(entry: dict[str, Any]) -> RecentProject:
    folder = Path(entry["folder"])
    opened_at_ms = entry.get("opened_at_ms")
    name = str(entry.get("name") or folder.name)
    summary, note = None, ""
    try:
        if (folder / LEDGER_NAME).is_file():
            seen = peek(folder / LEDGER_NAME)
            name, summary = seen.name, seen.summary
        else:
            note = "Its folder is not there any more."
    except TunedeskError as error:
        note = error.title
    return RecentProject(
        name=name,
        folder=folder,
        summary=summary,
        opened_at_ms=opened_at_ms if isinstance(opened_at_ms, int) else 0,
        note=note,
    )
