from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset


@_attrs_define
class Capabilities:
    """What a service can do beyond the deployed one.

    Attributes:
        version (str): The version of this document that the service speaks, as in `info.version`.
        features (list[str]): The extensions that the service has: `seed`, `max_execution_time` and `max_attempts`
            (of `programs_run_deploy`), `job_info` (the operation), `result_types` (of a result), `events` (of the
            stream of interim results), `jobs`, `job_ledger` and `job_inputs` (the operations), `tags` (`tags` and
            `label` of `programs_run_deploy` and of a job) and `idempotency_key` (the header of `programs_run_deploy`
            and `programs_upload`). A reader passes over names that it does not know.
        server (str | Unset): The name and the version of the service, for people.
    """

    version: str
    features: list[str]
    server: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The JSON object, without the fields that are UNSET."""
        version = self.version

        features = self.features

        server = self.server

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop

        field_dict["version"] = version
        field_dict["features"] = features
        if server is not UNSET:
            field_dict["server"] = server
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
            raise TypeError(f"a Capabilities is a JSON object and no {type(src_dict).__name__}")
        d = dict(src_dict)

        version = d.pop("version")

        features = cast(list[str], d.pop("features"))

        server = d.pop("server", UNSET)

        made = cls(
            version=version,
            features=features,
            server=server,
        )
        for prop_name, prop in d.items():
            additional = prop
            made.additional_properties[prop_name] = additional
        return made
