from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class JobInputs:
    """What a job was made of.

    Attributes:
        job_id (str): The job's id; 32 hexadecimal digits.
        data (str): The source as the job runs it, which is UTF-8 text, in base64.
        program_id (None | str | Unset): The id of the program that it runs, which may have been deleted since.
        program_name (None | str | Unset): The name that the program had when the job was made.
        params (Any | Unset): What the program's `run` gets as its third argument; any JSON value.
        backend (None | str | Unset): The backend that it runs on, or null for the service's default.
        seed (int | None | Unset): The seed that its random numbers come from, whether it was given or drawn by the
            service.
        max_execution_time (float | None | Unset): Its maximum execution time, in seconds of running.
    """

    job_id: str
    data: str
    program_id: None | str | Unset = UNSET
    program_name: None | str | Unset = UNSET
    params: Any | Unset = UNSET
    backend: None | str | Unset = UNSET
    seed: int | None | Unset = UNSET
    max_execution_time: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        job_id = self.job_id

        data = self.data

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

        params = self.params

        backend: None | str | Unset
        if isinstance(self.backend, Unset):
            backend = UNSET
        else:
            backend = self.backend

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

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["job_id"] = job_id
        field_dict["data"] = data
        if program_id is not UNSET:
            field_dict["program_id"] = program_id
        if program_name is not UNSET:
            field_dict["program_name"] = program_name
        if params is not UNSET:
            field_dict["params"] = params
        if backend is not UNSET:
            field_dict["backend"] = backend
        if seed is not UNSET:
            field_dict["seed"] = seed
        if max_execution_time is not UNSET:
            field_dict["max_execution_time"] = max_execution_time
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
            raise TypeError(f"a JobInputs is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        job_id = d.pop("job_id")

        data = d.pop("data")

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

        params = d.pop("params", UNSET)

        def _parse_backend(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        backend = _parse_backend(d.pop("backend", UNSET))

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

        made = cls(
            job_id=job_id,
            data=data,
            program_id=program_id,
            program_name=program_name,
            params=params,
            backend=backend,
            seed=seed,
            max_execution_time=max_execution_time,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
