"""A disk that is full to the last byte while a job trains: the job says so, and the engine lives.

The disk is a real one of 24 MB, in a mount namespace of the engine's own.
"""

from __future__ import annotations

import asyncio
import errno
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.engine import EngineUnderTest, start_engine, wait_for_job
from tests.support.engine_jobs import create_job
from tests.support.tiny_model import TINY_ID, make_tiny_model
from tunedesk.engine.reserve import RESERVE_BYTES, Reserve

pytestmark = [pytest.mark.engine, pytest.mark.anyio]

_SMALL_DISK = ("unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=24m tmpfs "$0" && exec "$@"')


def _may_mount() -> bool:
    if sys.platform != "linux":
        return False
    command = ["unshare", "-rm", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.skipif(not _may_mount(), reason="needs the right to mount a small disk")
async def test_a_disk_filled_by_others_ends_the_job_with_its_reason(tmp_path: Path) -> None:
    models = make_tiny_model(tmp_path / "models").parent
    data = tmp_path / "data"
    data.mkdir()
    engine = start_engine(data, models=models, inside=[*_SMALL_DISK, str(data)])
    client = engine.client()
    try:
        while all(model.id != TINY_ID for model in (await client.models.list()).data):
            await asyncio.sleep(0.1)
        job = await create_job(
            client, 12, model=TINY_ID, hyperparameters={"n_epochs": 50, "batch_size": 1}
        )
        await wait_for_job(client, job.id, ["running"])
        filler = _fill(engine)
        failed = await asyncio.wait_for(wait_for_job(client, job.id), 60)
        assert failed.status == "failed"
        assert failed.error is not None
        assert failed.error.code in ("disk_full", "disk_error")
        filler.unlink()
        after = await create_job(client, 12, model=TINY_ID, hyperparameters={"n_epochs": 1})
        assert (await wait_for_job(client, after.id)).status == "succeeded"
    finally:
        await client.close()
        await asyncio.to_thread(engine.stop)


def _fill(engine: EngineUnderTest) -> Path:
    """Takes the disk to its last byte, from outside."""
    filler = Path(f"/proc/{engine.pid}/root{engine.data}/filler")
    with filler.open("wb", buffering=0) as stream:
        for n_bytes in (1 << 16, 1):
            try:
                while True:
                    stream.write(b"x" * n_bytes)
            except OSError as error:
                assert error.errno == errno.ENOSPC
    return filler


def test_a_reserve_is_kept_and_spent_once(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path)
    assert not reserve.spend()
    for _ in range(2):
        reserve.keep()
    assert [path.stat().st_size for path in tmp_path.iterdir()] == [RESERVE_BYTES]
    assert reserve.spend()
    assert list(tmp_path.iterdir()) == []
    assert not reserve.spend()
