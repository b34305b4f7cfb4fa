"""The points of a sweep: the product of lists, or a list of params; plain JSON either way. No I/O."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from quafu_runtime.codec import check_params
from quafu_runtime.errors import ArgumentError, InvalidParamsError

Grid: TypeAlias = Mapping[str, Iterable[Any]] | Iterable[Any]
"""Names with their values, whose product is run, the last name fastest; or the params of each point."""


def points_of(grid: Grid) -> list[Any]:
    """The params of each point, as they travel.

    Args:
        grid: The grid.

    Raises:
        ArgumentError: It is no grid, or has no point.
        InvalidParamsError: JSON cannot hold a point; the message says which.
    """
    if isinstance(grid, str | bytes) or not isinstance(grid, Iterable):
        message = f"A grid is a mapping of names to lists, or a list of params, not {grid!r:.60}."
        raise ArgumentError(message)
    points = [] if grid == {} else list(_product(grid) if isinstance(grid, Mapping) else grid)
    if not points:
        message = "The grid has no point: a list in it is empty, or it is empty itself."
        raise ArgumentError(message)
    return [_plain(number, params) for number, params in enumerate(points)]


def _product(grid: Mapping[str, Iterable[Any]]) -> Iterable[dict[str, Any]]:
    for name, values in grid.items():
        if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
            message = f"The grid's {name!r} is a list of values, not {values!r:.60}. A single value is a list of one."
            raise ArgumentError(message)
    return (dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values()))


def _plain(number: int, params: object) -> Any:
    try:
        return check_params(params)
    except InvalidParamsError as error:
        message = f"Point {number} of the grid: {error.message}"
        raise InvalidParamsError(message) from None
