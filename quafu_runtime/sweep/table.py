"""A sweep, read from its file: as a table, as results, as failures."""

import importlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quafu_runtime.errors import ArgumentError
from quafu_runtime.many.failed import FailedRun
from quafu_runtime.sweep.points import Point, PointStatus
from quafu_runtime.sweep.store import read_points

if TYPE_CHECKING:
    import pandas as pd

    from quafu_runtime.sweep.beginning import Beginning

_COLUMNS = ("status", "result", "error", "job_id", "seconds")


class SweepTable:
    """What a sweep's file held when it was read: `reload` reads it again.

    Args:
        path: The file.
        job: Makes the job of an id, where there is a service.

    Raises:
        ArgumentError: There is no such file, or it is no sweep that has been begun.
    """

    def __init__(self, path: Path, job: Callable[[str], Any] | None = None) -> None:
        self._path = path
        self._job = job
        self._beginning: Beginning
        self._points: list[Point]
        self.reload()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def reload(self) -> None:
        """Read the file again: another process may run the sweep meanwhile.

        Raises:
            ArgumentError: It is not there any more.
        """
        self._beginning, self._points = read_points(self._path)

    def rows(self) -> list[dict[str, Any]]:
        """A dictionary for each point: its params, `status`, `result`, `error`, `job_id` and `seconds`.

        Params that are a mapping give a column for each name, `params.NAME` where a column of the sweep has that name;
        others stand in a column `params`. `status` is `waiting`, `submitting`, `running`, `done`, `failed`,
        `cancelled`, `refused` or `uncertain`; `seconds` is the time from the submission to the end as it was seen.
        Every row has the same columns.
        """
        columns = dict.fromkeys(name for point in self._points for name in _params_of(point))
        return [self._row(point, columns) for point in self._points]

    def to_dataframe(self) -> "pd.DataFrame":
        """The rows as a pandas DataFrame.

        Raises:
            ArgumentError: pandas is not installed.
        """
        try:
            pandas = importlib.import_module("pandas")
        except ImportError:
            message = "A DataFrame needs the package pandas: pip install pandas. rows() needs nothing."
            raise ArgumentError(message) from None
        frame: pd.DataFrame = pandas.DataFrame(self.rows())
        return frame

    def results(self) -> list[Any]:
        """What each point's program returned, in the points' order; a `FailedRun` where there is nothing."""
        return [self._outcome(point) for point in self._points]

    def failures(self) -> list[FailedRun[Any]]:
        """The points that failed, were cancelled or refused, or of which nobody knows whether a job runs."""
        pending = {PointStatus.WAITING, PointStatus.SUBMITTING, PointStatus.RUNNING}
        ended = [self._outcome(point) for point in self._points if point.status not in pending]
        return [outcome for outcome in ended if isinstance(outcome, FailedRun)]

    def counts(self) -> dict[str, int]:
        """How many points have which status; only those that there are."""
        found = Counter(point.status.value for point in self._points)
        return {status.value: found[status.value] for status in PointStatus if found[status.value]}

    def __len__(self) -> int:
        """How many points there are."""
        return len(self._points)

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {status}" for status, number in self.counts().items())
        return f"<{type(self).__name__} {str(self._path)!r} of {self._beginning.program}: {len(self)} points, {counts}>"

    def _repr_html_(self) -> str:
        from quafu_runtime.display.runs import html_of_sweep

        return html_of_sweep(self)

    def _row(self, point: Point, columns: Mapping[str, None]) -> dict[str, Any]:
        params = _params_of(point)
        result = self._outcome(point) if point.status is PointStatus.DONE else None
        return {
            **{name: params.get(name) for name in columns},
            "status": point.status.value,
            "result": None if isinstance(result, FailedRun) else result,
            "error": str(result.error) if isinstance(result, FailedRun) else point.said(),
            "job_id": point.job_id,
            "seconds": point.seconds,
        }

    def _outcome(self, point: Point) -> Any:
        job = None if self._job is None or point.job_id is None else self._job(point.job_id)
        return point.outcome(job)


def _params_of(point: Point) -> dict[str, Any]:
    if not isinstance(point.params, dict):
        return {"params": point.params}
    return {f"params.{name}" if name in _COLUMNS else name: value for name, value in point.params.items()}
