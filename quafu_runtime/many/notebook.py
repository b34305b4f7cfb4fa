"""A bar in a notebook: one output of the cell, which changes."""

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quafu_runtime.many.meter import Tally


class Bar:
    """An output that shows a bar, and is updated in place.

    Args:
        label: What is going on.
    """

    def __init__(self, label: str) -> None:
        self._label = label
        self._handle: Any = None

    def show(self, tally: "Tally") -> None:
        """Show how far the jobs are."""
        from IPython.display import HTML, display

        picture = HTML(bar_html(self._label, tally))  # type: ignore[no-untyped-call]
        if self._handle is None:
            self._handle = display(picture, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(picture)


def bar_html(label: str, tally: "Tally") -> str:
    """The bar as HTML.

    Args:
        label: What is going on.
        tally: How far it is.
    """
    total = tally.total or 0
    bar = "<progress></progress>"
    if total:
        ended = tally.done + tally.failed
        bar = f'<progress max="{total}" value="{ended}" style="width: 20em"></progress>'
    return f'<div class="quafu-progress">{html.escape(label)} {bar} {html.escape(str(tally))}</div>'
