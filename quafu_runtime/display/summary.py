"""Values in short, however large they are."""

import reprlib

_SHORT = reprlib.Repr()
_SHORT.maxdict, _SHORT.maxlist, _SHORT.maxtuple, _SHORT.maxset = 12, 12, 12, 12
_SHORT.maxstring = _SHORT.maxother = 300
_SHORT.maxlevel = 4


def in_short(value: object) -> str:
    """A value's repr, short however large it is.

    Args:
        value: The value.
    """
    try:
        return _SHORT.repr(value)
    except Exception as error:  # noqa: BLE001 - a repr is anybody's code
        return f"<{type(value).__name__}: {type(error).__name__} in its repr>"
