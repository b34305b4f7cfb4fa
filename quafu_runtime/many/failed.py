"""What stands in the place of a job, or of a result, where there is none: one failure takes nothing else with it."""

from typing import Any, Generic, NoReturn, TypeVar

from attrs import frozen

J = TypeVar("J")

_PARAMS_SHOWN = 60
"""Characters of the params in a repr: enough to tell one point from the next."""


@frozen(repr=False, eq=False)
class FailedRun(Generic[J]):
    """A point of a map, or a job, that has no result, and why. It is falsy.

    Attributes:
        index: The point's place among the params, or the job's among the jobs, counted from 0.
        params: What the program got, or would have got; None where this is not known here.
        error: What went wrong.
        job: The job, or None where none was submitted.

    Example:
        ```python
        for value in gather(jobs):
            if isinstance(value, FailedRun):
                print(value.params, value.error)
        ```
    """

    index: int
    params: Any
    error: Exception
    job: J | None = None

    def __bool__(self) -> bool:
        return False

    def reraise(self) -> NoReturn:
        """Raise the error.

        Raises:
            Exception: The error, always.
        """
        raise self.error

    def __repr__(self) -> str:
        params = repr(self.params)
        shown = params if len(params) <= _PARAMS_SHOWN else f"{params[:_PARAMS_SHOWN]}..."
        job = "not submitted" if self.job is None else f"job {self._job_id()}"
        return f"<FailedRun {self.index}, {job}, params {shown}: {type(self.error).__name__}: {self._reason()}>"

    def _repr_html_(self) -> str:
        from quafu_runtime.display.errors import html_of_failed_run

        return html_of_failed_run(self)

    def _reason(self) -> str:
        """One line: of a job that failed the last of its own traceback, which names the error."""
        traceback = getattr(self.error, "traceback", None)
        if isinstance(traceback, str) and traceback.strip():
            return traceback.strip().splitlines()[-1]
        return (str(self.error).splitlines() or [""])[0]

    def _job_id(self) -> str:
        said = getattr(self.job, "job_id", None)
        return str(said()) if callable(said) else "?"
