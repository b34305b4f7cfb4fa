from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.job_info import JobInfo


@_attrs_define
class JobsPage:
    """One page of a list of jobs.

    Attributes:
        jobs (list[JobInfo]): The jobs of this page, the newest first.
        count (int): How many jobs pass the filters in all, not on this page alone.
    """

    jobs: list[JobInfo]
    count: int
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        jobs = []
        for jobs_item_data in self.jobs:
            jobs_item = jobs_item_data.to_dict()
            jobs.append(jobs_item)

        count = self.count

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["jobs"] = jobs
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
        from ..models.job_info import JobInfo

        if not isinstance(src_dict, Mapping):
            raise TypeError(f"a JobsPage is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        jobs = []
        _jobs = d.pop("jobs")
        for jobs_item_data in _jobs:
            jobs_item = JobInfo.from_dict(jobs_item_data)

            jobs.append(jobs_item)

        count = d.pop("count")

        made = cls(
            jobs=jobs,
            count=count,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
