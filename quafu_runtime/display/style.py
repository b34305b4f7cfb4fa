"""How it looks: the colours are those of JupyterLab's or VS Code's theme, or go with the text's own, light or dark."""

from typing import Final

from quafu_runtime.display.markup import Child, Html, element

_CSS: Final = """
.qf{--qa:var(--jp-brand-color1,var(--vscode-charts-blue,#1e88e5));--qg:var(--jp-success-color1,var(--vscode-charts-green,#2e9e44));
--qr:var(--jp-error-color1,var(--vscode-charts-red,#e0443a));--qw:var(--jp-warn-color1,var(--vscode-charts-yellow,#c77700));
--qi:var(--jp-content-font-color1,var(--vscode-foreground,currentColor));
--ql:color-mix(in srgb,var(--qi) 16%,transparent);--qs:color-mix(in srgb,var(--qi) 5%,transparent);
--qm:color-mix(in srgb,var(--qi) 64%,transparent);
box-sizing:border-box;max-width:46em;color:var(--qi);font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif)}
.qf *{box-sizing:border-box}
.qf .qf-c{border:1px solid var(--ql);border-radius:8px;padding:12px 16px;margin:4px 1px}
.qf .qf-h{display:flex;gap:.5em 1em;align-items:baseline;flex-wrap:wrap}
.qf .qf-h b{font-size:14px;font-weight:600;overflow-wrap:anywhere}
.qf .qf-e{margin-left:auto;color:var(--qm);font-variant-numeric:tabular-nums;white-space:nowrap}
.qf .qf-k{color:var(--k,var(--qm));font-weight:600;white-space:nowrap}
.qf .qf-k::before{content:"";display:inline-block;width:8px;height:8px;border-radius:50%;
background:currentColor;margin-right:.5em}
.qf .qf-live::before{animation:qf-b 1.6s ease-in-out infinite}@keyframes qf-b{50%{opacity:.25}}
@media (prefers-reduced-motion:reduce){.qf .qf-live::before{animation:none}}
.qf .qf-run{--k:var(--qa)}.qf .qf-done{--k:var(--qg)}.qf .qf-bad{--k:var(--qr)}.qf .qf-warn{--k:var(--qw)}
.qf .qf-m{color:var(--qm);font-size:12px;overflow-wrap:anywhere}
.qf .qf-m>*+*::before{content:"·";margin:0 .5em}
.qf .qf-g{height:4px;border-radius:2px;background:var(--ql);margin:10px 0 4px;overflow:hidden}
.qf .qf-g>div{height:100%;border-radius:2px;background:var(--qa)}
.qf .qf-v{display:grid;grid-template-columns:repeat(auto-fit,minmax(17em,1fr));gap:4px 16px;margin-top:10px}
.qf .qf-v svg{display:block;width:100%;height:auto;overflow:visible}
.qf .qf-v text{fill:var(--qm);font:11px var(--jp-ui-font-family,system-ui,sans-serif);font-variant-numeric:tabular-nums}
.qf .qf-n{display:flex;justify-content:space-between;gap:1em;font-variant-numeric:tabular-nums}
.qf .qf-s{color:var(--qm);font-size:11px;letter-spacing:.02em;margin:10px 0 2px}
.qf .qf-c pre,.qf .qf-c code{font:12px/1.45 var(--jp-code-font-family,ui-monospace,monospace);color:inherit}
.qf .qf-c pre{background:var(--qs);border-radius:4px;padding:6px 10px;margin:2px 0;
white-space:pre-wrap;overflow-wrap:anywhere;max-height:24em;overflow:auto}
.qf pre i{font-style:normal;color:var(--qr);font-weight:600}.qf pre u{text-decoration:none;color:var(--qm)}
.qf .qf-c code{background:none!important;padding:0!important}
.qf .qf-x{overflow-x:auto}
.qf .qf-t{border-collapse:collapse;border:none;margin:4px 0;font-size:12px;color:inherit}
.qf .qf-t th,.qf .qf-t td{text-align:left;vertical-align:top;padding:3px 14px 3px 0;border:none;background:none;
max-width:26em;overflow-wrap:anywhere;white-space:normal}
.qf .qf-t code{white-space:nowrap}
.qf .qf-t th{color:var(--qm);font-weight:500;white-space:nowrap}.qf .qf-c .qf-t tr{background:none;border:none}
.qf .qf-t thead th{border-bottom:1px solid var(--ql)}
.qf summary{cursor:pointer;color:var(--qm);font-size:12px}
"""

_SHEET: Final = Html(f"<style>{''.join(_CSS.splitlines())}</style>")


def framed(*children: Child) -> str:
    """A whole output: a card with its style.

    Args:
        children: What stands in it.
    """
    return element("div", _SHEET, element("div", *children, class_="qf-c"), class_="qf")


def heading(title: Child, beside: Child = None, end: Child = None) -> Html:
    """The first line of a card.

    Args:
        title: What it is.
        beside: What stands before the title, such as a status.
        end: What stands at the right.
    """
    shown = element("span", end, class_="qf-e") if end else None
    return element("div", beside, element("b", title), shown, class_="qf-h")


def remarks(*texts: Child) -> Html | None:
    """A line of small remarks; None where there are none.

    Args:
        texts: The remarks; None for none.
    """
    shown = [element("span", text) for text in texts if text]
    return element("div", *shown, class_="qf-m") if shown else None


def mark(text: str, kind: str, *, live: bool = False) -> Html:
    """A word with a coloured dot.

    Args:
        text: The word.
        kind: `run`, `done`, `bad`, `warn`, or an empty text.
        live: Whether the dot breathes.
    """
    return element("span", text, class_=f"qf-k qf-{kind}{' qf-live' if live else ''}")


def section(title: Child, *children: Child) -> Html:
    """A part of a card with a small title.

    Args:
        title: The title.
        children: The part.
    """
    return element("div", element("div", title, class_="qf-s"), *children)
