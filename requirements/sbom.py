"""Write what a lock file pins as a bill of materials in the form of CycloneDX 1.6, with licences and hashes.

Versions, hashes and who needs what come from the lock file, licences from the packages that are installed here. The
same lock file in the same environment gives the same bytes. `--validate` holds a bill against the official schema,
which the environment of `requirements/supply.lock` has.
"""  # noqa: INP001 - a script

import json
import re
import sys
import uuid
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from email.message import Message

ROOT = Path(__file__).resolve().parents[1]
NAME = "quafu-runtime"
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)(?:\s*;\s*(?P<marker>[^\\]+))?")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_VIA = re.compile(r"^\s+#\s+(?:via\s+)?(?P<name>[A-Za-z0-9][\w.-]*)(?:\s+\(.*\))?$")
_CLASSIFIER = "License :: OSI Approved :: "
_LONGEST_NAME = 100
"""Characters; what is longer in the field for a licence is its whole text."""


def main(arguments: list[str]) -> int:
    """Write a bill, or hold one against the schema.

    Args:
        arguments: A lock file and where to write to; or `--validate` and a bill.

    Returns:
        The exit code.
    """
    first, second = arguments
    if first == "--validate":
        return validate(Path(second))
    bill = bill_of(Path(first).read_text(encoding="utf-8"))
    Path(second).parent.mkdir(parents=True, exist_ok=True)
    Path(second).write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    sys.stdout.write(f"{second}: {len(bill['components'])} packages\n")
    return 0


def bill_of(lock: str) -> dict[str, Any]:
    """The bill of materials for the text of a lock file."""
    pins = pins_of(lock)
    components = [component(pin) for pin in pins]
    needed = {ours()["bom-ref"]: set[str](), **{one["bom-ref"]: set[str]() for one in components}}
    for pin, one in zip(pins, components, strict=True):
        for by in (other for other in [ours(), *components] if canonical(other["name"]) in pin["via"]):
            needed[by["bom-ref"]].add(one["bom-ref"])
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": ours()},
        "components": components,
        "dependencies": [{"ref": ref, "dependsOn": sorted(on)} for ref, on in sorted(needed.items())],
    }
    named = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return {**body, "serialNumber": f"urn:uuid:{named}"}


def pins_of(lock: str) -> list[dict[str, Any]]:
    """The packages of a lock file: name, version, marker, hashes, and who needs each."""
    found: list[dict[str, Any]] = []
    for line in lock.splitlines():
        pin = _PIN.match(line)
        via = _VIA.match(line)
        if pin:
            found.append({**pin.groupdict(), "hashes": [], "via": []})
        elif found and via and via["name"] != "via":
            found[-1]["via"].append(canonical(via["name"]))
        if found:
            found[-1]["hashes"] += _HASH.findall(line)
    return found


def component(pin: dict[str, Any]) -> dict[str, Any]:
    """One package in the form of CycloneDX, with the hash of each of its files."""
    name, version = pin["name"], pin["version"]
    reference = f"pkg:pypi/{canonical(name)}@{version}"
    marker = [{"name": "python:marker", "value": pin["marker"].strip()}] if pin["marker"] else []
    licences = licences_of(name)
    unknown = [] if licences else [{"name": "python:licence", "value": "not known: it is not installed here"}]
    properties = [*marker, *unknown]
    return {
        "type": "library",
        "bom-ref": reference,
        "name": name,
        "version": version,
        "purl": reference,
        "hashes": [{"alg": "SHA-256", "content": one} for one in pin["hashes"]],
        **({"licenses": licences} if licences else {}),
        **({"properties": properties} if properties else {}),
    }


def licences_of(name: str) -> list[dict[str, Any]]:
    """The licences of a package that is installed: an expression of SPDX, or names."""
    try:
        # A message of the standard library, which the type of Python 3.11 does not say.
        told = cast("Message", metadata.metadata(name))
    except metadata.PackageNotFoundError:
        return []
    expression = told.get("License-Expression")
    if expression:
        return [{"expression": expression}]
    classifiers = told.get_all("Classifier", [])
    classified = [one.removeprefix(_CLASSIFIER) for one in classifiers if one.startswith(_CLASSIFIER)]
    written = (told.get("License") or "").strip()
    names = classified or ([written] if written and "\n" not in written and len(written) <= _LONGEST_NAME else [])
    names = names or (["in the package's own file"] if written or told.get_all("License-File") else [])
    return [{"license": {"name": one}} for one in names]


def ours() -> dict[str, Any]:
    """This package."""
    text = (ROOT / "quafu_runtime" / "_version.py").read_text(encoding="utf-8")
    version = re.findall(r'"([^"]+)"', text)[-1]
    reference = f"pkg:pypi/{NAME}@{version}"
    licence = [{"expression": "Apache-2.0"}]
    return {
        "type": "library",
        "bom-ref": reference,
        "name": NAME,
        "version": version,
        "purl": reference,
        "licenses": licence,
    }


def canonical(name: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def validate(path: Path) -> int:
    """Hold a bill against the official schema."""
    from cyclonedx.schema import SchemaVersion  # type: ignore[import-not-found] # only in an environment of its own
    from cyclonedx.validation.json import JsonStrictValidator  # type: ignore[import-not-found] # the same

    complaint = JsonStrictValidator(SchemaVersion.V1_6).validate_str(path.read_text(encoding="utf-8"))
    sys.stdout.write(f"{path}: {'in order' if complaint is None else complaint}\n")
    return 0 if complaint is None else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
