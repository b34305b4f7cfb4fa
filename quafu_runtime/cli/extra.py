"""What the commands around a runtime service of your own share: its data folder, and the packages that it needs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from quafu_runtime.cli.session import FAILED

if TYPE_CHECKING:
    from quafu_runtime.server.settings import Settings

LOCAL_EXTRA = "A runtime service of your own needs more packages: pip install 'quafu-runtime[local]'"

UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}

data_dir_option = click.option(
    "--data-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="The folder of all that it keeps; ~/.quafu/runtime if left out.",
)


class Size(click.ParamType[int]):
    """Bytes, as a number with K, M, G or T behind it."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a size."""
        if isinstance(value, int):
            return value
        text = str(value).strip().lower().removesuffix("b").removesuffix("i")
        number, unit = (text[:-1], UNITS[text[-1]]) if text[-1:] in UNITS else (text, 1)
        try:
            size = int(float(number) * unit)
        except (ValueError, OverflowError):
            size = -1
        if size < 0:
            self.fail(f"{value!r} is no size. Write a number of bytes, or one with K, M, G or T: 512M, 4G.", param, ctx)
        return size


def settings_of(**given: Any) -> "Settings":
    """The settings of a service, with the defaults of what was not given."""
    from quafu_runtime.server.settings import Settings

    return Settings(**{key: value for key, value in given.items() if value is not None})


def missing_extra(error: ModuleNotFoundError) -> NoReturn:
    """Say which extra has the package that is missing, and exit."""
    click.echo(f"{LOCAL_EXTRA} (missing: {error.name})", err=True)
    sys.exit(FAILED)
