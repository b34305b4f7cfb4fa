"""Everything that a function uses, and what that uses in turn: what a program of it has to hold."""

import __future__

import ast
import builtins
import inspect
from types import FunctionType, ModuleType
from typing import Any

from attrs import define, field

from quafu_runtime.capture import imports
from quafu_runtime.capture.composing import compose
from quafu_runtime.capture.editing import with_defaults
from quafu_runtime.capture.finding import class_of, decorated, lambda_of, ours, text_for, wrapped_in
from quafu_runtime.capture.items import Constant, Defined, Imported, Item
from quafu_runtime.capture.literals import NotLiteralError, literal
from quafu_runtime.capture.names import names_of
from quafu_runtime.capture.texts import Definition, Segment, Text, cells, cut, is_cell
from quafu_runtime.check import check_source
from quafu_runtime.errors import ProgramCaptureError

_OF_A_NOTEBOOK = frozenset({"display", "get_ipython", "In", "Out", "exit", "quit"})
_POSTPONED = __future__.annotations.compiler_flag


def capture(function: FunctionType, name: str, text: Text) -> str:
    """Make a program of a function.

    Args:
        function: The function.
        name: What the program is called in messages.
        text: What it was written in.

    Returns:
        The program's source.

    Raises:
        ProgramCaptureError: It uses something that a text cannot carry.
    """
    collection = _Collection(function.__globals__, name, text)
    entry = collection.entry(function)
    collection.complete(entry)
    source = compose(entry, list(collection.items.values()))
    report = check_source(source, name)
    if not report.ok:
        rows = "".join(f"\n  {finding}" for finding in report.errors)
        message = f"The program that {name} makes is not valid:{rows}"
        raise ProgramCaptureError(message, name=function.__name__, line=function.__code__.co_firstlineno)
    return source


