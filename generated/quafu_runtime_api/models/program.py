from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class Program:
    """A program. A service may leave out what it does not know.

    Attributes:
        program_id (str): The program's id; 32 hexadecimal digits (seen).
        name (str): The program's name, unique among the programs of its owner.
        description (None | str | Unset): What the program does, for people.
        backend (None | str | Unset): The backend that jobs of the program run on unless they say otherwise.
        group (None | str | Unset): A name that puts programs together, for people.
        owner (None | str | Unset): The name of the user whose program it is.
        is_public (bool | int | Unset): Whether everybody may see and run the program. 0 and 1, or false and true
            (client).
        cost (float | None | Unset): The maximum execution time of a job of the program, in seconds of running
            (client).
        data (None | str | Unset): The source, which is UTF-8 text, in base64 (client). A list of programs leaves it
            out.
    """

    program_id: str
    name: str
    description: None | str | Unset = UNSET
    backend: None | str | Unset = UNSET
    group: None | str | Unset = UNSET
    owner: None | str | Unset = UNSET
    is_public: bool | int | Unset = UNSET
    cost: float | None | Unset = UNSET
    data: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        program_id = self.program_id

        name = self.name

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        backend: None | str | Unset
        if isinstance(self.backend, Unset):
            backend = UNSET
        else:
            backend = self.backend

        group: None | str | Unset
        if isinstance(self.group, Unset):
            group = UNSET
        else:
            group = self.group

        owner: None | str | Unset
        if isinstance(self.owner, Unset):
            owner = UNSET
        else:
            owner = self.owner

        is_public: bool | int | Unset
        if isinstance(self.is_public, Unset):
            is_public = UNSET
        else:
            is_public = self.is_public

        cost: float | None | Unset
        if isinstance(self.cost, Unset):
            cost = UNSET
        else:
            cost = self.cost

        data: None | str | Unset
        if isinstance(self.data, Unset):
            data = UNSET
        else:
            data = self.data

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["program_id"] = program_id
        field_dict["name"] = name
        if description is not UNSET:
            field_dict["description"] = description
        if backend is not UNSET:
            field_dict["backend"] = backend
        if group is not UNSET:
            field_dict["group"] = group
        if owner is not UNSET:
            field_dict["owner"] = owner
        if is_public is not UNSET:
            field_dict["is_public"] = is_public
        if cost is not UNSET:
            field_dict["cost"] = cost
        if data is not UNSET:
            field_dict["data"] = data
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
            raise TypeError(f"a Program is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        program_id = d.pop("program_id")

        name = d.pop("name")

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        description = _parse_description(d.pop("description", UNSET))

        def _parse_backend(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        backend = _parse_backend(d.pop("backend", UNSET))

        def _parse_group(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        group = _parse_group(d.pop("group", UNSET))

        def _parse_owner(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        owner = _parse_owner(d.pop("owner", UNSET))

        def _parse_is_public(data: object) -> bool | int | Unset:
            if isinstance(data, Unset):
                return data
            return cast(bool | int | Unset, data)

        is_public = _parse_is_public(d.pop("is_public", UNSET))

        def _parse_cost(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        cost = _parse_cost(d.pop("cost", UNSET))

        def _parse_data(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        data = _parse_data(d.pop("data", UNSET))

        made = cls(
            program_id=program_id,
            name=name,
            description=description,
            backend=backend,
            group=group,
            owner=owner,
            is_public=is_public,
            cost=cost,
            data=data,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
