from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.program import Program


@_attrs_define
class ProgramsPage:
    """One page of a list of programs.

    Attributes:
        programs (list[Program]): The programs of this page, without their source.
        count (int | Unset): How many programs there are in all, not on this page alone (client).
    """

    programs: list[Program]
    count: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        programs = []
        for programs_item_data in self.programs:
            programs_item = programs_item_data.to_dict()
            programs.append(programs_item)

        count = self.count

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["programs"] = programs
        if count is not UNSET:
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
        from ..models.program import Program

        if not isinstance(src_dict, Mapping):
            raise TypeError(f"a ProgramsPage is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        programs = []
        _programs = d.pop("programs")
        for programs_item_data in _programs:
            programs_item = Program.from_dict(programs_item_data)

            programs.append(programs_item)

        count = d.pop("count", UNSET)

        made = cls(
            programs=programs,
            count=count,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
