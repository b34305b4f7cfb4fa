from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class UploadRequest:
    """A new program.

    Attributes:
        name (str): The program's name, which none of the user's other programs has.
        data (str): The source, which is UTF-8 text, in base64 (client).
        backend (None | str | Unset): The backend that jobs of the program run on unless they say otherwise. Any
            name is taken.
        group (None | str | Unset): A name that puts programs together, for people.
        cost (float | None | Unset): The maximum execution time of a job of the program, in seconds of running. The
            deployed client sends a whole number (client); a fraction is expected to be taken by the runtime service of
            this project alone.
        description (None | str | Unset): What the program does, for people.
        is_public (bool | int | list[bool | int] | None | Unset): Whether everybody may see and run the program. The
            deployed client sends 0 or 1 on upload, and on update a list of one such number, `[1]`, a slip of its own
            (client); a service takes 0, 1, true, false and such a list. Null is as good as absent.
    """

    name: str
    data: str
    backend: None | str | Unset = UNSET
    group: None | str | Unset = UNSET
    cost: float | None | Unset = UNSET
    description: None | str | Unset = UNSET
    is_public: bool | int | list[bool | int] | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        name = self.name

        data = self.data

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

        cost: float | None | Unset
        if isinstance(self.cost, Unset):
            cost = UNSET
        else:
            cost = self.cost

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

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

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["name"] = name
        field_dict["data"] = data
        if backend is not UNSET:
            field_dict["backend"] = backend
        if group is not UNSET:
            field_dict["group"] = group
        if cost is not UNSET:
            field_dict["cost"] = cost
        if description is not UNSET:
            field_dict["description"] = description
        if is_public is not UNSET:
            field_dict["is_public"] = is_public
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
            raise TypeError(f"a UploadRequest is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        name = d.pop("name")

        data = d.pop("data")

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

        def _parse_cost(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        cost = _parse_cost(d.pop("cost", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        description = _parse_description(d.pop("description", UNSET))

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

        made = cls(
            name=name,
            data=data,
            backend=backend,
            group=group,
            cost=cost,
            description=description,
            is_public=is_public,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
