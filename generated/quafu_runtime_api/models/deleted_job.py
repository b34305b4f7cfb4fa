from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class DeletedJob:
    """What became of a job that was to be deleted.

    Attributes:
        deleted (bool): Whether the job is gone. Only a job that has ended can be deleted (client).
        status (int | Unset): The status that the job has or had; 0 queued, 1 running, 2 done, 3 cancelled, 4 error
            (client).
    """

    deleted: bool
    status: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        deleted = self.deleted

        status = self.status

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["deleted"] = deleted
        if status is not UNSET:
            field_dict["status"] = status
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
            raise TypeError(f"a DeletedJob is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        deleted = d.pop("deleted")

        status = d.pop("status", UNSET)

        made = cls(
            deleted=deleted,
            status=status,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
