"""One HTML page about a proof: the points, and a treemap of what fills the image. It needs nothing from outside."""

from html import escape

from generator.model.output import Proof

_WIDTH, _HEIGHT = 960.0, 480.0
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1b1f24;background:#fff}"
    "table{border-collapse:collapse;width:100%}td{padding:.3rem .6rem;border-bottom:1px solid #d8dee4;vertical-align:top}"
    ".ok{color:#116329}.bad{color:#a40e26;font-weight:600}svg{width:100%;height:auto}rect{stroke:#fff}text{font:12px system-ui;fill:#fff}"
    "@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}td{border-color:#30363d}.ok{color:#3fb950}.bad{color:#ff7b72}}"
)


def proof_page(proof: Proof) -> str:
    """Return the page."""
    rows = "".join(
        f'<tr><td class="{"ok" if check.passed else "bad"}">{"passed" if check.passed else "failed"}</td>'
        f"<td>{escape(check.name)}</td><td>{escape(check.found)}"
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


def _areas(proof: Proof) -> tuple[tuple[str, int], ...]:
    installed = [(name, size) for name, size in proof.sizes if size > 0]
    rest = proof.size - sum(size for _, size in installed)
    return tuple(sorted([*installed, ("base image and source", max(rest, 0))], key=lambda pair: -pair[1]))


def treemap(areas: tuple[tuple[str, int], ...]) -> str:
    """Return an SVG in which each area is as large as its bytes; the largest first."""
    boxes = "".join(
        f'<g><title>{escape(name)}: {size / 1_000_000:.1f} MB</title><rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" '
        f'fill="hsl({(index * 47) % 360} 45% 38%)"/>' + _label(name, x, y, w, h) + "</g>"
        for index, (name, size, x, y, w, h) in enumerate(_slices(areas, 0.0, 0.0, _WIDTH, _HEIGHT))
    )
    return f'<svg viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" aria-label="Treemap of the image">{boxes}</svg>'


def _label(name: str, x: float, y: float, width: float, height: float) -> str:
    if width < 7.5 * len(name) or height < 18:
        return ""
    return f'<text x="{x + 5:.1f}" y="{y + 16:.1f}">{escape(name)}</text>'


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
