"""What an error's traceback keeps: nothing of the variables of those who had a token in their hands.

The account file is read as a text, and the libraries of HTTP and WebSockets hold a request as bytes, with the token in
them. A report that shows the variables of all frames, as rich and pytest make them, must not show those.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from traceback import clear_frames


@contextmanager
def forgotten_frames() -> Iterator[None]:
    """Clear the variables of the frames that an error has come through, and leave its lines."""
    try:
        yield
    except BaseException as error:
        _forget(error)
        raise


def _forget(error: BaseException) -> None:
    todo, seen = [error], set[int]()
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        clear_frames(one.__traceback__)  # passes over those that still run, which are ours
        if one.__suppress_context__:  # nobody is shown it, and it may hold a whole answer
            one.__context__ = None
        todo += [inner for inner in (one.__cause__, one.__context__) if inner is not None]
        todo += one.exceptions if isinstance(one, BaseExceptionGroup) else ()
