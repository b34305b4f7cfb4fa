"""The numbers in what a program publishes: a number, or an object of numbers such as `{"step": 3, "energy": -1.8}`."""

import json
import math
from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Final, TypeAlias

from attrs import define, field

from quafu_runtime.display.markup import printable

ALONE: Final = ""
"""The name of a number that comes without one."""

_STEPS: Final = ("step", "iteration")
_TOTALS: Final = ("steps", "iterations", "total")
_LONGEST_JSON: Final = 64 * 1024
_MOST_POINTS: Final = 1_000
_MOST_CURVES: Final = 16
"""Names that are followed: an object with other keys each time would grow without end."""

Point: TypeAlias = tuple[float, float]


@define
class Curves:
    """What has been published, as points by name.

    Attributes:
        points: The points of each name.
        step: The last step that was named, or None.
        total: How many steps there will be, where a message says so, or None.
        count: How many messages with numbers came.
    """

    points: dict[str, list[Point]] = field(factory=dict)
    step: float | None = None
    total: float | None = None
    count: int = 0

    def take(self, value: object) -> bool:
        """Note a value.

        Args:
            value: What was published.

        Returns:
            Whether there were numbers in it.
        """
        found = numbers_of(value)
        if not found:
            return False
        self.total = next((found.pop(name) for name in _TOTALS if name in found), self.total)
        step = next((found.pop(name) for name in _STEPS if name in found), None)
        self.step = self.step if step is None else step
        at = float(self.count) if step is None else step
        for name, number in found.items():
            if name in self.points or len(self.points) < _MOST_CURVES:
                thinned(self.points.setdefault(name, [])).append((at, number))
        self.count += 1
        return True


def numbers_of(value: object) -> dict[str, float]:
    """The finite numbers in a value, by name; `ALONE` for one without a name, and none where it is something else.

    Args:
        value: What was published, also as JSON in bytes or text.
    """
    value = _out_of_json(value)
    if isinstance(value, Mapping):
        named = ((printable(str(name)), _number(part)) for name, part in value.items())
        return {name: number for name, number in named if number is not None}
    number = _number(value)
    return {} if number is None else {ALONE: number}


def curves_of(values: Iterable[object]) -> Curves:
    """The curves in a sequence of values.

    Args:
        values: What was published.
    """
    curves = Curves()
    for value in values:
        curves.take(value)
    return curves


def thinned(points: list[Point]) -> list[Point]:
    """The same list, every other point taken out where there are too many to be seen.

    Args:
        points: The points.
    """
    if len(points) >= _MOST_POINTS:
        del points[1:-1:2]
    return points


def _out_of_json(value: object) -> object:
    if not isinstance(value, bytes | bytearray | str) or len(value) > _LONGEST_JSON:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None
