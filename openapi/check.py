"""Check the contract: `python openapi/check.py`.

It is valid OpenAPI, holds to the rules of this project, and breaks nothing that was released under the same major
version.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from attrs import frozen
from openapi_spec_validator import OpenAPIV31SpecValidator

from openapi.compatibility import breaking_changes
from openapi.document import DOCUMENT, FOLDER, Json, load
from openapi.rules import broken_rules

__all__ = ["main", "problems"]

DEPLOYED = FOLDER / "deployed.yaml"
RELEASED = FOLDER / "released"
SHOWN_DIFFERENCES = 10


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the document, and tell on stderr what is wrong with it.

    Args:
        arguments: The command line's arguments; those of the process by default.

    Returns:
        The exit code: 0, or 1 where something is wrong.
    """
    options = _parser().parse_args(arguments)
    found = problems(load(options.document), options.released)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


def problems(document: Json, released: Path) -> list[str]:
    """Name all that is wrong with a document.

    Args:
        document: The document.
        released: The folder with the frozen copies of its released versions.

    Returns:
        A line for each problem; an empty list for a good document. Of what is no valid OpenAPI nothing more is told.
    """
    invalid = [
        f"not valid OpenAPI: {'/'.join(map(str, error.absolute_path))}: {error.message.splitlines()[0]}"
        for error in OpenAPIV31SpecValidator(document).iter_errors()
    ]
    if invalid:
        return invalid
    deployed = yaml.safe_load(DEPLOYED.read_text("utf-8"))
    return [*broken_rules(document, deployed), *_release_problems(document, released)]


@frozen(order=True)
class _Version:
    """A version of the document, in order with others as semver has it."""

    major: int
    minor: int
    patch: int

    @classmethod
    def of(cls, document: Json) -> "_Version | None":
        match = re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", str(document["info"]["version"]))
        return cls(*map(int, match.groups())) if match else None

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


def _release_problems(document: Json, released: Path) -> Iterator[str]:
    version = _Version.of(document)
    if version is None:
        yield f"version {document['info']['version']!r} is not MAJOR.MINOR.PATCH"
        return
    releases: dict[_Version, Json] = {}
    for path in sorted(released.glob("*.yaml")):
        release = load(path)
        known = _Version.of(release)
        if known is None or path.stem != str(known):
            yield f"{path.name}: the file is not named after its version, {release['info']['version']}"
        else:
            releases[known] = release
    if not releases:
        yield f"{released} holds no released version to compare with"
        return
    newest = max(releases)
    yield from _compared(version, document, newest, releases[newest])


def _compared(version: _Version, document: Json, newest: _Version, release: Json) -> Iterator[str]:
    if version < newest:
        yield f"version {version} is older than the released {newest}"
    elif version == newest:
        places = [f"  {place}" for place in _differences("", release, document)]
        if places:
            yield f"version {version} is released, and the document differs from it: raise the version"
            yield from places[:SHOWN_DIFFERENCES]
    if version.major == newest.major:
        for change in breaking_changes(release, document):
            yield f"breaks {newest} without a new major version: {change}"


def _differences(where: str, old: object, new: object) -> Iterator[str]:
    """The places, as JSON pointers, at which two documents differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*old, *new]):
            place = f"{where}/{str(key).replace('~', '~0').replace('/', '~1')}"
            if key in old and key in new:
                yield from _differences(place, old[key], new[key])
            else:
                yield place
    elif old != new or type(old) is not type(new):
        yield where


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Check the contract.")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="the OpenAPI document (default: the contract)")
    parser.add_argument("--released", type=Path, default=RELEASED, help="the folder with the released versions")
    return parser


if __name__ == "__main__":
    sys.exit(main())
