"""Counts as a histogram."""

import subprocess
import sys
from collections.abc import Iterator

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from quafu_runtime import ArgumentError, plot

WITHOUT = """\
import sys

sys.modules["matplotlib"] = None
from quafu_runtime import QuafuRuntimeError, plot

try:
    plot.counts({"0": 1})
except QuafuRuntimeError as error:
    assert "pip install 'quafu-runtime[plot]'" in error.message, error.message
else:
    raise AssertionError
"""


@pytest.fixture(autouse=True, scope="module")
def backend() -> Iterator[None]:
    plt.switch_backend("agg")
    yield
    plt.close("all")


def _names(axes: Axes) -> list[str]:
    return [label.get_text() for label in axes.get_xticklabels()]


def _heights(axes: Axes) -> list[float]:
    return [bar.get_height() for bar in axes.patches]  # type: ignore[attr-defined]


def test_counts_are_drawn_as_they_are_and_sorted_by_bitstring() -> None:
    axes = plot.counts({"11": 490, "00": 510})
    assert _names(axes) == ["00", "11"]
    assert _heights(axes) == [510, 490]
    assert axes.get_ylabel() == "counts"


def test_the_ideal_stands_beside_what_was_measured_as_probabilities() -> None:
    axes = plot.counts({"00": 30, "01": 10}, ideal={"00": 0.5, "11": 0.5})
    assert _names(axes) == ["00", "01", "11"]
    assert _heights(axes) == pytest.approx([0.75, 0.25, 0, 0.5, 0, 0.5])
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["measured", "ideal"]
    assert axes.get_ylabel() == "probability"


def test_an_ideal_is_scaled_to_counts_where_counts_are_asked_for() -> None:
    axes = plot.counts({"0": 60, "1": 40}, ideal=[0.5, 0.5], probabilities=False)
    assert _heights(axes) == pytest.approx([60, 40, 50, 50])


def test_many_outcomes_are_cut_to_the_most_frequent_and_the_rest_is_said() -> None:
    axes = plot.counts({f"{number:06b}": number + 1 for number in range(64)}, top=4)
    assert _names(axes) == ["111100", "111101", "111110", "111111"]
    assert axes.get_xlabel() == "and 60 other outcomes, 1,830 in all"


def test_a_sequence_of_probabilities_is_named_by_bitstrings() -> None:
    axes = plot.counts([0, 0.5, 0, 0.5])
    assert _names(axes) == ["01", "11"]
    assert axes.get_ylabel() == "probability"


def test_the_axes_that_are_given_are_drawn_into_and_no_settings_are_changed() -> None:
    figure, given = plt.subplots()
    before, figures = dict(mpl.rcParams), plt.get_fignums()
    assert plot.counts({"0": 1}, ax=given, title="A coin") is given
    assert given.get_title() == "A coin"
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == figures
    plt.close(figure)


@pytest.mark.parametrize("bad", [{}, {"0": 0}, {"0": -1}, {"0": True}, {"0": "many"}, {"0": float("nan")}])
def test_what_are_no_counts_is_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ArgumentError):
        plot.counts(bad)


@pytest.mark.parametrize("top", [0, True, 1.5])
def test_a_top_that_is_no_number_of_outcomes_is_refused(top: int) -> None:
    with pytest.raises(ArgumentError, match="top is how many"):
        plot.counts({"0": 1}, top=top)


def test_without_matplotlib_the_error_says_what_to_install() -> None:
    subprocess.run([sys.executable, "-c", WITHOUT], check=True, timeout=60)
