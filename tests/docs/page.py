"""The blocks of a page of the documentation, and how each is run.

A page is run as `python page.py PAGE.md` in a folder and with an environment that `test_guides` prepares. Its Python
blocks share one namespace, and may await; its shell commands share the folder; what stands in a `text` block behind one
of them is what it prints, with `...` for what differs from run to run.
"""

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
import json
import linecache
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)(?P<rest>[^\n]*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
TITLE = re.compile(r'title="([^"]+)"')
COMMAND_DEADLINE = 90.0
SERVES = re.compile(r"quafu-runtime serve\b")
READY = "answers at"
ELSEWHERE = ("pip install ", "make ", "git clone ", "cd ")
"""Commands that are not run here: what they install is what runs this, and `.ci/run` calls the targets."""


@frozen
class Block:
    """A fenced block.

    Attributes:
        language: What stands behind the fence.
        title: The file that it is, or None.
        line: Its first line in the page.
        text: What it holds, without its indentation.
    """

    language: str
    title: str | None
    line: int
    text: str


def blocks_of(page: str) -> list[Block]:
    """The fenced blocks of a page, in their order."""
    found = []
    for match in FENCE.finditer(page):
        title = TITLE.search(match["rest"])
        text = re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        line = page.count("\n", 0, match.start()) + 2
        found.append(Block(match["language"], title[1] if title else None, line, text))
    return found


class Page:
    """Runs the blocks of one page."""

    def __init__(self, name: str, runner: asyncio.Runner) -> None:
        self._name = name
        self._runner = runner
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._services: list[subprocess.Popen[str]] = []
        self._printed: str | None = None

    def run(self, block: Block) -> None:
        """Run one block.

        Raises:
            Exception: Whatever it raises, or an AssertionError where it prints something else than the page says.
        """
        printed, self._printed = self._printed, None
        if block.title is not None:
            path = Path(block.title)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            return
        match block.language:
            case "python":
                self._printed = self._python(block)
            case "pycon":
                self._session(block)
            case "bash":
                self._printed = self._shell(block)
            case "text" if printed is not None:
                assert matches(block.text, printed), f"It says:\n{block.text}\nand prints:\n{printed}"
            case "json":
                json.loads(block.text)
            case "yaml":
                yaml.safe_load(block.text)
            case "toml":
                tomllib.loads(block.text)
            case _:
                assert block.language in {"text", "http", "mermaid"}, f"nobody runs blocks in {block.language!r}"

    def close(self) -> None:
        """End the services that the page has started."""
        for service in self._services:
            service.terminate()
            service.communicate(timeout=COMMAND_DEADLINE)

    def _python(self, block: Block) -> str:
        name = f"<{self._name}:{block.line}>"
        linecache.cache[name] = (len(block.text), None, block.text.splitlines(keepends=True), name)
        code = compile(block.text, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            if code.co_flags & inspect.CO_COROUTINE:
                self._runner.run(eval(code, self._names))  # noqa: S307 - the same
            else:
                exec(code, self._names)  # noqa: S102 - the documentation's own block
        return output.getvalue()

    def _session(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(block.text, self._names, self._name, None, block.line)
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        runner = doctest.DocTestRunner(optionflags=flags)
        runner.run(test, clear_globs=False)
        assert runner.summarize(verbose=False).failed == 0
        self._names.update(test.globs)

    def _shell(self, block: Block) -> str:
        commands = block.text.strip()
        if commands.startswith(ELSEWHERE):
            return ""
        if SERVES.match(commands):
            return self._serve(commands)
        ended = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_DEADLINE,
            check=False,
        )
        assert ended.returncode == 0, f"{commands}\nexited with {ended.returncode}: {ended.stdout}{ended.stderr}"
        return ended.stdout

    def _serve(self, command: str) -> str:
        """Start a service and leave it running, on any free port."""
        service = subprocess.Popen(
            [*shlex.split(command), "--port", "0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        self._services.append(service)
        assert service.stdout is not None
        line = service.stdout.readline()
        assert READY in line, line
        return line


def matches(expected: str, printed: str) -> bool:
    """Whether something was printed as a page says, where `...` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in _tidy(expected).split("..."))
    return re.fullmatch(pattern, _tidy(printed), re.DOTALL) is not None


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Page]:
    with asyncio.Runner() as runner:
        page = Page(path.name, runner)
        try:
            yield page
        finally:
            page.close()


def main() -> None:
    """Run the page that is named on the command line."""
    path = Path(sys.argv[1])
    with _opened(path) as page:
        for block in blocks_of(path.read_text(encoding="utf-8")):
            try:
                page.run(block)
            except BaseException as error:
                error.add_note(f"in the block at {path}:{block.line}")
                raise


if __name__ == "__main__":
    main()
