from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.circuit_record import CircuitRecord
    from ..models.job_times import JobTimes


@_attrs_define
class JobLedger:
    """The account of a job's time and of its circuits.

    Attributes:
        job_id (str): The job's id; 32 hexadecimal digits.
        times (JobTimes): Where a job's time went, in seconds. What has not come to its end yet is null.
        circuits (list[CircuitRecord]): The circuits of this page, in the order of `seq`.
        count (int): How many circuits there are in all, not on this page alone.
    """

    job_id: str
    times: JobTimes
    circuits: list[CircuitRecord]
    count: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        job_id = self.job_id

        times = self.times.to_dict()

        circuits = []
        for circuits_item_data in self.circuits:
            circuits_item = circuits_item_data.to_dict()
            circuits.append(circuits_item)

        count = self.count

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["job_id"] = job_id
        field_dict["times"] = times
        field_dict["circuits"] = circuits
        field_dict["count"] = count
        return field_dict

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self:
        """Read the JSON object.

        Raises:
            KeyError: A required field is missing.
            TypeError: It is no JSON object.
            ValueError: The object is of another kind than this class, judged by its codes. No other value is checked.
        """
        from ..models.circuit_record import CircuitRecord
        from ..models.job_times import JobTimes

        if not isinstance(src_dict, Mapping):
            raise TypeError(f"a JobLedger is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        job_id = d.pop("job_id")

        times = JobTimes.from_dict(d.pop("times"))

        circuits = []
        _circuits = d.pop("circuits")
        for circuits_item_data in _circuits:
            circuits_item = CircuitRecord.from_dict(circuits_item_data)

            circuits.append(circuits_item)

        count = d.pop("count")

        made = cls(
            job_id=job_id,
            times=times,
            circuits=circuits,
            count=count,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
