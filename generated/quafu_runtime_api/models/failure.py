from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class Failure:
    """What every operation answers when it did not do what it was asked. At least one of `status` and `code` is
    there; where both are, they are equal.

    Attributes:
        status (int | Unset): The business code, in the older spelling (seen). Anything but 200.
        code (int | Unset): The business code, in the newer spelling (client). Anything but 200.
        msg (str | Unset): The service's own text for people, in the older spelling (seen).
        message (str | Unset): The service's own text for people, in the newer spelling (client).
    """

    status: int | Unset = UNSET
    code: int | Unset = UNSET
    msg: str | Unset = UNSET
    message: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        status = self.status

        code = self.code

        msg = self.msg

        message = self.message

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        if status is not UNSET:
            field_dict["status"] = status
        if code is not UNSET:
            field_dict["code"] = code
        if msg is not UNSET:
            field_dict["msg"] = msg
        if message is not UNSET:
            field_dict["message"] = message
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
            raise TypeError(f"a Failure is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)
        if d.get("status", UNSET) == 200:
            raise ValueError("status is 200")
        if d.get("code", UNSET) == 200:
            raise ValueError("code is 200")
        if "status" in d and "code" in d and d["status"] != d["code"]:
            raise ValueError("status and code differ")
        if (d.get("status") is None) and (d.get("code") is None):
            raise ValueError("there is none of status, code")

        status = d.pop("status", UNSET)

        code = d.pop("code", UNSET)

        msg = d.pop("msg", UNSET)

        message = d.pop("message", UNSET)

        made = cls(
            status=status,
            code=code,
            msg=msg,
            message=message,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
