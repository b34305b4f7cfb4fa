from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class JobExit:
    """How the run of a job's program ended.

    Attributes:
        kind (str): `returned`, `raised` (an exception), `exited` (the program left the process by itself), `killed`
            (by a signal, such as for want of memory), `timed_out` (it ran for longer than it may), `cancelled`, or
            `lost` (nothing is known of its end). A reader takes other words too.
        code (int | None | Unset): The exit code of the process, where it ended by itself and its code is known.
        signal (int | None | Unset): The number of the signal that ended the process, where one did.
    """

    kind: str
    code: int | None | Unset = UNSET
    signal: int | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        kind = self.kind

        code: int | None | Unset
        if isinstance(self.code, Unset):
            code = UNSET
        else:
            code = self.code

        signal: int | None | Unset
        if isinstance(self.signal, Unset):
            signal = UNSET
        else:
            signal = self.signal

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["kind"] = kind
        if code is not UNSET:
            field_dict["code"] = code
        if signal is not UNSET:
            field_dict["signal"] = signal
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
            raise TypeError(f"a JobExit is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        kind = d.pop("kind")

        def _parse_code(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        code = _parse_code(d.pop("code", UNSET))

        def _parse_signal(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        signal = _parse_signal(d.pop("signal", UNSET))

        made = cls(
            kind=kind,
            code=code,
            signal=signal,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
