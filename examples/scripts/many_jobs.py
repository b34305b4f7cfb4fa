"""Run a program for many params at once, and once more as a sweep that survives being interrupted."""

import tempfile
from pathlib import Path

from quafu_runtime import FailedRun, RuntimeService, gather

PROGRAM = Path(__file__).parents[1] / "program_source" / "bell.py"


def main() -> None:
    """Run it."""
    with RuntimeService.local() as service, tempfile.TemporaryDirectory() as folder:
        params = [{"shots": 100}, {"shots": "many"}, {"shots": 200}]
        values = gather(service.map(PROGRAM, params, max_pending=2, seed=3))
        for given, value in zip(params, values, strict=True):
            print(given, "failed" if isinstance(value, FailedRun) else value)
        sweep = service.sweep(Path(folder) / "shots.db", PROGRAM, {"shots": [50, 100, 200]}, seed=3)
        for row in sweep.rows():
            print(row["shots"], row["status"], row["result"])


if __name__ == "__main__":
    main()
