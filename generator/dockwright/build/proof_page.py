"""One HTML page about a proof: the points, and a treemap of what fills the image. It needs nothing from outside."""

from html import escape

from dockwright.model.output import Check, Proof

_WIDTH, _HEIGHT = 960.0, 480.0
_REST = "base image and source"
_LETTER, _LINE = 7.2, 16.0
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1f24;background:#fff}"
    "table{border-collapse:collapse;width:100%}td{padding:.3rem .6rem;border-bottom:1px solid #d8dee4;vertical-align:top}"
    ".ok{color:#116329}.bad{color:#a40e26;font-weight:600}svg{width:100%;height:auto}rect{stroke:#fff;stroke-width:1.5}text{font:12px system-ui;fill:#fff}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td{border-color:#30363d}.ok{color:#3fb950}.bad{color:#ff7b72}rect{stroke:#0d1117}}"
)


def proof_page(proof: Proof) -> str:
    """Return the page."""
    rows = "".join(
        f'<tr><td class="{"ok" if check.passed else "bad"}">{"passed" if check.passed else "failed"}</td>'
        f"<td>{escape(check.name)}</td><td>{escape(_found(check))}"
        + "".join(f"<br><small>{escape(detail)}</small>" for detail in check.details)
        + "</td></tr>"
        for check in proof.checks
    )
    title = f"{proof.image}: {proof.size / 1_000_000:.1f} MB"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style><h1>{escape(title)}</h1>"
        f"<table>{rows}</table><h2>What fills it</h2>{treemap(_areas(proof))}</html>\n"
    )


def _found(check: Check) -> str:
    return (
        f"{check.found} (expected {check.expected})"
        if check.expected and not check.passed
        else check.found
    )


def _areas(proof: Proof) -> tuple[tuple[str, int], ...]:
    installed = [(name, size) for name, size in proof.sizes if size > 0]
    rest = proof.size - sum(size for _, size in installed)
    return tuple(sorted([*installed, (_REST, max(rest, 0))], key=lambda pair: -pair[1]))


def treemap(areas: tuple[tuple[str, int], ...]) -> str:
    """Return an SVG in which each area is as large as its bytes; the largest first."""
    boxes = "".join(
        f'<g><title>{escape(name)}: {size / 1_000_000:.1f} MB</title><rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" '
        f'fill="{_colour(name, index)}"/>' + _label(name, size, x, y, w, h) + "</g>"
        for index, (name, size, x, y, w, h) in enumerate(_slices(areas, 0.0, 0.0, _WIDTH, _HEIGHT))
    )
    return f'<svg viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="Treemap of the image">{boxes}</svg>'


def _colour(name: str, index: int) -> str:
    """Return a fill on which white letters can be read; what is not installed stays grey."""
    return "hsl(215 10% 40%)" if name == _REST else f"hsl({(200 + index * 47) % 360} 50% 32%)"


def _label(name: str, size: int, x: float, y: float, width: float, height: float) -> str:
    """Return the name, cut to the width, and below it the size where there is room."""
    letters = int((width - 8) / _LETTER)
    if letters < 3 or height < _LINE + 4:
        return ""
    shown = name if len(name) <= letters else f"{name[: letters - 1]}\u2026"
    lines = [shown, f"{size / 1_000_000:.1f} MB"] if height >= 2 * _LINE + 4 else [shown]
    return "".join(
        f'<text x="{x + 5:.1f}" y="{y + _LINE * number:.1f}">{escape(line)}</text>'
        for number, line in enumerate(lines, 1)
        if len(line) <= letters
    )


def _slices(
    areas: tuple[tuple[str, int], ...], x: float, y: float, width: float, height: float
) -> list[tuple[str, int, float, float, float, float]]:
    """Split the rectangle in two parts of about the same weight along its longer side, and each part again."""
    if not areas:
        return []
    total = sum(size for _, size in areas)
    if len(areas) == 1 or not total:
        name, size = areas[0]
        return [(name, size, x, y, width, height)]
    weight, cut = areas[0][1], 1
    while cut < len(areas) - 1 and weight + areas[cut][1] <= total / 2:
        weight += areas[cut][1]
        cut += 1
    share = weight / total
    if width >= height:
        return [
            *_slices(areas[:cut], x, y, width * share, height),
            *_slices(areas[cut:], x + width * share, y, width * (1 - share), height),
        ]
    return [
        *_slices(areas[:cut], x, y, width, height * share),
        *_slices(areas[cut:], x, y + height * share, width, height * (1 - share)),
    ]
