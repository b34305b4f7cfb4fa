from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.job_inputs import JobInputs


@_attrs_define
class InputsSuccess:
    """The answer that holds what a job was made of.

    Attributes:
        data (JobInputs): What a job was made of.
        status (Literal[200] | Unset): The business code, in the older spelling (seen).
        code (Literal[200] | Unset): The business code, in the newer spelling (client).
        msg (str | Unset): The service's own text for people, in the older spelling (seen).
        message (str | Unset): The service's own text for people, in the newer spelling (client).
    """

    data: JobInputs
    status: Literal[200] | Unset = UNSET
    code: Literal[200] | Unset = UNSET
    msg: str | Unset = UNSET
    message: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        data = self.data.to_dict()

        status = self.status

        code = self.code

        msg = self.msg

        message = self.message

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["data"] = data
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
        from ..models.job_inputs import JobInputs

        if not isinstance(src_dict, Mapping):
            raise TypeError(f"a InputsSuccess is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)
        if (d.get("status") is None) and (d.get("code") is None):
            raise ValueError("there is none of status, code")

        data = JobInputs.from_dict(d.pop("data"))

        status = cast(Literal[200] | Unset, d.pop("status", UNSET))
        if status != 200 and not isinstance(status, Unset):
            raise ValueError(f"status must match const 200, got '{status}'")

        code = cast(Literal[200] | Unset, d.pop("code", UNSET))
        if code != 200 and not isinstance(code, Unset):
            raise ValueError(f"code must match const 200, got '{code}'")

        msg = d.pop("msg", UNSET)

        message = d.pop("message", UNSET)

        made = cls(
            data=data,
            status=status,
            code=code,
            msg=msg,
            message=message,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
