"""Votes for other programs: everything that says who answered what, and whole files only."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.support.made_votes import BASE, TUNED, VoteMaker
from tests.support.projects import home, project, run
from tunedesk.core.errors import TunedeskError
from tunedesk.core.jobs import JobState
from tunedesk.services.compare.vote_export import VoteFormat, export_votes
from tunedesk.services.project.project import Project
from tunedesk.store.records import JobRecord


def _votes() -> VoteMaker:
    votes = VoteMaker()
    votes.add(
        "tuned",
        prompt="ไกลไหม?",
        digest="d" * 64,
        reference="ไกล",
        base='=HYPERLINK("evil")\nline two',
        tuned="ไกล, มาก",
        reasons=("tone", "length"),
        note="-1",
    )
    votes.add("tie", prompt="typed?", tokens=(256, None))
    votes.add("base", prompt="typed?", is_swapped=True)
    return votes


async def _exported(folder: Path, kind: VoteFormat, with_job: bool = False) -> bytes:
    async with home(folder) as place, project(place) as made:
        await made.in_ledger(_votes().store)
        if with_job:
            await _job(made)
        target = folder / f"votes.{kind}"
        told: list[tuple[int, int]] = []
        n_votes = await export_votes(made, (BASE, TUNED), target, kind, lambda *at: told.append(at))
        assert n_votes == 3
        assert [path.name for path in folder.glob("*votes*")] == [target.name]
        return target.read_bytes()


async def _job(made: Project) -> None:
    state = JobState(
        id="j", status="succeeded", model="base-1", created_at_s=1, fine_tuned_model=TUNED.model
    )
    await made.in_ledger(lambda ledger: ledger.add_snapshot("5a" * 32, made.folder / "s", 1))
    job = JobRecord(
        local_id="job",
        name="marv",
        provider_id="fake",
        base_model="base-1",
        created_at_ms=1,
        train_digest="5a" * 32,
        n_train=10,
        status="succeeded",
        state=state,
    )
    await made.in_ledger(lambda ledger: ledger.add_intent(job))


def test_json_has_the_proof_of_every_answer(tmp_path: Path) -> None:
    whole = json.loads(run(_exported(tmp_path, "json", with_job=True)))
    assert (whole["format"], whole["version"]) == ("tunedesk-votes", 1)
    assert (whole["base"], whole["tuned"]) == (BASE.label, TUNED.label)
    first, second, again = whole["votes"]
    assert first["messages"] == [{"role": "user", "content": "ไกลไหม?"}]
    assert (first["winner"], first["reasons"], first["note"]) == ("tuned", ["tone", "length"], "-1")
    assert (first["row_digest"], first["reference"]) == ("d" * 64, "ไกล")
    assert first["choice"] == first["tuned"]["seat"]
    tuned = first["tuned"]
    assert (tuned["provider"], tuned["model"]) == ("fake", TUNED.model)
    assert (tuned["finish_reason"], tuned["elapsed_ms"], tuned["completion_tokens"]) == (
        "stop",
        700,
        27,
    )
    assert tuned["trained_on_digest"] == "5a" * 32
    assert (tuned["model_digest"], tuned["prompt_digest"]) == ("ab" * 32, "cd" * 32)
    assert tuned["asked_at_ms"] == first["asked_at_ms"]
    assert first["base"]["trained_on_digest"] is None
    assert tuned["settings"] == {
        "temperature": 0.0,
        "top_p": 1.0,
        "max_tokens": 256,
        "seed": None,
    }
    assert (second["base"]["finish_reason"], second["tuned"]["completion_tokens"]) == ("stop", None)
    assert (second["is_repeat"], again["is_repeat"]) == (False, True)
    assert {second["base"]["seat"], again["base"]["seat"]} == {"A", "B"}


def test_csv_has_the_same_and_runs_no_formula(tmp_path: Path) -> None:
    data = run(_exported(tmp_path, "csv"))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert len(rows) == 3
    first = rows[0]
    assert first["base_text"] == '\'=HYPERLINK("evil")\nline two'
    assert (first["tuned_text"], first["note"]) == ("ไกล, มาก", "'-1")
    assert (first["tuned_model"], first["tuned_elapsed_ms"]) == (TUNED.model, "700")
    assert (first["tuned_settings_max_tokens"], first["base_trained_on_digest"]) == ("256", "")
    assert json.loads(first["messages"]) == [{"role": "user", "content": "ไกลไหม?"}]
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t")]


def test_no_votes_make_a_file_without_rows(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            for kind in ("csv", "json"):
                target = tmp_path / f"none.{kind}"
                assert await export_votes(made, (BASE, TUNED), target, kind) == 0  # type: ignore[arg-type]
            assert json.loads((tmp_path / "none.json").read_bytes())["votes"] == []

    run(steps())


def test_a_place_that_cannot_be_written_is_named_and_the_old_file_stays(tmp_path: Path) -> None:
    async def steps() -> None:
        async with home(tmp_path) as place, project(place) as made:
            (tmp_path / "file").write_text("old")
            with pytest.raises(TunedeskError, match="file"):
                await export_votes(made, (BASE, TUNED), tmp_path / "file" / "v.csv", "csv")
            assert (tmp_path / "file").read_text() == "old"

    run(steps())
