"""A real project on a throw-away home."""

from __future__ import annotations

from pathlib import Path

from tunedesk.services.project.workspace import DatasetInfo, Project, Workspace
from tunedesk.services.work.background import Background
from tunedesk.store.folders import Folders
from tunedesk.store.settings import SettingsStore


class OpenProject:
    """The sample's project with what it stands on; `close` takes it down."""

    def __init__(self, project: Project, dataset: DatasetInfo, background: Background) -> None:
        self.project, self.dataset = project, dataset
        self._background = background

    async def close(self) -> None:
        await self.project.close()
        await self._background.close()


async def open_sample(home: Path) -> OpenProject:
    """Make and open the sample's project below `home`."""
    folders = Folders.of_user({"TUNEDESK_HOME": str(home)})
    background = Background()
    settings = SettingsStore(folders.config / "settings.json")
    project = await Workspace(folders, settings, background).create_sample("marv")
    return OpenProject(project, (await project.datasets())[0], background)
