"""Everything a provider keeps is saved, again and again until it is whole, and taken in."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.support.dataset_rows import numbered_chats
from tests.support.fake_provider import FakeProvider, Reply, Request, fake_provider, refusal
from tests.support.projects import fake_providers, home, project, run
from tunedesk.core.curves import curve_of
from tunedesk.core.errors import TunedeskError
from tunedesk.services.project.project import Project
from tunedesk.services.providers.directory import Providers
from tunedesk.services.providers.files import Loss, ProviderFiles
from tunedesk.services.rescue.saving import Rescue
from tunedesk.services.rescue.state import RescueState
from tunedesk.services.train.training import Training
from tunedesk.store.archive_folder import ArchiveFolder, Manifest
from tunedesk.store.records import SAVED, JobRecord

ROWS = b"".join(row + b"\n" for row in numbered_chats(12))
CSV = b"step,train_loss,valid_loss\n1,3.5,\n2,2.5,2.9\n"
FILES = {"file-train": ROWS, "file-test": ROWS[: ROWS.index(b"\n") + 1], "file-results": CSV}


class Provider:
    """Two jobs with files, events and checkpoints; `refused` maps paths to refusals."""

    def __init__(self, server: FakeProvider) -> None:
        self.server = server
        self.refused: dict[str, Reply] = {}
        server.before = self.answer

    def answer(self, request: Request) -> Reply | None:
        path = request.path.strip("/")
        if path in self.refused:
            return self.refused[path]
        match path.split("/"):
            case ["fine_tuning", "jobs"]:
                return _page([_job("1", "support"), _job("2", "tone")])
            case ["fine_tuning", "jobs", _, "events"]:
                return _page([_event(2), _event(1)])
            case ["fine_tuning", "jobs", job, "checkpoints"]:
                return _page([_checkpoint(job)])
            case ["files"]:
                return _page([_file(name, content) for name, content in FILES.items()])
            case ["files", name, "content"] if name in FILES:
                return Reply(FILES[name], content_type="application/octet-stream")
        return None

    def asked(self, path: str) -> int:
        return self.server.count(f"GET /{path}")


def _page(items: list[dict[str, Any]]) -> Reply:
    return Reply({"object": "list", "data": items, "has_more": False})


def _job(number: str, suffix: str) -> dict[str, Any]:
    return {
        "id": f"ftjob-{number}",
        "object": "fine_tuning.job",
        "created_at": 1_700_000_000,
        "finished_at": 1_700_000_900,
        "model": "base-1",
        "fine_tuned_model": f"ft:base-1:acme:{suffix}:{number}",
        "status": "succeeded",
        "user_provided_suffix": suffix,
        "training_file": "file-train",
        "validation_file": "file-test",
        "result_files": ["file-results"],
        "surprise": {"kept": True},
    }


def _event(number: int) -> dict[str, Any]:
    return {
        "id": f"ftevent-{number}",
        "created_at": 1_700_000_000 + number,
        "message": f"m{number}",
    }


def _checkpoint(job: str) -> dict[str, Any]:
    return {
        "id": f"ckpt-{job}",
        "created_at": 1_700_000_500,
        "fine_tuned_model_checkpoint": f"ft:base-1:acme:x:{job}:ckpt-step-2",
        "step_number": 2,
        "metrics": {"full_valid_loss": 2.9},
    }


def _file(name: str, content: bytes) -> dict[str, Any]:
    purpose = "fine-tune-results" if name == "file-results" else "fine-tune"
    filename = f"{name.removeprefix('file-')}.jsonl"
    return {"id": name, "bytes": len(content), "filename": filename, "purpose": purpose}


class Bench:
    def __init__(
        self, provider: Provider, made: Project, providers: Providers, rescue: Rescue
    ) -> None:
        self.provider, self.project, self.providers = provider, made, providers
        self.rescue = rescue
        self.folder = ArchiveFolder(made.folder / "saved" / "fake")

    @property
    def manifest(self) -> Manifest:
        origin = self.rescue.candidates()[0].origin
        return self.folder.open("Fake", origin, 0)


async def _at_once(_seconds: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def bench(folder: Path, **changes: Any) -> AsyncIterator[Bench]:
    """`changes` are to the provider's profile."""
    async with (
        fake_provider() as server,
        home(folder) as place,
        project(place) as made,
        fake_providers(place, server, **changes) as providers,
    ):
        rescue = Rescue(made, providers, pause=_at_once)
        yield Bench(Provider(server), made, providers, rescue)
        await rescue.close()


