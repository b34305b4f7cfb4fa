"""HTML out of texts that nobody trusts: whatever is not made here is escaped."""

import html
import re
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")
_KEPT = frozenset("\n\t")
_MINUTE = 60
_HOUR = 3600


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child: TypeAlias = str | Html | None


def element(name: str, *children: Child, **attributes: str) -> Html:
    """An element; texts in it are escaped.

    Args:
        name: Its name.
        children: What stands in it: texts, other elements, None for nothing.
        attributes: Its attributes; an underscore at the end is dropped, others are hyphens.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"' for key, value in attributes.items()
    )
    return Html(f"<{name}{written}>{joined(children)}</{name}>")


def joined(children: Iterable[Child]) -> Html:
    """Texts and elements, one behind the other.

    Args:
        children: The texts, which are escaped, and the elements.
    """
    return Html("".join(_escaped(child) for child in children if child is not None))


def table(head: Iterable[str], rows: Iterable[Iterable[Child]]) -> Html:
    """A table.

    Args:
        head: What stands above the columns.
        rows: The rows.
    """
    top = element("thead", element("tr", *(element("th", name) for name in head)))
    body = element("tbody", *(element("tr", *(element("td", cell) for cell in row)) for row in rows))
    return element("div", element("table", top, body, class_="qf-t"), class_="qf-x")


def pairs(rows: Iterable[tuple[str, Child]]) -> Html:
    """Names with their values; those without a value are left out.

    Args:
        rows: The names and values.
    """
    shown = (element("tr", element("th", name), element("td", value)) for name, value in rows if value)
    return element("div", element("table", element("tbody", *shown), class_="qf-t qf-p"), class_="qf-x")


def details(summary: Child, body: Child, *, is_open: bool = False) -> Html:
    """Something that folds.

    Args:
        summary: What is always seen.
        body: What is seen when it is open.
        is_open: Whether it is open at first.
    """
    attributes = {"open": "open"} if is_open else {}
    return element("details", element("summary", summary), body, **attributes)


def code(text: str | None) -> Html | None:
    """A name or an id, in fixed width; None for none.

    Args:
        text: The text.
    """
    return element("code", printable(text)) if text else None


def block(text: str) -> Html:
    """Lines in fixed width.

    Args:
        text: The lines.
    """
    return element("pre", printable(text))


def printable(text: str | None) -> str:
    """A text that a service or a program sent, without colours and without what cannot be seen.

    Args:
        text: The text; None for an empty one.
    """
    plain = _COLOURS.sub("", (text or "").replace("\r\n", "\n"))
    lines = (line.rsplit("\r", 1)[-1] for line in plain.split("\n"))  # a bar that was drawn over and over
    return "".join(_seen(character) for character in "\n".join(lines))


def cut(text: str, length: int) -> str:
    """A text, or its beginning.

    Args:
        text: The text.
        length: How many characters of it, at most.
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def moment(at: datetime | None) -> str | None:
    """A moment in the reader's time zone; None for none.

    Args:
        at: The moment.
    """
    return None if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def duration(seconds: float | None) -> str | None:
    """Seconds as people say them; None for none.

    Args:
        seconds: The seconds.
    """
    if seconds is None:
        return None
    whole = int(seconds)
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if whole < _MINUTE:
        return f"{seconds:.1f} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def _escaped(child: str) -> str:
    return child if isinstance(child, Html) else html.escape(child)


def _seen(character: str) -> str:
    return character if character.isprintable() or character in _KEPT else repr(character)[1:-1]
