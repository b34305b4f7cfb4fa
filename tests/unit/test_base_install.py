"""What `pip install quafu-runtime`, without extras, brings: few packages, and small ones."""

from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
MOST_DISTRIBUTIONS = 20
MOST_BYTES = 12_000_000


def _needed(name: str, found: dict[str, Distribution]) -> dict[str, Distribution]:
    """A distribution with all that it needs where no extra is asked for."""
    if name not in found:
        found[name] = distribution(name)
        for text in found[name].requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                _needed(canonicalize_name(requirement.name), found)
    return found


def _bytes_of(one: Distribution) -> int:
    return sum(file.size or 0 for file in one.files or [] if file.suffix != ".pyc")


def _our_bytes() -> int:
    """The files of the wheel; an editable install lists none of them."""
    folders = (ROOT / "quafu_runtime", ROOT / "generated" / "quafu_runtime_api")
    files = (path for folder in folders for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in files)


def test_the_base_install_is_small() -> None:
    found = _needed("quafu-runtime", {})
    del found["quafu-runtime"]
    assert len(found) + 1 <= MOST_DISTRIBUTIONS, sorted(found)
    assert "httpx" in found
    assert sum(map(_bytes_of, found.values())) + _our_bytes() <= MOST_BYTES
