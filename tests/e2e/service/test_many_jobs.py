"""Many jobs and sweeps on a real local runtime: seeds, types, labels, the same points sync and async."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from quafu_runtime import (
    AsyncRuntimeService,
    LocalRuntime,
    RuntimeJob,
    RuntimeService,
    aio,
    as_completed,
    gather,
    open_sweep,
)
from quafu_runtime.many import point_seed

DRAW = "import random\n\n\ndef run(task, userpub, params):\n    return [params, random.random()]\n"
TYPES = (
    "import datetime\nimport numpy as np\n\n\ndef run(task, userpub, params):\n"
    "    return {'c': 1 + 2j, 'b': b'x', 't': (1, {2}), 'n': float('nan'), 'a': np.arange(params, dtype=np.int16),\n"
    "            'd': datetime.date(2026, 1, 2)}\n"
)


@pytest.fixture(scope="module")
def runtime() -> Iterator[LocalRuntime]:
    with LocalRuntime(max_jobs=2) as runtime:
        yield runtime


@pytest.fixture
def service(runtime: LocalRuntime) -> Iterator[RuntimeService]:
    with RuntimeService(runtime.account, registry=False) as service:
        yield service


@pytest.fixture
def draw(tmp_path: Path) -> Path:
    path = tmp_path / "draw.py"
    path.write_text(DRAW)
    return path


def test_points_draw_different_numbers_and_the_same_ones_again(
    service: RuntimeService, runtime: LocalRuntime, draw: Path, tmp_path: Path
) -> None:
    first = gather(service.map(draw, range(4), seed=7, label="a map", tags=["one"]))
    assert [point for point, _ in first] == [0, 1, 2, 3]
    assert len({number for _, number in first}) == 4
    assert service.sweep(tmp_path / "s.db", draw, list(range(4)), seed=7).results() == first

    async def awaited() -> list[Any]:
        async with AsyncRuntimeService(runtime.account, registry=False) as client:
            swept = await client.sweep(tmp_path / "a.db", draw, list(range(4)), seed=7)
            assert swept.results() == first
            return await aio.gather(client.map(draw, range(4), seed=7))

    assert asyncio.run(awaited()) == first
    for job in as_completed(service.map(draw, range(1), seed=7, label="a map", tags=["one"])):
        assert isinstance(job, RuntimeJob)
        info = job.info()
        assert (info.seed, info.label, info.tags) == (point_seed(7, 0), "a map", ("one",))


def test_results_come_back_out_of_a_sweeps_file_as_they_went(service: RuntimeService, tmp_path: Path) -> None:
    program = tmp_path / "types.py"
    program.write_text(TYPES)
    service.sweep(tmp_path / "s.db", program, [3, 2000])
    for size, value in zip((3, 2000), open_sweep(tmp_path / "s.db").results(), strict=True):
        assert value["a"].dtype == np.int16
        assert np.array_equal(value["a"], np.arange(size))
        assert np.isnan(value.pop("n"))
        assert (value["c"], value["b"], value["t"]) == (1 + 2j, b"x", (1, {2}))
        assert value["d"].isoformat() == "2026-01-02"


def test_a_sweep_goes_on_at_a_local_runtime_that_was_started_again_at_another_port(draw: Path, tmp_path: Path) -> None:
    for _ in range(2):
        with LocalRuntime(tmp_path / "data", max_jobs=1) as runtime, RuntimeService(runtime.account) as service:
            assert service.sweep(tmp_path / "s.db", draw, [1, 2]).counts() == {"done": 2}
