"""What the service says of a program, and lists of that."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self, SupportsIndex

from attrs import field, fields_dict, frozen

from quafu_runtime.programs.source import decode_source

_OTHER_NAMES = {"max_cost_time": "max_execution_time", "cost": "max_execution_time"}
"""The deployed client's name, and the wire's."""

_RULE = "-" * 50
_SHOWN = 20
"""Programs that the repr of a list shows; more would push a notebook's cell off the screen."""


def _source_size(data: str | None) -> str:
    return "None" if data is None else f"<source of {len(data):,} characters>"


@frozen
class RuntimeProgram:
    """A program as the service knows it. It is read as `program.name` and as `program["name"]`.

    Attributes:
        program_id: The id: 32 hexadecimal digits.
        name: The name, unique among its owner's programs.
        description: A text for people.
        backend: The backend that it runs on unless a run names another.
        group: The group that it belongs to.
        owner: Whose program it is.
        is_public: Whether other users see it and may run it.
        data: The source, or None where only a list was asked for.
        max_execution_time: Seconds that a run may take; `max_cost_time` and `cost` are other names of it.
    """

    program_id: str
    name: str
    description: str | None = None
    backend: str | None = None
    group: str | None = None
    owner: str | None = None
    is_public: bool = False
    data: str | None = field(default=None, repr=_source_size)
    max_execution_time: float | None = None

    @classmethod
    def from_wire(cls, answer: Mapping[str, Any]) -> Self:
        """The program that an answer of the service describes.

        Args:
            answer: A program as the wire has it: `data` in base64, `cost` in seconds, `is_public` as 0 or 1.

        Returns:
            The program; keys that are not known are left out.

        Raises:
            ValueError: The answer has no id or no name, or a value is not what it should be.
        """
        return cls(
            program_id=_required(answer, "program_id"),
            name=_required(answer, "name"),
            description=_text(answer, "description"),
            backend=_text(answer, "backend"),
            group=_text(answer, "group"),
            owner=_text(answer, "owner"),
            is_public=_flag(answer.get("is_public")),
            data=_source(answer.get("data")),
            max_execution_time=_seconds(answer.get("cost")),
        )

    @property
    def max_cost_time(self) -> float | None:
        """The deployed client's name of `max_execution_time`."""
        return self.max_execution_time

    @property
    def cost(self) -> float | None:
        """The wire's name of `max_execution_time`."""
        return self.max_execution_time

    def keys(self) -> list[str]:
        """The names of the fields, so that `dict(program)` works."""
        return list(fields_dict(type(self)))

    def get(self, key: str, default: Any = None) -> Any:
        """A field by its name, or the default where there is no such field."""
        try:
            return self[key]
        except KeyError:
            return default

    def __getitem__(self, key: str) -> Any:
        """A field by its name.

        Raises:
            KeyError: There is no such field.
        """
        if key not in self:
            message = f"A program has no field {key!r}; it has {', '.join(self.keys())}."
            raise KeyError(message)
        return getattr(self, _OTHER_NAMES.get(key, key))

    def __contains__(self, key: object) -> bool:
        return key in _OTHER_NAMES or key in fields_dict(type(self))

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_program

        return html_of_program(self)


class ProgramList(list[RuntimeProgram]):
    """Programs, as `programs()` returns them: a list, whose repr is a table.

    Attributes:
        total: How many programs there are in all, of which these are a part.
    """

    def __init__(self, programs: Iterable[RuntimeProgram] = (), *, total: int | None = None) -> None:
        super().__init__(programs)
        self.total = len(self) if total is None else total

    def __repr__(self) -> str:
        rows = [f"{program.program_id}  {one_line(program.name)}" for program in self[:_SHOWN]]
        rows += ["…"] if len(self) > _SHOWN else []
        return "\n  ".join([f"{len(self)} of {self.total} programs", *rows])

    def _repr_html_(self) -> str:
        from quafu_runtime.display.values import html_of_programs

        return html_of_programs(self)

    def __reduce_ex__(self, _protocol: SupportsIndex) -> tuple[Any, ...]:
        return _listed, (list(self), self.total)


def format_programs(programs: Iterable[RuntimeProgram], detailed: bool = False) -> str:
    """Programs as a text for people, in the deployed client's form.

    Args:
        programs: The programs.
        detailed: Whether to show the fields beyond id, name and description too.

    Returns:
        The text: for each program a line of hyphens and a line for each field.
    """
    return "\n".join(line for program in programs for line in _lines(program, detailed=detailed))


def one_line(text: str | None) -> str:
    """A text that a service sent, without what would move a terminal's cursor or change its colours."""
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text or "")


def _lines(program: RuntimeProgram, *, detailed: bool) -> Iterator[str]:
    yield _RULE
    yield f"program_id:{one_line(program.program_id)}"
    yield f" -Name: {one_line(program.name)}"
    yield f" -Description: {one_line(program.description)}"
    if detailed:
        yield f" -Backend: {one_line(program.backend)}"
        yield f" -Group: {one_line(program.group)}"
        yield f" -Owner: {one_line(program.owner)}"
        yield f" -Is public: {program.is_public}"
        limit = program.max_execution_time
        yield f" -Max execution time: {'' if limit is None else f'{limit:g} s'}"


def _listed(programs: list[RuntimeProgram], total: int) -> ProgramList:
    return ProgramList(programs, total=total)


def _required(answer: Mapping[str, Any], key: str) -> str:
    text = _text(answer, key)
    if not text:
        message = f"The service describes a program without {key}."
        raise ValueError(message)
    return text


def _text(answer: Mapping[str, Any], key: str) -> str | None:
    value = answer.get(key)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int):  # ids and owners that a service numbers
        return str(value)
    message = f"The service describes a program whose {key} is of type {type(value).__name__}, not a text."
    raise ValueError(message)


def _flag(value: object) -> bool:
    # The deployed client sends a list of one element on update, and a service may hand it back.
    return bool(value[0]) if isinstance(value, list) and value else bool(value)


def _source(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return decode_source(value) if value else value
    message = f"The service describes a program whose source is of type {type(value).__name__}, not a text."
    raise ValueError(message)


def _seconds(value: object) -> float | None:
    if value is None or value == "":
        return None
    if isinstance(value, (int, float, str)):
        return float(value)
    message = f"The service describes a program whose cost is of type {type(value).__name__}, not a number."
    raise ValueError(message)
