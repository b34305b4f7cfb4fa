from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.job_result_result_types import JobResultResultTypes


@_attrs_define
class JobResult:
    """A job's result.

    Attributes:
        status (int): The job's status; 0 queued, 1 running, 2 done, 3 cancelled, 4 error (client).
        result (None | str | Unset): Of a job that is done, a string that holds JSON, of what the program returned
            (seen). Of a job in error, the error text. Before that, null.
        finish_time (None | str | Unset): When the job ended; an HTTP-date (seen). Null or absent before that.
        result_types (JobResultResultTypes | Unset): What plain JSON cannot say of `result`: a map from a JSON
            pointer into it to the type of the value there. Absent where plain JSON says all. Only services with the
            feature `result_types` have it; whoever does not know it reads `result` alone.
    """

    status: int
    result: None | str | Unset = UNSET
    finish_time: None | str | Unset = UNSET
    result_types: JobResultResultTypes | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        status = self.status

        result: None | str | Unset
        if isinstance(self.result, Unset):
            result = UNSET
        else:
            result = self.result

        finish_time: None | str | Unset
        if isinstance(self.finish_time, Unset):
            finish_time = UNSET
        else:
            finish_time = self.finish_time

        result_types: dict[str, Any] | Unset = UNSET
        if not isinstance(self.result_types, Unset):
            result_types = self.result_types.to_dict()

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["status"] = status
        if result is not UNSET:
            field_dict["result"] = result
        if finish_time is not UNSET:
            field_dict["finish_time"] = finish_time
        if result_types is not UNSET:
            field_dict["result_types"] = result_types
        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read the JSON object.

        Raises:
            KeyError: A required field is missing.
            TypeError: It is no JSON object.
            ValueError: The object is of another kind than this class, judged by its codes. No other value is checked.
        """
        from ..models.job_result_result_types import JobResultResultTypes

        if not isinstance(src_dict, Mapping):
            raise TypeError(f"a JobResult is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        status = d.pop("status")

        def _parse_result(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        result = _parse_result(d.pop("result", UNSET))

        def _parse_finish_time(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        finish_time = _parse_finish_time(d.pop("finish_time", UNSET))

        _result_types = d.pop("result_types", UNSET)
        result_types: JobResultResultTypes | Unset
        if isinstance(_result_types, Unset):
            result_types = UNSET
        else:
            result_types = JobResultResultTypes.from_dict(_result_types)

        made = cls(
            status=status,
            result=result,
            finish_time=finish_time,
            result_types=result_types,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