@define
class _Collection:
    """What has been found so far, of one module or notebook."""

    namespace: dict[str, Any] = field(repr=False)
    program: str
    text: Text
    items: dict[str, Item] = field(factory=dict)
    shared: dict[int, str] = field(factory=dict)
    texts: list[Text] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.texts = cells() if is_cell(self.text.filename) else []
        if all(text.filename != self.text.filename for text in self.texts):
            self.texts.insert(0, self.text)

    def entry(self, function: FunctionType) -> Defined:
        """The function that the program begins with."""
        node = self.text.function(function.__code__)
        if node is None:
            message = (
                f"The text of {function.__name__} has changed since it was defined: import it, or run its cell, again."
            )
            raise ProgramCaptureError(message, name=function.__name__, line=function.__code__.co_firstlineno)
        return self._defined(function.__name__, self.text, node, function)

    def complete(self, entry: Defined) -> None:
        """Find what the entry uses, transitively."""
        self.items[entry.name] = entry
        named = self.namespace.get(entry.name)
        waiting = [entry]
        while waiting:
            user = waiting.pop()
            for name in sorted(user.names.needed | user.names.perhaps):
                if name in self.items and not (name == entry.name and user is entry):
                    continue
                if name == entry.name:
                    self._must_be_itself(named, user)
                    continue
                item = self._item(name, user)
                if item is not None:
                    self.items[name] = item
                if isinstance(item, Defined):
                    waiting.append(item)

    def _must_be_itself(self, named: object, user: Defined) -> None:
        inner = inspect.unwrap(named) if callable(named) else None
        if not isinstance(inner, FunctionType) or self.text.function(inner.__code__) is None:
            raise self._refusal(user.name, user, "is another function by now: define it again")

    def _item(self, name: str, user: Defined) -> Item | None:
        sure = name in user.names.needed
        if name not in self.namespace:
            self._must_be_known(name, user, sure=sure)
            return None
        try:
            return self._found(name, self.namespace[name], user)
        except ProgramCaptureError:
            if sure:
                raise
            return None  # a name in an annotation that nobody evaluates, or one that a class gives itself

    def _must_be_known(self, name: str, user: Defined, *, sure: bool) -> None:
        stored = any(name in item.names.stored for item in self.items.values() if isinstance(item, Defined))
        if name in _OF_A_NOTEBOOK and sure:
            raise self._refusal(name, user, "which a notebook has and a program has not")
        if sure and not stored and not hasattr(builtins, name):
            raise self._refusal(name, user, "which is not defined")

    def _found(self, name: str, value: object, user: Defined) -> Item:
        paths = user.names.paths
        found = imports.written(name, value, self.texts, paths)
        if not found and isinstance(value, ModuleType):
            found = [one for one in [imports.by_value(name, value)] if one]
        if found:
            below = imports.submodules(name, value, self.texts, paths) if isinstance(value, ModuleType) else []
            return self._imported(name, [*found, *below], user)
        defined = self._definition(name, value, user)
        if defined is not None:
            return defined
        return self._constant(name, value, user)

    def _imported(self, name: str, found: list[imports.Import], user: Defined) -> Item:
        for one in found:
            if not imports.is_installed(one.module):
                raise self._refusal(
                    name,
                    user,
                    f"which comes from your own module {one.module}, and only the program's text is sent: "
                    "move what is used of it into this file or notebook, or install it where programs run",
                )
        return Imported(name, tuple(one.text for one in found))

    def _definition(self, name: str, value: object, user: Defined) -> Defined | None:
        """What defines a function or a class of this module; None for what is none."""
        inner = inspect.unwrap(value) if callable(value) else None
        if isinstance(inner, type):
            return self._class(name, inner, user) if inner.__module__ == self.namespace.get("__name__") else None
        if isinstance(inner, FunctionType) and inner.__globals__ is self.namespace:
            return self._function(name, value, inner, user)
        if callable(value):  # made by a decorator of another module, which does not tell what it decorates
            text, node = decorated(self.texts, name)
            return self._defined(name, text, node, wrapped_in(value, node)) if text and node else None
        return None

    def _function(self, name: str, value: object, inner: FunctionType, user: Defined) -> Defined:
        if hasattr(value, "registry") and hasattr(value, "dispatch"):
            raise self._refusal(
                name, user, "a singledispatch function, whose parts cannot be told. Write it with isinstance"
            )
        if inner.__dict__.keys() - {"__wrapped__"} and value is inner:
            raise self._refusal(
                name, user, "a function with attributes of its own, which would be lost. Use a constant"
            )
        text = text_for(inner, self.texts)
        node = text.function(inner.__code__) if text else None
        if text and node and node.name == name and not _free(inner):
            return self._defined(name, text, node, inner)
        if inner.__name__ == "<lambda>" and text:
            return self._lambda(name, text, inner, user)
        if text and node and not _free(inner) and self.namespace.get(node.name) is value:
            return self._alias(name, node.name, text, node.lineno)
        found = self._decorated(name, value)
        if found is not None:
            return found
        if _free(inner):
            complaint = (
                f"a function with variables of the function that made it ({_free(inner)}). Write it out with def"
            )
            raise self._refusal(name, user, complaint)
        raise self._refusal(
            name, user, "a function whose source is not there, or was changed. Define it in this file or notebook"
        )

    def _decorated(self, name: str, value: object) -> Defined | None:
        """What defines a decorated function under this name, or under another one that it has."""
        for known in (name, *(other for other, held in self.namespace.items() if held is value and other != name)):
            text, node = decorated(self.texts, known)
            if text and node:
                made = wrapped_in(value, node)
                if known == name:
                    return self._defined(name, text, node, made)
                if made:
                    return self._alias(name, known, text, node.lineno)
        return None

    def _class(self, name: str, value: type, user: Defined) -> Defined:
        if "<locals>" in value.__qualname__:
            raise self._refusal(name, user, "a class that a function made. Define it at the top level")
        text, node = class_of(value, self.texts)
        if text is None or node is None:
            raise self._refusal(
                name, user, 'a class whose source is not there. Write it as "class …", in this file or notebook'
            )
        if node.name != name:
            return self._alias(name, node.name, text, node.lineno)
        return self._defined(name, text, node)

    def _alias(self, name: str, other: str, text: Text, line: int) -> Defined:
        segment = Segment(f"{name} = {other}\n", (line,), text.filename)
        return Defined(name, segment, names_of(segment.text, postponed=False), (self._index(text), line))

    def _lambda(self, name: str, text: Text, inner: FunctionType, user: Defined) -> Defined:
        line = inner.__code__.co_firstlineno
        given, written = lambda_of(text, line) or ("", "")
        if given and given != name and self.namespace.get(given) is inner:
            return self._alias(name, given, text, line)
        if given != name or _free(inner):
            raise self._refusal(
                name, user, "a lambda that is not given this name in a line of its own. Write it with def"
            )
        lines = tuple(range(line, line + written.count("\n") + 1))
        segment = Segment(with_defaults(f"{name} = ({written})\n", inner), lines, text.filename)
        return Defined(name, segment, names_of(segment.text, postponed=False), (self._index(text), line))

    def _constant(self, name: str, value: object, user: Defined) -> Item:
        try:
            return Constant(name, literal(value, self.shared, name))
        except NotLiteralError as error:
            complaint = str(error)
        found = imports.by_value(name, value)
        if found is not None and found.module != self.namespace.get("__name__"):
            return self._imported(name, [found], user)
        raise self._refusal(name, user, f"{complaint}. Make it inside of the function, or hand it over in params")

    def _defined(self, name: str, text: Text, node: Definition, function: FunctionType | None = None) -> Defined:
        left_out = [decorator for decorator in node.decorator_list if ours(decorator, self.namespace)]
        segment = cut(text, node, left_out)
        postponed = bool(function.__code__.co_flags & _POSTPONED) if function else _is_postponed(text)
        if function is not None:
            segment = Segment(with_defaults(segment.text, function), segment.lines, segment.filename)
        names = names_of(segment.text, postponed=postponed)
        return Defined(name, segment, names, (self._index(text), node.lineno), postponed)

    def _index(self, text: Text) -> int:
        if text not in self.texts:
            self.texts.append(text)
        return self.texts.index(text)

    def _refusal(self, name: str, user: Defined, complaint: str) -> ProgramCaptureError:
        line = user.line(name)
        where = f"line {line} of {user.segment.filename}"
        verb = "" if complaint.startswith(("is ", "which ")) else "which is "
        separator = " " if complaint.startswith("is ") else ", "
        message = f'The program "{self.program}" uses {name} ({where}){separator}{verb}{complaint}.'
        return ProgramCaptureError(message, name=name, line=line)


def _free(function: FunctionType) -> str:
    return ", ".join(name for name in function.__code__.co_freevars if name != "__class__")


def _is_postponed(text: Text) -> bool:
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in text.tree.body
    )
