"""Interim results as a curve."""

from collections.abc import Iterator

import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from quafu_runtime import ArgumentError, plot


class EndedJob:
    def stream(self) -> Iterator[object]:
        yield from (b'{"step": 0, "energy": -1.0}', "starting", b'{"step": 2, "energy": -1.8}')


@pytest.fixture(autouse=True, scope="module")
def backend() -> Iterator[None]:
    plt.switch_backend("agg")
    yield
    plt.close("all")


def _points(axes: Axes, line: int = 0) -> list[tuple[float, float]]:
    return [tuple(point) for point in axes.lines[line].get_xydata().tolist()]  # type: ignore[union-attr]


def test_numbers_are_drawn_one_behind_the_other() -> None:
    axes = plot.interim_results([3, 2.5, 2])
    assert _points(axes) == [(0, 3), (1, 2.5), (2, 2)]
    assert axes.get_xlabel() == "interim result"


def test_a_job_is_read_to_its_end_and_what_is_no_number_is_passed_over() -> None:
    axes = plot.interim_results(EndedJob())
    assert _points(axes) == [(0, -1.0), (2, -1.8)]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("step", "energy")


def test_the_reference_is_a_line() -> None:
    axes = plot.interim_results([1, 2], reference=1.5)
    assert [height for _, height in _points(axes, 1)] == [1.5, 1.5]
    assert "reference 1.5" in axes.get_legend_handles_labels()[1]


def test_each_name_is_a_curve_unless_one_is_chosen() -> None:
    values = [{"iteration": step, "energy": -step, "slope": step / 2} for step in range(3)]
    assert len(plot.interim_results(values).lines) == 2
    assert _points(plot.interim_results(values, key="slope")) == [(0, 0), (1, 0.5), (2, 1)]


def test_a_name_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(ArgumentError, match="'energy'"):
        plot.interim_results([{"energy": 1}], key="slope")


@pytest.mark.parametrize("values", [[], ["a text"], [float("nan")], "a text"])
def test_what_has_no_numbers_is_refused(values: list[object]) -> None:
    with pytest.raises(ArgumentError):
        plot.interim_results(values)


def test_axes_that_are_given_are_drawn_into() -> None:
    _, given = plt.subplots()
    assert plot.interim_results([1, 2], ax=given, label="first", title="Two") is given
    assert given.get_title() == "Two"
