"""What is installed is what was locked, what is built is always the same, and an import asks nobody."""

import hashlib
import os
import re
import runpy
import shutil
import subprocess
import sys
import textwrap
import tomllib
from collections import defaultdict
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
OF_LOCKS = {"local.lock": ("local",), "dev.lock": ("local", "plot", "dev")}
SBOM = runpy.run_path(str(ROOT / "requirements" / "sbom.py"))
AUDIT = runpy.run_path(str(ROOT / "requirements" / "audit.py"))


def pins(lock: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = SBOM["pins_of"](lock.read_text())
    return [{**pin, "name": canonicalize_name(pin["name"])} for pin in found]


def versions(lock: Path) -> dict[str, list[str]]:
    """The versions of each package: several where each is for other machines or versions of Python."""
    found: dict[str, list[str]] = defaultdict(list)
    for pin in pins(lock):
        found[pin["name"]].append(pin["version"])
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_each_locked_package_has_one_version_and_hashes_and_there_is_no_address(lock: Path) -> None:
    text = lock.read_text()
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    names = [line for line in lines if not line.startswith(" ")]

    assert len(names) == len(pins(lock)) > 0
    assert all("==" in line and line.endswith("\\") for line in names)
    assert [pin["name"] for pin in pins(lock) if not pin["hashes"]] == []
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line) for line in lines if line.startswith(" "))
    assert re.findall(r"://|--(?:extra-|no-)?index|--find-links|--trusted-host|-e ", text) == []


@pytest.mark.parametrize("lock", OF_LOCKS)
def test_all_that_the_package_asks_for_is_locked_in_a_version_that_it_takes(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *(one for extra in OF_LOCKS[lock] for one in extras(project, extra))]
    locked = versions(ROOT / "requirements" / lock)

    for requirement in map(Requirement, asked):
        found = locked[canonicalize_name(requirement.name)]
        assert found, f"{requirement} is not locked: make lock"
        assert all(requirement.specifier.contains(one, prereleases=True) for one in found), requirement


def extras(project: dict[str, Any], extra: str) -> list[str]:
    return [one for one in project["optional-dependencies"][extra] if not one.startswith("quafu-runtime[")]


def test_what_is_installed_here_is_what_is_locked() -> None:
    locked = versions(ROOT / "requirements" / "dev.lock")
    ours = {"quafu-runtime", "pip", "setuptools", "wheel"}  # the package itself, and what a new environment brings

    assert {name: one for name, one in installed().items() if name not in ours and one not in locked[name]} == {}


def installed() -> dict[str, str]:
    return {str(canonicalize_name(one.metadata["Name"])): one.version for one in metadata.distributions()}


def test_the_bill_of_materials_has_each_package_with_its_licence_and_its_hashes() -> None:
    lock = ROOT / "requirements" / "dev.lock"
    bill = SBOM["bill_of"](lock.read_text())
    here = installed()

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    for pin, one in zip(pins(lock), bill["components"], strict=True):
        assert one["purl"] == f"pkg:pypi/{pin['name']}@{pin['version']}"
        assert [found["content"] for found in one["hashes"]] == pin["hashes"]
        assert pin["name"] not in here or one["licenses"], pin["name"]
    assert bill == SBOM["bill_of"](lock.read_text())
    needed = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
    httpx, httpcore = (f"pkg:pypi/{name}@{here[name]}" for name in ("httpx", "httpcore"))
    assert httpcore in needed[httpx]
    assert httpx in needed[bill["metadata"]["component"]["bom-ref"]]


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        (None, 2, "NOT AUDITED"),
        ([], 2, "NOT AUDITED"),
        ([{"name": "a", "skip_reason": "not found"}, {"name": "b", "version": "1", "vulns": []}], 2, "1 of 2 packages"),
        ([{"name": "b", "version": "1", "vulns": []}], 0, "nothing is known"),
        (
            [
                {"name": "a", "skip_reason": "not found"},
                {"name": "b", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]},
            ],
            1,
            "b 1: X-1, mended in 2",
        ),
    ],
)
def test_an_audit_that_could_not_be_made_is_none_that_found_nothing(packages: Any, code: int, said: str) -> None:
    found, text = AUDIT["findings"](packages)

    assert found == code
    assert said in text


IMPORTS = """
    import importlib, pkgutil, sys

    FORBIDDEN = ("socket.", "subprocess.", "os.system", "os.posix_spawn", "os.exec", "urllib.", "webbrowser.")

    def refuse(event, arguments):
        if event.startswith(FORBIDDEN) or event in {"open"} and writes(arguments):
            raise PermissionError(f"{event} {arguments}")

    def writes(arguments):
        path, mode, flags = arguments
        return isinstance(mode, str) and any(one in mode for one in "wax+")

    sys.dont_write_bytecode = True
    sys.addaudithook(refuse)
    names = []
    for package in ("quafu_runtime", "quafu_runtime_api"):
        found = importlib.import_module(package)
        names += [one.name for one in pkgutil.walk_packages(found.__path__, package + ".")]
    others = (".__main__", "server.runner", "server.store.migrations")  # programs, and what alembic runs
    for name in names:
        if not any(one in name for one in others):
            importlib.import_module(name)
    import quafu_runtime
    [getattr(quafu_runtime, name) for name in quafu_runtime.__all__]
    print(len(names))
"""


def test_no_module_asks_the_network_starts_a_process_or_writes_a_file_when_it_is_imported(home: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(IMPORTS)], capture_output=True, text=True, timeout=120, check=False
    )

    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 300
    assert list(home.iterdir()) == []


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two wheels: of two copies in other folders, made at other times, by people with another mask and another zone."""
    return [
        build(tmp_path_factory.mktemp(name), umask, moment, zone)
        for name, umask, moment, zone in (
            ("one", 0o022, 1_000_000_000, "UTC"),
            ("two", 0o077, 1_700_000_001, "Asia/Tokyo"),
        )
    ]


def build(folder: Path, umask: int, moment: int, zone: str) -> Path:
    tree = folder / "a tree"
    before = os.umask(umask)
    try:
        for name in tracked():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tree / name)
            os.utime(tree / name, (moment, moment))
        command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder / "out")]
        environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
        subprocess.run(command, cwd=tree, env={**environment, "TZ": zone}, check=True, capture_output=True, timeout=120)
    finally:
        os.umask(before)
    (wheel,) = (folder / "out").iterdir()
    return wheel


def tracked() -> list[str]:
    """The files that a wheel is made of, without what lies about."""
    names = ["pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", ".gitignore"]
    for top in ("quafu_runtime", "generated"):
        paths = (ROOT / top).rglob("*")
        names += [str(one.relative_to(ROOT)) for one in paths if one.is_file() and "__pycache__" not in one.parts]
    return names


def test_two_wheels_of_the_same_sources_are_equal_byte_for_byte(wheels: list[Path]) -> None:
    one, two = wheels

    assert one.name == two.name
    assert hashlib.sha256(one.read_bytes()).hexdigest() == hashlib.sha256(two.read_bytes()).hexdigest()


def test_a_wheel_holds_nothing_but_the_package(wheels: list[Path]) -> None:
    import zipfile

    with zipfile.ZipFile(wheels[0]) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
        secrets = [name for name in archive.namelist() if re.search(rb"-----BEGIN [A-Z ]*PRIVATE", archive.read(name))]

    assert {re.sub(r"-[\d.]+\.", ".", top) for top in tops} == {
        "quafu_runtime",
        "quafu_runtime_api",
        "quafu_runtime.dist-info",
    }
    assert secrets == []
