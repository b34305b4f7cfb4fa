"""HTML of a card: where a job is, what it printed and published, how it ended. No I/O."""

from collections.abc import Mapping
from typing import Final

from quafu_runtime.display.curve import curve, spoken
from quafu_runtime.display.errors import failure, log_section
from quafu_runtime.display.markup import Child, Html, block, code, cut, duration, element, joined, pairs, printable
from quafu_runtime.display.state import CardState
from quafu_runtime.display.style import framed, heading, mark, remarks, section
from quafu_runtime.display.summary import in_short
from quafu_runtime.display.values import status_mark
from quafu_runtime.errors import JobFailedError

_CURVES: Final = 4
_ALONE_WIDTH: Final = 560
_WIDTH: Final = 270
_LOG_LINES: Final = 6
_LINE: Final = 300
_ROWS: Final = 8
_ERROR: Final = 600


def html_of_card(state: CardState) -> str:
    """The card as it is now.

    Args:
        state: What is known.
    """
    return framed(_head(state), _facts(state), _progress(state), _curves(state), _messages(state), _end(state))


def _head(state: CardState) -> Html:
    info, status = state.info, state.status
    name = None if info is None else info.label or info.program_name
    watched = not state.ended
    beside = mark("Asking…", "", live=watched) if status is None else status_mark(status, live=watched)
    return heading(printable(cut(name or "Job", 80)), beside, duration(state.seconds()))


def _facts(state: CardState) -> Html | None:
    info = state.info
    backend = state.backend or (info.backend if info else None)
    tags = ", ".join(info.tags) if info else ""
    published = f"{state.published:,} interim result{'' if state.published == 1 else 's'}" if state.published else None
    ended = None if info is None or info.exit is None or info.exit.kind == "returned" else str(info.exit)
    texts = (backend, cut(tags, 80), ended)
    return remarks(code(cut(state.job_id, 40)), *(printable(text) for text in texts if text), published)


def _progress(state: CardState) -> Html | None:
    found = state.progress()
    if found is None:
        return None
    step, total = found
    bar = element("div", Html(f'<div style="width:{100 * step / total:.1f}%"></div>'), class_="qf-g")
    return joined([bar, remarks(f"step {spoken(step)} of {spoken(total)}")])


def _curves(state: CardState) -> Html | None:
    points = state.curves.points
    if not points:
        return None
    shown = list(points.items())[:_CURVES]
    width = _ALONE_WIDTH if len(shown) == 1 else _WIDTH
    rest = list(points)[_CURVES:]
    pictures = element("div", *(curve(name, these, width=width) for name, these in shown), class_="qf-v")
    return joined([pictures, remarks(f"and {cut(', '.join(rest), _LINE)}") if rest else None])


def _messages(state: CardState) -> Html | None:
    if not state.messages:
        return None
    return section("Last interim results", block("\n".join(cut(text, _LINE) for text in state.messages)))


def _end(state: CardState) -> Html:
    """The log while it runs; how it ended, once it has."""
    parts: list[Child] = []
    if state.has_result:
        parts.append(section("Result", _result(state.result)))
    if isinstance(state.error, JobFailedError):
        return joined([failure(state.error)])
    if state.log.strip():
        parts.append(log_section("\n".join(state.log.rstrip().splitlines()[-_LOG_LINES:]), "Log"))
    if state.error is not None:
        parts.append(block(cut(str(state.error), _ERROR)))
    if state.lost:
        parts.append(remarks(mark("Not followed any more", "warn"), printable(cut(state.lost, _ERROR))))
    return joined(parts)


def _result(value: object) -> Html:
    if isinstance(value, Mapping) and 0 < len(value) <= _ROWS:
        return pairs((printable(cut(str(name), 60)), code(in_short(part))) for name, part in value.items())
    return block(in_short(value))
