"""One HTML page about a proof: its checks, and a treemap of what fills the image."""

from html import escape

from dockwright.model.output import Check, Proof, megabytes

_WIDTH, _HEIGHT = 960.0, 480.0
_REST = "base image and source"
_LETTER, _LINE = 7.2, 16.0
# The page needs nothing from outside, so that it can be kept with a build.
_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;
color:#1b1f24;background:#fff}
table{border-collapse:collapse;width:100%}
td{padding:.3rem .6rem;border-bottom:1px solid #d8dee4;vertical-align:top}
.ok{color:#116329}.bad{color:#a40e26;font-weight:600}svg{width:100%;height:auto}
rect{stroke:#fff;stroke-width:1.5}text{font:12px system-ui;fill:#fff}
@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}
td{border-color:#30363d}.ok{color:#3fb950}.bad{color:#ff7b72}rect{stroke:#0d1117}}
"""

# A name and its bytes.
Area = tuple[str, int]


def proof_page(proof: Proof) -> str:
    """Return the page."""
    title = escape(f"{proof.image}: {megabytes(proof.size)}")
    installed = [(name, size) for name, size in proof.sizes if size > 0]
    rest = max(proof.size - sum(size for _, size in installed), 0)
    areas = tuple(sorted([*installed, (_REST, rest)], key=lambda pair: -pair[1]))
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><h1>{title}</h1>"
        f"<table>{''.join(_row(check) for check in proof.checks)}</table>"
        f"<h2>What fills it</h2>{treemap(areas)}</html>\n"
    )


def _row(check: Check) -> str:
    told = check.found
    if check.expected and not check.passed:
        told += f" (expected {check.expected})"
    details = "".join(f"<br><small>{escape(detail)}</small>" for detail in check.details)
    kind, word = ("ok", "passed") if check.passed else ("bad", "failed")
    return (
        f'<tr><td class="{kind}">{word}</td><td>{escape(check.name)}</td>'
        f"<td>{escape(told)}{details}</td></tr>"
    )


def treemap(areas: tuple[Area, ...]) -> str:
    """Return an SVG in which each area is as large as its bytes; `areas` has the largest first."""
    boxes = "".join(
        f"<g><title>{escape(name)}: {megabytes(size)}</title>"
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'fill="{_colour(name, index)}"/>{_label(name, size, x, y, width, height)}</g>'
        for index, (name, size, x, y, width, height) in enumerate(
            _slices(areas, 0.0, 0.0, _WIDTH, _HEIGHT)
        )
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" '
        f'aria-label="Treemap of the image">{boxes}</svg>'
    )


def _colour(name: str, index: int) -> str:
    # White letters can be read on it; what is not installed stays grey.
    return "hsl(215 10% 40%)" if name == _REST else f"hsl({(200 + index * 47) % 360} 50% 32%)"


def _label(name: str, size: int, x: float, y: float, width: float, height: float) -> str:
    # The name, cut to the width, and below it the size where there is room.
    letters = int((width - 8) / _LETTER)
    if letters < 3 or height < _LINE + 4:
        return ""
    shown = name if len(name) <= letters else f"{name[: letters - 1]}\u2026"
    lines = [shown, megabytes(size)] if height >= 2 * _LINE + 4 else [shown]
    return "".join(
        f'<text x="{x + 5:.1f}" y="{y + _LINE * number:.1f}">{escape(line)}</text>'
        for number, line in enumerate(lines, 1)
        if len(line) <= letters
    )


def _slices(
    areas: tuple[Area, ...], x: float, y: float, width: float, height: float
) -> list[tuple[str, int, float, float, float, float]]:
    # Split along the longer side into parts of about the same weight, and again.
    total = sum(size for _, size in areas)
    if not total or len(areas) == 1:
        return [(name, size, x, y, width, height) for name, size in areas[:1]]
    # About half of the weight on each side keeps the rectangles close to squares.
    weight, cut = areas[0][1], 1
    while cut < len(areas) - 1 and weight + areas[cut][1] <= total / 2:
        weight += areas[cut][1]
        cut += 1
    share = weight / total
    first, second = areas[:cut], areas[cut:]
    if width >= height:
        left = width * share
        right = _slices(second, x + left, y, width - left, height)
        return [*_slices(first, x, y, left, height), *right]
    top = height * share
    return [*_slices(first, x, y, width, top), *_slices(second, x, y + top, width, height - top)]
