"""A program out of its parts, each after what it needs as it is defined."""

from collections.abc import Iterable

from attrs import evolve

from quafu_runtime.capture.editing import renamed
from quafu_runtime.capture.items import Constant, Defined, Imported, Item
from quafu_runtime.capture.texts import Segment
from quafu_runtime.errors import ProgramCaptureError

ENTRY = "run"
"""What a program begins with."""


def compose(entry: Defined, items: list[Item]) -> str:
    """Put a program together.

    Args:
        entry: What it begins with.
        items: All that it is made of, the entry included.

    Returns:
        The source.

    Raises:
        ProgramCaptureError: Something else in it is called `run`.
    """
    defined = _ordered({item.name: item for item in items if isinstance(item, Defined)})
    if entry.name != ENTRY and any(item.name == ENTRY for item in items):
        message = (
            f'The program begins with {entry.name}, and uses something else that is called "{ENTRY}": rename that.'
        )
        raise ProgramCaptureError(message, name=ENTRY)
    head = ["from __future__ import annotations"] if any(item.postponed for item in defined) else []
    statements = dict.fromkeys(one for item in items if isinstance(item, Imported) for one in item.statements)
    constants = [f"{item.name} = {item.text}" for item in items if isinstance(item, Constant)]
    blocks = ["\n".join(block) for block in (head, sorted(statements), constants) if block]
    definitions = [item.segment.text.rstrip() for item in _with_run(entry, defined)]
    return "\n\n\n".join(["\n\n".join(blocks), *definitions]).lstrip("\n") + "\n"


def _with_run(entry: Defined, items: list[Defined]) -> list[Defined]:
    """The definitions, with the entry under the name of `run`."""
    if entry.name == ENTRY:
        return items
    if all(_can_be_renamed(item, entry.name) for item in items):
        return [_renamed(item, entry.name) for item in items]
    alias = Segment(f"{ENTRY} = {entry.name}\n", (entry.position[1],), entry.segment.filename)
    return [*items, evolve(entry, name=ENTRY, segment=alias)]


def _can_be_renamed(item: Defined, name: str) -> bool:
    names = item.names
    return not {name, ENTRY} & (names.own | names.stored) and ENTRY not in names.needed | names.perhaps


def _renamed(item: Defined, name: str) -> Defined:
    segment = item.segment
    text = renamed(segment.text, name, ENTRY, definition=item.name == name)
    return evolve(item, segment=Segment(text, segment.lines, segment.filename))


def _ordered(items: dict[str, Defined]) -> list[Defined]:
    """The definitions as they were written, but each after what it needs as it is defined."""
    done: dict[str, Defined] = {}
    begun: set[str] = set()

    def add(item: Defined) -> None:
        if item.name in begun:
            return
        begun.add(item.name)
        for other in _by_position(items[name] for name in _needed_before(item, items)):
            add(other)
        done[item.name] = item

    for item in _by_position(items.values()):
        add(item)
    return list(done.values())


def _needed_before(item: Defined, items: dict[str, Defined]) -> set[str]:
    """What must be there when something is defined: what it names at once, and what that uses when it is called."""
    found: set[str] = set()
    waiting = [name for name in item.names.at_once if name in items]
    while waiting:
        name = waiting.pop()
        if name not in found and name != item.name:
            found.add(name)
            waiting += [other for other in items[name].names.needed if other in items]
    return found


def _by_position(items: Iterable[Defined]) -> list[Defined]:
    return sorted(items, key=lambda item: item.position)
