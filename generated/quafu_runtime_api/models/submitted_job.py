from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class SubmittedJob:
    """What is told of a job that was just made. A service may leave out all but the id.

    Attributes:
        job_id (str): The new job's id; 32 hexadecimal digits (seen).
        program_id (None | str | Unset): The id of the program that it runs.
        backend (None | str | Unset): The backend that it runs on.
        status (int | Unset): The job's status; 0 queued, 1 running, 2 done, 3 cancelled, 4 error (client).
        creation_time (None | str | Unset): When the job was made; an HTTP-date (seen).
    """

    job_id: str
    program_id: None | str | Unset = UNSET
    backend: None | str | Unset = UNSET
    status: int | Unset = UNSET
    creation_time: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        job_id = self.job_id

        program_id: None | str | Unset
        if isinstance(self.program_id, Unset):
            program_id = UNSET
        else:
            program_id = self.program_id

        backend: None | str | Unset
        if isinstance(self.backend, Unset):
            backend = UNSET
        else:
            backend = self.backend

        status = self.status

        creation_time: None | str | Unset
        if isinstance(self.creation_time, Unset):
            creation_time = UNSET
        else:
            creation_time = self.creation_time

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["job_id"] = job_id
        if program_id is not UNSET:
            field_dict["program_id"] = program_id
        if backend is not UNSET:
            field_dict["backend"] = backend
        if status is not UNSET:
            field_dict["status"] = status
        if creation_time is not UNSET:
            field_dict["creation_time"] = creation_time
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
            raise TypeError(f"a SubmittedJob is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        job_id = d.pop("job_id")

        def _parse_program_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        program_id = _parse_program_id(d.pop("program_id", UNSET))

        def _parse_backend(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        backend = _parse_backend(d.pop("backend", UNSET))

        status = d.pop("status", UNSET)

        def _parse_creation_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        creation_time = _parse_creation_time(d.pop("creation_time", UNSET))

        made = cls(
            job_id=job_id,
            program_id=program_id,
            backend=backend,
            status=status,
            creation_time=creation_time,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
