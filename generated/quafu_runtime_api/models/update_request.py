from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class UpdateRequest:
    """What is to be changed of a program. A field that is absent or null stays as it is.

    Attributes:
        program_id (str): Which program.
        data (None | str | Unset): The new source, which is UTF-8 text, in base64 (client).
        name (None | str | Unset): The new name, which none of the user's other programs has.
        description (None | str | Unset): The new text on what the program does, for people.
        cost (float | None | Unset): The new maximum execution time of a job of the program, in seconds of running.
        is_public (bool | int | list[bool | int] | None | Unset): Whether everybody may see and run the program. The
            deployed client sends 0 or 1 on upload, and on update a list of one such number, `[1]`, a slip of its own
            (client); a service takes 0, 1, true, false and such a list. Null is as good as absent.
        group (None | str | Unset): The new name that puts programs together, for people.
        backend (None | str | Unset): The new backend that jobs of the program run on unless they say otherwise.
    """

    program_id: str
    data: None | str | Unset = UNSET
    name: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    cost: float | None | Unset = UNSET
    is_public: bool | int | list[bool | int] | None | Unset = UNSET
    group: None | str | Unset = UNSET
    backend: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        program_id = self.program_id

        data: None | str | Unset
        if isinstance(self.data, Unset):
            data = UNSET
        else:
            data = self.data

        name: None | str | Unset
        if isinstance(self.name, Unset):
            name = UNSET
        else:
            name = self.name

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        cost: float | None | Unset
        if isinstance(self.cost, Unset):
            cost = UNSET
        else:
            cost = self.cost

        is_public: bool | int | list[bool | int] | None | Unset
        if isinstance(self.is_public, Unset):
            is_public = UNSET
        elif isinstance(self.is_public, list):
            is_public = []
            for componentsschemas_is_public_type_3_item_data in self.is_public:
                componentsschemas_is_public_type_3_item: bool | int
                componentsschemas_is_public_type_3_item = componentsschemas_is_public_type_3_item_data
                is_public.append(componentsschemas_is_public_type_3_item)

        else:
            is_public = self.is_public

        group: None | str | Unset
        if isinstance(self.group, Unset):
            group = UNSET
        else:
            group = self.group

        backend: None | str | Unset
        if isinstance(self.backend, Unset):
            backend = UNSET
        else:
            backend = self.backend

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["program_id"] = program_id
        if data is not UNSET:
            field_dict["data"] = data
        if name is not UNSET:
            field_dict["name"] = name
        if description is not UNSET:
            field_dict["description"] = description
        if cost is not UNSET:
            field_dict["cost"] = cost
        if is_public is not UNSET:
            field_dict["is_public"] = is_public
        if group is not UNSET:
            field_dict["group"] = group
        if backend is not UNSET:
            field_dict["backend"] = backend
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
            raise TypeError(f"a UpdateRequest is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        program_id = d.pop("program_id")

        def _parse_data(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        data = _parse_data(d.pop("data", UNSET))

        def _parse_name(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        name = _parse_name(d.pop("name", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        description = _parse_description(d.pop("description", UNSET))

        def _parse_cost(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        cost = _parse_cost(d.pop("cost", UNSET))

        def _parse_is_public(data: object) -> bool | int | list[bool | int] | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, list):
                    raise TypeError()
                componentsschemas_is_public_type_3 = []
                _componentsschemas_is_public_type_3 = data
                for componentsschemas_is_public_type_3_item_data in _componentsschemas_is_public_type_3:

                    def _parse_componentsschemas_is_public_type_3_item(data: object) -> bool | int:
                        return cast(bool | int, data)

                    componentsschemas_is_public_type_3_item = _parse_componentsschemas_is_public_type_3_item(
                        componentsschemas_is_public_type_3_item_data
                    )

                    componentsschemas_is_public_type_3.append(componentsschemas_is_public_type_3_item)

                return componentsschemas_is_public_type_3
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(bool | int | list[bool | int] | None | Unset, data)

        is_public = _parse_is_public(d.pop("is_public", UNSET))

        def _parse_group(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        group = _parse_group(d.pop("group", UNSET))

        def _parse_backend(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        backend = _parse_backend(d.pop("backend", UNSET))

        made = cls(
            program_id=program_id,
            data=data,
            name=name,
            description=description,
            cost=cost,
            is_public=is_public,
            group=group,
            backend=backend,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
