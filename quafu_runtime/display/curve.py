"""A curve as inline SVG: small, in the theme's colours, without any script."""

from collections.abc import Sequence
from typing import Final

from quafu_runtime.display.markup import Html, cut, element, joined
from quafu_runtime.display.numbers import ALONE, Point

_WIDTH: Final = 560
_HEIGHT: Final = 120
_LEFT: Final = 58
_RIGHT: Final = 8
_TOP: Final = 6
_BOTTOM: Final = 16
_NAME: Final = 40
_DRAWN: Final = 300
"""Points that are drawn: there are not more pixels to see them."""


def curve(name: str, points: Sequence[Point], *, width: int = _WIDTH) -> Html:
    """A curve under its name and its last value.

    Args:
        name: What it is of.
        points: Its points, at least one, in their order.
        width: How wide it is drawn, in pixels, where there is room.
    """
    drawn = _few(points)
    low, high = min(y for _, y in drawn), max(y for _, y in drawn)
    first, last = min(x for x, _ in drawn), max(x for x, _ in drawn)
    placed = [
        (
            _LEFT + (width - _LEFT - _RIGHT) * _part(x, first, last),
            _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * _part(y, low, high),
        )
        for x, y in drawn
    ]
    title = element(
        "div",
        element("span", cut(name, _NAME) if name != ALONE else "interim result"),
        element("b", spoken(points[-1][1])),
        class_="qf-n",
    )
    picture = element(
        "svg",
        _grid(width),
        _line(placed),
        _labels(width, (first, last), (low, high)),
        viewBox=f"0 0 {width} {_HEIGHT}",
        role="img",
        aria_label=f"{cut(name, _NAME)} {spoken(points[-1][1])}",
    )
    return element("div", title, picture)


def spoken(number: float) -> str:
    """A number, short enough for a label.

    Args:
        number: The number.
    """
    return f"{number:.6g}".replace("-", "\N{MINUS SIGN}")


def _few(points: Sequence[Point]) -> list[Point]:
    """Not more points than can be seen, the last one among them."""
    step = max(1, len(points) // _DRAWN)
    kept = list(points[::step])
    return kept if kept[-1] == points[-1] else [*kept, points[-1]]


def _part(value: float, low: float, high: float) -> float:
    return 0.5 if high <= low else value / (high - low) - low / (high - low)


def _grid(width: int) -> Html:
    lines = (_TOP, (_TOP + _HEIGHT - _BOTTOM) / 2, _HEIGHT - _BOTTOM)
    return Html("".join(f'<path d="M{_LEFT} {y:g}H{width - _RIGHT}" stroke="var(--ql)" fill="none"/>' for y in lines))


def _line(placed: list[Point]) -> Html:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    x, y = placed[-1]
    floor = _HEIGHT - _BOTTOM
    return Html(
        f'<path d="M{placed[0][0]:.1f} {floor}L{path}V{floor}Z" fill="var(--qa)" opacity=".07"/>'
        f'<polyline points="{path}" fill="none" stroke="var(--qa)" stroke-width="1.8" stroke-linejoin="round"/>'
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.2" fill="var(--qa)"/>'
    )


def _labels(width: int, across: Point, up: Point) -> Html:
    """The ends of both axes; one label where an axis has no length."""
    below = _HEIGHT - 3
    texts = [_text(_LEFT, below, across[0], "start")]
    if across[1] > across[0]:
        texts.append(_text(width - _RIGHT, below, across[1], "end"))
    if up[1] > up[0]:
        texts += [_text(_LEFT - 6, _TOP + 4, up[1], "end"), _text(_LEFT - 6, _HEIGHT - _BOTTOM + 3, up[0], "end")]
    return joined(texts)


def _text(x: float, y: float, number: float, anchor: str) -> Html:
    return element("text", spoken(number), x=f"{x:g}", y=f"{y:g}", text_anchor=anchor)
