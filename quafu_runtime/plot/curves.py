"""Interim results as a curve, with what they should come to as a line."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from quafu_runtime.display.numbers import ALONE, Curves, Point, curves_of
from quafu_runtime.errors import ArgumentError
from quafu_runtime.plot.axes import IDEAL, axes_for, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MARKED = 60
"""Points that are marked; more would be a band."""


class Streaming(Protocol):
    """A job, as far as this is concerned."""

    def stream(self) -> Iterator[Any]:
        """What it publishes, until it ends."""
        ...


def interim_results(
    values: Iterable[Any] | Streaming,
    *,
    reference: float | None = None,
    key: str | None = None,
    label: str | None = None,
    title: str | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw interim results as a curve: numbers, or objects of numbers such as `{"step": 3, "energy": -1.8}`.

    Of objects, `step` or `iteration` is the horizontal axis, and each other name a curve. JSON in bytes or text is
    read. What is no number is passed over.

    Args:
        values: What was published; or a `RuntimeJob`, whose end is waited for. Of an `AsyncRuntimeJob`, give
            `[value async for value in job.stream()]`.
        reference: What they should come to, drawn as a line.
        key: The only name to draw; None for all.
        label: What the curve is called in the legend, where there is one curve.
        title: What stands above it.
        ax: Where to draw; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ArgumentError: There are no numbers, or none under `key`.
        JobStateError: The job has ended, and its service does not replay.
        StreamError: The stream of the job broke, and cannot be taken up again.
        QuafuRuntimeError: matplotlib is not installed.

    Example:
        ```python
        ax = plot.interim_results([-1.2, -1.7, -1.85], reference=-1.8572)
        ```
    """
    found = curves_of(_iterable(values))
    curves = _chosen(found, key)
    axes = axes_for(ax)
    for name, points in curves.items():
        marker = "o" if len(points) <= _MARKED else None
        shown = label if label is not None and len(curves) == 1 else name or None
        axes.plot(*zip(*points, strict=True), marker=marker, markersize=3.5, linewidth=1.6, label=shown)
    if reference is not None:
        axes.axhline(float(reference), color=IDEAL, linestyle="--", linewidth=1.2, label=f"reference {reference:.6g}")
    axes.set_xlabel("step" if found.step is not None else "interim result")
    if len(curves) == 1 and next(iter(curves)) != ALONE:
        axes.set_ylabel(next(iter(curves)))
    if axes.get_legend_handles_labels()[1]:
        axes.legend(frameon=False)
    tidy(axes)
    if title is not None:
        axes.set_title(title)
    return axes


def _iterable(values: Any) -> Iterable[Any]:
    stream = getattr(values, "stream", None)
    if callable(stream):
        values = stream()
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        message = f"Interim results are a list of values, or a job, not {values!r:.60}."
        raise ArgumentError(message)
    return values


def _chosen(found: Curves, key: str | None) -> dict[str, list[Point]]:
    if not found.points:
        message = "There are no numbers in these interim results: nothing to draw."
        raise ArgumentError(message)
    if key is None:
        return found.points
    if key not in found.points:
        names = ", ".join(repr(name) for name in found.points if name) or "only numbers without a name"
        message = f"There is no {key!r} in these interim results. There is: {names}."
        raise ArgumentError(message)
    return {key: found.points[key]}