def test_everything_is_saved_with_its_digest_and_every_field(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            await b.rescue.begin("fake")
            state = b.rescue.state
            assert state.is_complete and state.stopped_by is None and not state.missing
            assert (state.jobs.n_done, state.files.n_done, state.results.n_done) == (2, 2, 1)
            saved = b.manifest.saved
            for file_id, kind in (("file-train", "file"), ("file-results", "result")):
                one = saved[f"{kind}/{file_id}"]
                content = (b.folder.folder / one.path).read_bytes()
                assert content == FILES[file_id]
                assert one.digest == hashlib.sha256(content).hexdigest()
            job = json.loads(b.folder.read(saved["job/ftjob-1"]))
            assert job["surprise"] == {"kept": True}
            assert all(b.folder.is_whole(one) for one in saved.values())

    run(work())


def test_files_become_datasets_and_jobs_records_with_curves(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            await b.rescue.begin("fake")
            datasets = {info.name: info for info in await b.project.datasets()}
            assert datasets["train.jsonl"].n_rows == 12
            assert datasets["train.jsonl"].path.read_bytes() == ROWS
            jobs = {job.name: job for job in await b.project.in_ledger(lambda one: one.jobs())}
            assert set(jobs) == {"support", "tone"}
            job = jobs["support"]
            assert (job.status, job.n_train, job.n_held_out) == ("succeeded", 12, 1)
            assert job.train_digest == hashlib.sha256(ROWS).hexdigest()
            events = await b.project.in_ledger(lambda one: one.events(job.local_id))
            kept = await b.project.in_ledger(lambda one: one.checkpoints(job.local_id))
            assert [loss for _step, loss in curve_of(events).train] == [3.5, 2.5]
            assert [one.step_number for one in kept] == [2]

    run(work())


def test_jobs_that_another_profile_saved_are_saved_for_this_one_too(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            there = JobRecord(
                local_id=f"{SAVED}ftjob-1",
                name="support",
                provider_id="elsewhere",
                base_model="base-1",
                created_at_ms=1,
                train_digest="",
                n_train=0,
            )
            await b.project.in_ledger(lambda one: one.add_intent(there))
            await b.rescue.begin("fake")
            jobs = await b.project.in_ledger(lambda one: one.jobs())
            here = {job.remote_id for job in jobs if job.provider_id == "fake"}
            assert here == {"ftjob-1", "ftjob-2"} and len(jobs) == 3
            assert b.rescue.state.n_bytes == sum(len(FILES[n]) for n in ("file-train", "file-test"))

    run(work())


def test_a_second_run_asks_for_no_file_again_and_doubles_nothing(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            await b.rescue.begin("fake")
            await b.rescue.begin("fake")
            assert b.provider.asked("files/file-train/content") == 1
            assert b.provider.asked("fine_tuning/jobs/ftjob-1/events") == 1
            assert len(await b.project.datasets()) == 2
            assert len(await b.project.in_ledger(lambda one: one.jobs())) == 2

    run(work())


def test_a_damaged_file_is_fetched_anew(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            await b.rescue.begin("fake")
            path = b.folder.folder / b.manifest.saved["file/file-train"].path
            path.write_bytes(b"rotten")
            await b.rescue.begin("fake")
            assert path.read_bytes() == ROWS

    run(work())


def test_what_cannot_be_had_is_named_and_the_rest_is_saved(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            b.provider.refused["files/file-train/content"] = refusal(404, "No such File object")
            b.provider.refused["files/file-test/content"] = refusal(403, "Not yours.")
            await b.rescue.begin("fake")
            state = b.rescue.state
            assert state.is_complete and state.stopped_by is None
            missing = {one.id: one.why for one in state.missing}
            assert "No such File object" in missing["file-train"]
            assert "Not yours" in missing["file-test"]
            assert "result/file-results" in b.manifest.saved
            b.provider.refused.clear()
            await b.rescue.begin("fake")
            assert not b.rescue.state.missing and "file/file-train" in b.manifest.saved

    run(work())


def test_a_lost_connection_stops_it_and_it_goes_on_from_there(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            b.provider.refused["files/file-train/content"] = refusal(401, "Incorrect API key.")
            await b.rescue.begin("fake")
            state = b.rescue.state
            assert state.stopped_by is not None and state.stopped_by.code == "key_refused"
            assert not state.is_complete and "job/ftjob-2" in b.manifest.saved
            b.provider.refused.clear()
            await b.rescue.begin("fake")
            assert b.rescue.state.is_complete and b.rescue.state.stopped_by is None

    run(work())


def test_a_download_that_is_cut_leaves_no_file(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            headers = {"Content-Length": str(len(ROWS))}
            b.provider.refused["files/file-train/content"] = Reply(
                ROWS, headers=headers, cut_after_bytes=40
            )
            await b.rescue.begin("fake")
            assert b.rescue.state.stopped_by is not None
            assert not [path for path in b.folder.folder.rglob("*") if "file-train" in path.name]

    run(work())


def test_pausing_keeps_what_there_is(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            task = b.rescue.begin("fake")

            def pause() -> None:
                if b.rescue.state.curves.n_all:
                    b.rescue.pause()

            b.rescue.subscribe(pause)
            await asyncio.gather(task, return_exceptions=True)
            assert not b.rescue.state.is_running and not b.rescue.state.is_complete
            assert "job/ftjob-1" in b.manifest.saved

    run(work())


def test_a_saved_job_knows_the_end_its_provider_told(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            b.provider.server.models[0]["shutdown_date"] = "2026-12-20"
            await b.rescue.begin("fake")
            training = Training(b.project, b.providers, b.project.background)
            view = await training.view("saved-ftjob-1")
            assert view.base_end is not None and view.base_end.ends == date(2026, 12, 20)
            assert (view.place, view.is_free) == (b.providers.profile("fake").name, False)
            await training.close()

    run(work())


def test_what_was_saved_is_no_only_copy_while_its_bytes_are_here(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            files = ProviderFiles(b.project, b.providers)
            before = {one.info.id: one for one in await files.list("fake")}
            assert Loss.ONLY_COPY in before["file-train"].losses
            await b.rescue.begin("fake")
            (b.folder.folder / b.manifest.saved["file/file-test"].path).unlink()
            after = {one.info.id: one for one in await files.list("fake")}
            assert after["file-train"].snapshot == hashlib.sha256(ROWS).hexdigest()
            assert after["file-results"].losses == [Loss.RESULTS]
            assert Loss.ONLY_COPY in after["file-test"].losses

    run(work())


def test_what_was_saved_is_found_again_on_another_port_and_not_at_another_host(
    tmp_path: Path,
) -> None:
    folder = ArchiveFolder(tmp_path / "saved")
    folder.write(folder.open("Engine", "http://127.0.0.1:8011", 1))
    again = folder.open("Engine", "http://127.0.0.1:9000", 2)
    assert (again.origin, again.begun_at_ms) == ("http://127.0.0.1:9000", 1)
    with pytest.raises(TunedeskError) as caught:
        folder.open("Engine", "https://other.example:9000", 3)
    assert caught.value.code == "archive_other"


def test_nothing_is_changed_at_the_provider(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            await b.rescue.begin("fake")
            assert {request.method for request in b.provider.server.requests} == {"GET"}

    run(work())


def test_what_was_saved_before_is_known_without_asking(tmp_path: Path) -> None:
    async def work() -> None:
        async with bench(tmp_path) as b:
            await b.rescue.look("fake")
            assert b.rescue.state == RescueState()
            b.provider.refused["files/file-train/content"] = refusal(404, "No such File object")
            await b.rescue.begin("fake")
            done, n_asked = b.rescue.state, len(b.provider.server.requests)
            later = Rescue(b.project, b.providers, pause=_at_once)
            await later.look("fake")
            assert later.state == done and later.state.is_complete
            assert len(b.provider.server.requests) == n_asked

            b.provider.refused["files/file-train/content"] = refusal(401, "Incorrect API key.")
            await b.rescue.begin("fake")
            broken = Rescue(b.project, b.providers, pause=_at_once)
            await broken.look("fake")
            assert not broken.state.is_complete
            assert (broken.state.jobs.n_done, broken.state.jobs.n_all) == (2, None)

    run(work())
