"""The decorator `@program`, and what it makes of a function."""

import functools
import inspect
from collections.abc import Callable
from types import FunctionType
from typing import Any, Generic, TypeVar, overload

from quafu_runtime.capture.collecting import capture
from quafu_runtime.capture.texts import Text, text_of
from quafu_runtime.errors import ArgumentError, ProgramCaptureError

R = TypeVar("R")
Entry = Callable[[Any, Any, Any], R]

_ARGUMENTS = ("task", "userpub", "params")


class ProgramFunction(Generic[R]):
    """A function that is a program, too. It is made by `@program`, and can still be called here.

    Args:
        function: The function.
        name: What the program is called; None for the function's own name.

    Raises:
        ProgramCaptureError: It is no function that can be called with task, userpub and params, or its source is not
            there.
    """

    def __init__(self, function: Entry[R], name: str | None = None) -> None:
        inner = inspect.unwrap(function)
        _check(function, inner)
        if name is not None and (not isinstance(name, str) or not name.strip()):
            message = f"The name of a program has at least one character, not {name!r:.60}."
            raise ArgumentError(message)
        functools.update_wrapper(self, function)
        self._function = function
        self._text: Text = text_of(inner)
        self._name = name or inner.__name__

    @property
    def name(self) -> str:
        """What the program is called."""
        return self._name

    @property
    def function(self) -> Entry[R]:
        """The function itself."""
        return self._function

    @property
    def source(self) -> str:
        """The program as one file: the function as `run`, and the imports, functions, classes and constants it uses.

        It is made anew each time, of what the names stand for now.

        Raises:
            ProgramCaptureError: It uses something that a text cannot carry; the message has its name and line.
        """
        return capture(inspect.unwrap(self._function), self._name, self._text)

    def __call__(self, task: Any, userpub: Any, params: Any) -> R:
        """Call the function, here."""
        return self._function(task, userpub, params)

    def __repr__(self) -> str:
        code = inspect.unwrap(self._function).__code__
        return f'<program "{self._name}": {self._function.__name__} of {code.co_filename}, line {code.co_firstlineno}>'

    def _repr_html_(self) -> str:
        from quafu_runtime.display.runs import html_of_function

        return html_of_function(self)


@overload
def program(function: Entry[R], /) -> ProgramFunction[R]: ...


@overload
def program(*, name: str | None = None) -> Callable[[Entry[R]], ProgramFunction[R]]: ...


def program(
    function: Entry[R] | None = None, /, *, name: str | None = None
) -> ProgramFunction[R] | Callable[[Entry[R]], ProgramFunction[R]]:
    """Make a program of a function, in a module or in a cell of a notebook.

    The program is one file: the function as its `run`, and the imports, functions, classes and literal constants
    (numbers, texts, bytes, None, and tuples, lists, dictionaries and sets of these) that it uses, and those that they
    use. `service.run`, `dry_run` and `check_program` take it. A constant is what it is when the program is made; what a
    class computes as it is defined is computed again in the program.

    Args:
        function: A function of three arguments: task, userpub and params.
        name: What the program is called; None for the function's own name.

    Returns:
        The program, which can be called like the function; or with `name=`, what makes one.

    Raises:
        ProgramCaptureError: It cannot be called with task, userpub and params, is async or a generator, uses variables
            of a function around it, or its source is not there.

    Example:
        ```python
        SHOTS = 500

        @program
        def bell(task, userpub, params):
            circuit = QuantumCircuit(2)
            circuit.h(0)
            circuit.cnot(0, 1)
            circuit.measure()
            task.shots = SHOTS
            return dict(task.send(circuit, wait=True).counts)

        job = service.run(bell)
        ```
    """
    if function is None:
        return lambda given: ProgramFunction(given, name)
    return ProgramFunction(function, name)


def _check(function: object, inner: object) -> None:
    """See that it is a function that a program can begin with."""
    if not callable(function) or not isinstance(inner, FunctionType):
        message = f"@program makes a program of a function, not of a {type(function).__name__}."
        raise ProgramCaptureError(message)
    complaint = _complaint(function, inner)
    if complaint is not None:
        name, line = inner.__name__, inner.__code__.co_firstlineno
        message = f"{name} (line {line}) cannot be a program: {complaint}"
        raise ProgramCaptureError(message, name=name, line=line)


def _complaint(function: Callable[..., object], inner: FunctionType) -> str | None:
    complaint = None
    free = [name for name in inner.__code__.co_freevars if name != "__class__"]
    if inspect.iscoroutinefunction(inner) or inspect.isasyncgenfunction(inner):
        complaint = "it is async, and would be called without await. Make it a plain function."
    elif inspect.isgeneratorfunction(inner):
        complaint = "it has a yield in it. Publish with userpub.publish(…), and return the result."
    elif inner.__name__ == "<lambda>":
        complaint = "a lambda has no name. Write it with def."
    elif free:
        complaint = (
            f"it uses {free[0]}, a variable of the function around it. Take it from params, or make it a constant at "
            "the top level."
        )
    else:
        try:
            inspect.signature(function).bind(*_ARGUMENTS)
        except TypeError as error:
            complaint = f"it is called with task, userpub and params, and {error}."
    return complaint
