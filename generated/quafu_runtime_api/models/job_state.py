from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class JobState:
    """A job's status, and its result where there is one.

    Attributes:
        status (int): The job's status; 0 queued, 1 running, 2 done, 3 cancelled, 4 error (client).
        result (None | str | Unset): As in the answers of `get_result_nowait`.
        finished_time (None | str | Unset): When the job ended; an HTTP-date (seen). Null or absent before that. It
            is called `finish_time` everywhere else.
    """

    status: int
    result: None | str | Unset = UNSET
    finished_time: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        status = self.status

        result: None | str | Unset
        if isinstance(self.result, Unset):
            result = UNSET
        else:
            result = self.result

        finished_time: None | str | Unset
        if isinstance(self.finished_time, Unset):
            finished_time = UNSET
        else:
            finished_time = self.finished_time

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["status"] = status
        if result is not UNSET:
            field_dict["result"] = result
        if finished_time is not UNSET:
            field_dict["finished_time"] = finished_time
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
            raise TypeError(f"a JobState is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        status = d.pop("status")

        def _parse_result(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        result = _parse_result(d.pop("result", UNSET))

        def _parse_finished_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        finished_time = _parse_finished_time(d.pop("finished_time", UNSET))

        made = cls(
            status=status,
            result=result,
            finished_time=finished_time,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
