from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class RunRequest:
    """Which program to run, and how. One of `program_id` and `program_name` is there and not null.

    Attributes:
        program_id (None | str | Unset): The program, by its id, or null.
        program_name (None | str | Unset): The program, by its name, or null.
        backend (None | str | Unset): The backend of this job. Without it, the program's own.
        params (Any | Unset): What the program's `run` gets as its third argument: any JSON value. It arrives
            decoded (seen: the program printed a dictionary). Without it, null.
        seed (int | None | Unset): Makes the job repeatable: the same program with the same params and seed draws
            the same random numbers. Only services with the feature `seed` have it. Without it, the service draws one.
        max_execution_time (float | None | Unset): The maximum execution time of this job, in seconds of running;
            waiting in the queue does not count. Only services with the feature `max_execution_time` have it. Without
            it, the program's `cost`.
        max_attempts (int | None | Unset): How many times the program may be run in all, where the process that runs
            it is lost. Of a program that did something to the world outside, a second run does it again. Only services
            with the feature `max_attempts` have it. Without it, 1.
        label (None | str | Unset): A name of the job, for people. Only services with the feature `tags` have it.
        tags (list[str] | None | Unset): Words to find the job by; one that comes twice counts once. Only services
            with the feature `tags` have them.
    """

    program_id: None | str | Unset = UNSET
    program_name: None | str | Unset = UNSET
    backend: None | str | Unset = UNSET
    params: Any | Unset = UNSET
    seed: int | None | Unset = UNSET
    max_execution_time: float | None | Unset = UNSET
    max_attempts: int | None | Unset = UNSET
    label: None | str | Unset = UNSET
    tags: list[str] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        program_id: None | str | Unset
        if isinstance(self.program_id, Unset):
            program_id = UNSET
        else:
            program_id = self.program_id

        program_name: None | str | Unset
        if isinstance(self.program_name, Unset):
            program_name = UNSET
        else:
            program_name = self.program_name

        backend: None | str | Unset
        if isinstance(self.backend, Unset):
            backend = UNSET
        else:
            backend = self.backend

        params = self.params

        seed: int | None | Unset
        if isinstance(self.seed, Unset):
            seed = UNSET
        else:
            seed = self.seed

        max_execution_time: float | None | Unset
        if isinstance(self.max_execution_time, Unset):
            max_execution_time = UNSET
        else:
            max_execution_time = self.max_execution_time

        max_attempts: int | None | Unset
        if isinstance(self.max_attempts, Unset):
            max_attempts = UNSET
        else:
            max_attempts = self.max_attempts

        label: None | str | Unset
        if isinstance(self.label, Unset):
            label = UNSET
        else:
            label = self.label

        tags: list[str] | None | Unset
        if isinstance(self.tags, Unset):
            tags = UNSET
        elif isinstance(self.tags, list):
            tags = self.tags

        else:
            tags = self.tags

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        if program_id is not UNSET:
            field_dict["program_id"] = program_id
        if program_name is not UNSET:
            field_dict["program_name"] = program_name
        if backend is not UNSET:
            field_dict["backend"] = backend
        if params is not UNSET:
            field_dict["params"] = params
        if seed is not UNSET:
            field_dict["seed"] = seed
        if max_execution_time is not UNSET:
            field_dict["max_execution_time"] = max_execution_time
        if max_attempts is not UNSET:
            field_dict["max_attempts"] = max_attempts
        if label is not UNSET:
            field_dict["label"] = label
        if tags is not UNSET:
            field_dict["tags"] = tags
        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read the JSON object.

        Raises:
            KeyError: A required field is missing.
            TypeError: It is no JSON object.
            ValueError: The object is of another kind than this class, judged by its codes. No other value is checked.
        """
        if not isinstance(src_dict, Mapping):
            raise TypeError(f"a RunRequest is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        def _parse_program_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        program_id = _parse_program_id(d.pop("program_id", UNSET))

        def _parse_program_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        program_name = _parse_program_name(d.pop("program_name", UNSET))

        def _parse_backend(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        backend = _parse_backend(d.pop("backend", UNSET))

        params = d.pop("params", UNSET)

        def _parse_seed(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        seed = _parse_seed(d.pop("seed", UNSET))

        def _parse_max_execution_time(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        max_execution_time = _parse_max_execution_time(d.pop("max_execution_time", UNSET))

        def _parse_max_attempts(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        max_attempts = _parse_max_attempts(d.pop("max_attempts", UNSET))

        def _parse_label(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        label = _parse_label(d.pop("label", UNSET))

        def _parse_tags(data: object) -> list[str] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                tags_type_0 = cast(list[str], data)

                return tags_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(list[str] | None | Unset, data)

        tags = _parse_tags(d.pop("tags", UNSET))

        made = cls(
            program_id=program_id,
            program_name=program_name,
            backend=backend,
            params=params,
            seed=seed,
            max_execution_time=max_execution_time,
            max_attempts=max_attempts,
            label=label,
            tags=tags,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
