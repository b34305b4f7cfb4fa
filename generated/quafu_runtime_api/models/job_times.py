from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class JobTimes:
    """Where a job's time went, in seconds. What has not come to its end yet is null.

    Attributes:
        waited (float | None | Unset): From the making of the job until it was handed to a process, at its last
            start.
        started (float | None | Unset): From there until the program's `run` was called.
        computed (float | None | Unset): From there until the job ended.
        simulated (float | None | Unset): Of all circuits together, not of this page alone. Circuits that ran at the
            same time count each. Null before the start.
    """

    waited: float | None | Unset = UNSET
    started: float | None | Unset = UNSET
    computed: float | None | Unset = UNSET
    simulated: float | None | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        waited: float | None | Unset
        if isinstance(self.waited, Unset):
            waited = UNSET
        else:
            waited = self.waited

        started: float | None | Unset
        if isinstance(self.started, Unset):
            started = UNSET
        else:
            started = self.started

        computed: float | None | Unset
        if isinstance(self.computed, Unset):
            computed = UNSET
        else:
            computed = self.computed

        simulated: float | None | Unset
        if isinstance(self.simulated, Unset):
            simulated = UNSET
        else:
            simulated = self.simulated

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        if waited is not UNSET:
            field_dict["waited"] = waited
        if started is not UNSET:
            field_dict["started"] = started
        if computed is not UNSET:
            field_dict["computed"] = computed
        if simulated is not UNSET:
            field_dict["simulated"] = simulated
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
            raise TypeError(f"a JobTimes is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        def _parse_waited(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        waited = _parse_waited(d.pop("waited", UNSET))

        def _parse_started(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        started = _parse_started(d.pop("started", UNSET))

        def _parse_computed(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        computed = _parse_computed(d.pop("computed", UNSET))

        def _parse_simulated(data: object) -> float | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(float | None | Unset, data)

        simulated = _parse_simulated(d.pop("simulated", UNSET))

        made = cls(
            waited=waited,
            started=started,
            computed=computed,
            simulated=simulated,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
