"""Files that lie at a provider: listed with their use, deleted with what is lost known before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.fake_provider import refusal
from tests.support.projects import run
from tests.support.training_bench import PLAN, bench
from tunedesk.core.errors import TunedeskError
from tunedesk.services.providers.files import FileUse, Loss, ProviderFiles

FOREIGN = {
    "id": "file-foreign",
    "object": "file",
    "bytes": 12,
    "filename": "other.jsonl",
    "purpose": "fine-tune",
    "status": "processed",
    "created_at": None,
    "content": b"",
}


def test_files_are_listed_with_size_purpose_age_and_use(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.now_s -= 60
            await b.training.start(PLAN, b.session)
            result = FOREIGN | {"id": "file-r", "purpose": "fine-tune-results"}
            b.server.files += [dict(FOREIGN), result]
            b.server.jobs.append(
                {
                    "id": "ftjob-theirs",
                    "status": "succeeded",
                    "training_file": "file-foreign",
                    "result_files": ["file-r", None, 5],
                }
            )
            files = await ProviderFiles(b.project, b.providers).list("fake")
            by_id = {file.info.id: file for file in files}
            train = by_id["file-1"]
            assert train.info.size_bytes == len(b.server.files[0]["content"])
            assert train.info.purpose == "fine-tune"
            assert train.age_ms == 60_000
            assert train.used_by == [FileUse(name="Marv style!", is_active=True, is_ours=True)]
            (test,) = by_id["file-2"].used_by
            assert (test.name, test.part) == ("Marv style!", "test")
            assert train.losses == [Loss.JOB_RUNS]
            assert train.snapshot is not None
            assert train.dataset == "rows.jsonl"
            foreign = by_id["file-foreign"]
            assert (foreign.age_ms, foreign.dataset) == (None, "")
            assert foreign.used_by == [FileUse(name="ftjob-theirs", is_active=False)]
            assert foreign.losses == [Loss.ONLY_COPY]
            (result_of,) = by_id["file-r"].used_by
            assert (result_of.name, result_of.part) == ("ftjob-theirs", "result")
            assert by_id["file-r"].losses == [Loss.RESULTS, Loss.ONLY_COPY]

    run(steps())


def test_a_deleted_file_is_gone_there_and_sent_anew_when_it_is_needed(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.training.start(PLAN, b.session)
            files = ProviderFiles(b.project, b.providers)
            await files.delete("fake", "file-1")
            await files.delete("fake", "file-1")
            assert [file.info.id for file in await files.list("fake")] == ["file-2"]
            await b.training.start(PLAN, b.session)
            assert b.server.jobs[-1]["training_file"] == "file-3"
            assert b.server.jobs[-1]["validation_file"] == "file-2"

    run(steps())


def test_a_provider_without_a_list_of_jobs_still_lists_files(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            b.server.files.append(dict(FOREIGN))
            b.server.before = lambda request: (
                refusal(404, "No jobs here") if "jobs" in request.path else None
            )
            (file,) = await ProviderFiles(b.project, b.providers).list("fake")
            assert file.used_by == []

    run(steps())


def test_a_refusal_to_delete_is_told_and_nothing_is_forgotten(tmp_path: Path) -> None:
    async def steps() -> None:
        async with bench(tmp_path) as b:
            await b.training.start(PLAN, b.session)
            b.server.before = lambda request: (
                refusal(403, "Not yours") if request.method == "DELETE" else None
            )
            with pytest.raises(TunedeskError, match="Not yours"):
                await ProviderFiles(b.project, b.providers).delete("fake", "file-1")
            known = await b.project.in_ledger(lambda ledger: ledger.uploads_at("fake"))
            assert set(known) == {"file-1", "file-2"}

    run(steps())
