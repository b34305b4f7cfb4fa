"""Counts as a histogram, the ideal beside what was measured."""

import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Final, TypeAlias

from quafu_runtime.errors import ArgumentError
from quafu_runtime.plot.axes import IDEAL, MEASURED, axes_for, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Outcomes: TypeAlias = Mapping[str, float] | Sequence[float]
"""Counts or probabilities by bitstring; or one for each outcome, in the order of their numbers."""

_UPRIGHT: Final = 8
"""Outcomes whose names fit side by side."""

_WIDTH: Final = 0.8


def counts(
    counts: Outcomes,
    *,
    ideal: Outcomes | None = None,
    probabilities: bool | None = None,
    top: int = 32,
    title: str | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw counts, or probabilities, as a histogram, sorted by bitstring.

    Args:
        counts: How often each outcome came, such as `{"00": 512, "11": 488}`; or how probable each is, also as a
            sequence with one number for each of the 2ⁿ outcomes.
        ideal: What they would be without noise, as counts or probabilities, drawn beside them.
        probabilities: Whether to draw probabilities; None for counts as they are, and for probabilities where `ideal`
            is given.
        top: How many outcomes are drawn at most, the most frequent ones; what the rest add up to is said.
        title: What stands above it.
        ax: Where to draw; None for a new figure.

    Returns:
        The Axes.

    Raises:
        ArgumentError: There are no counts, one is no number or is negative, or `top` is no number of outcomes.
        QuafuRuntimeError: matplotlib is not installed.

    Example:
        ```python
        ax = plot.counts({"00": 489, "01": 12, "10": 9, "11": 490}, ideal={"00": 0.5, "11": 0.5})
        ```
    """
    if isinstance(top, bool) or not isinstance(top, int) or top < 1:
        message = f"top is how many outcomes are drawn, at least 1, not {top!r}."
        raise ArgumentError(message)
    measured = _numbers(counts, "counts")
    wanted = {} if ideal is None else _numbers(ideal, "ideal")
    total = _total(measured, "counts")
    if probabilities is None:
        probabilities = bool(wanted)
    scale = 1.0 if probabilities else total
    bars = {outcome: scale * number / total for outcome, number in measured.items()}
    beside = {outcome: scale * number / _total(wanted, "ideal") for outcome, number in wanted.items()}
    shown = _most_frequent({*bars, *beside}, bars, beside, top)
    axes = axes_for(ax)
    _draw(axes, shown, bars, beside)
    of_one = probabilities or math.isclose(total, 1.0, abs_tol=1e-6)
    axes.set_ylabel("probability" if of_one else "counts")
    _say_the_rest(axes, {*bars, *beside} - set(shown), bars, of_one=of_one)
    if title is not None:
        axes.set_title(title)
    return axes


def _draw(axes: "Axes", shown: list[str], bars: Mapping[str, float], beside: Mapping[str, float]) -> None:
    places = range(len(shown))
    width = _WIDTH / 2 if beside else _WIDTH
    left = [place - width / 2 for place in places] if beside else list(places)
    axes.bar(left, [bars.get(outcome, 0.0) for outcome in shown], width, color=MEASURED, label="measured")
    if beside:
        right = [place + width / 2 for place in places]
        axes.bar(right, [beside.get(outcome, 0.0) for outcome in shown], width, color=IDEAL, alpha=0.6, label="ideal")
        axes.legend(frameon=False)
    upright = len(shown) <= _UPRIGHT and all(len(outcome) <= _UPRIGHT for outcome in shown)
    axes.set_xticks(list(places), shown, rotation=0 if upright else 90)
    axes.set_xlim(-0.6, len(shown) - 0.4)
    tidy(axes)


def _say_the_rest(axes: "Axes", rest: set[str], bars: Mapping[str, float], *, of_one: bool) -> None:
    if not rest:
        return
    amount = sum(bars.get(outcome, 0.0) for outcome in rest)
    shown = f"{amount:.2g}" if of_one else f"{amount:,.0f}"
    others = "1 other outcome" if len(rest) == 1 else f"{len(rest):,} other outcomes"
    axes.set_xlabel(f"and {others}, {shown} in all")


def _most_frequent(
    outcomes: Iterable[str], bars: Mapping[str, float], beside: Mapping[str, float], top: int
) -> list[str]:
    def weight(outcome: str) -> tuple[float, str]:
        return -max(bars.get(outcome, 0.0), beside.get(outcome, 0.0)), outcome

    return sorted(sorted(outcomes, key=weight)[:top])


def _numbers(outcomes: Outcomes, name: str) -> dict[str, float]:
    if isinstance(outcomes, Mapping):
        named = {str(outcome): number for outcome, number in outcomes.items()}
    else:
        numbers = list(outcomes)
        width = max(1, (len(numbers) - 1).bit_length())
        named = {f"{index:0{width}b}": number for index, number in enumerate(numbers) if number}
    for outcome, number in named.items():
        if isinstance(number, bool) or not isinstance(number, Real) or not 0 <= number < math.inf:
            message = f"{name} has {number!r:.60} for {outcome!r:.60}, which is neither a count nor a probability."
            raise ArgumentError(message)
    return {outcome: float(number) for outcome, number in named.items()}


def _total(numbers: Mapping[str, float], name: str) -> float:
    total = math.fsum(numbers.values())
    if total <= 0:
        message = f"{name} is empty, or all of it is 0: there is nothing to draw."
        raise ArgumentError(message)
    return total
