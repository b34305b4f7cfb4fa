"""Puts something in the place of a part of pyquafu, and remembers what stood there."""

from collections.abc import MutableMapping
from contextlib import ExitStack
from typing import Any

_NOTHING = object()
"""What stood there where nothing did."""


def replace(owner: Any, name: str, value: Any, undo: ExitStack) -> None:
    """Set an attribute of a class or a module.

    Args:
        owner: The class or module.
        name: The attribute.
        value: What it is from now on.
        undo: Puts back what was there when it is closed; a job's process never closes it.
    """
    before = vars(owner).get(name, _NOTHING)  # as it is, a static method too; what is inherited is not the owner's
    if before is _NOTHING:
        undo.callback(delattr, owner, name)
    else:
        undo.callback(setattr, owner, name, before)
    setattr(owner, name, value)


def replace_item(owner: MutableMapping[str, Any], key: str, value: Any, undo: ExitStack) -> None:
    """Set an item of a dictionary.

    Args:
        owner: The dictionary.
        key: The key.
        value: What it is from now on.
        undo: Puts back what was there when it is closed.
    """
    if key in owner:
        undo.callback(owner.__setitem__, key, owner[key])
    else:
        undo.callback(owner.pop, key, None)
    owner[key] = value
