"""Generate the client from the contract: `python openapi/generate.py`.

Everything is made anew in an empty folder and then takes the place of what was there, so that nothing stale is left.
With `--check` nothing is replaced: what is there is compared with what would be, and any difference is an error.
"""

import argparse
import filecmp
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from openapi.document import DOCUMENT, FOLDER, load

__all__ = ["GenerationError", "differences", "generate", "main"]

PACKAGE = FOLDER.parent / "generated" / "quafu_runtime_api"
LEFT_BY_TOOLS = {"__pycache__", ".mypy_cache", ".ruff_cache"}


class GenerationError(Exception):
    """The generator refused the document, or warned of something that it left out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Generate, or check what was generated.

    Args:
        arguments: The command line's arguments; those of the process by default.

    Returns:
        The exit code: 0, or 1 after an error or a difference, which is told on stderr.
    """
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="quafu-runtime-generate-") as folder:
        made = Path(folder) / PACKAGE.name
        try:
            generate(options.document, made)
        except GenerationError as error:
            print(error, file=sys.stderr)
            return 1
        found = list(differences(options.output, made))
        if options.check:
            return _report(found, options.output)
        if found:
            _replace(options.output, made)
    return 0


def generate(document: Path, output: Path) -> None:
    """Generate the package into a folder that does not exist yet.

    Args:
        document: The OpenAPI document.
        output: The package's folder.

    Raises:
        GenerationError: The generator refused the document, or warned of something that it left out.
    """
    scripts = sysconfig.get_path("scripts")
    command = [
        *(sys.executable, "-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none"),
        *("--path", str(document.resolve()), "--output-path", str(output)),
        *("--config", str(FOLDER / "generator.yaml"), "--custom-template-path", str(FOLDER / "templates")),
    ]
    # The ruff that is pinned beside this interpreter, whatever else is on PATH.
    environment = {**os.environ, "PATH": os.pathsep.join([scripts, os.environ.get("PATH", os.defpath)])}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        message = f"The client cannot be generated from {document}.\n{done.stdout}{done.stderr}".rstrip()
        raise GenerationError(message)
    (output / "py.typed").touch()
    text = json.dumps(load(document), indent=1, ensure_ascii=False)
    (output / "openapi.json").write_text(f"{text}\n", "utf-8")


def differences(there: Path, wanted: Path) -> Iterator[str]:
    """Tell in what two folders differ.

    Args:
        there: The folder that is judged.
        wanted: The folder that it should be like.

    Yields:
        A line for each file that differs, is missing, or is too many.
    """
    old, new = _files(there), _files(wanted)
    yield from (f"missing: {path}" for path in sorted(new - old))
    yield from (f"stale: {path}" for path in sorted(old - new))
    yield from (
        f"different: {path}"
        for path in sorted(old & new)
        if not filecmp.cmp(there / path, wanted / path, shallow=False)
    )


def _files(folder: Path) -> set[Path]:
    paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return {path for path in paths if not LEFT_BY_TOOLS.intersection(path.parts)}


def _report(found: Sequence[str], output: Path) -> int:
    if not found:
        return 0
    lines = [f"{output} is not what the document generates. Run `make generate`.", *found]
    print("\n".join(lines), file=sys.stderr)
    return 1


def _replace(output: Path, made: Path) -> None:
    if output.exists():
        shutil.rmtree(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(made, output)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Generate the client from the contract.")
    parser.add_argument("--document", type=Path, default=DOCUMENT, help="the OpenAPI document (default: the contract)")
    parser.add_argument("--output", type=Path, default=PACKAGE, help=f"the package's folder (default: {PACKAGE})")
    parser.add_argument("--check", action="store_true", help="change nothing; fail on any difference")
    return parser


if __name__ == "__main__":
    sys.exit(main())
