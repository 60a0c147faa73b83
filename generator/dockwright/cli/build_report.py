"""What a build made, as text: its layers and distributions with their weight, and what ran."""

import click

from dockwright.model.output import BuildResult, LayerReport, StepReport

_BAR = 24
_WIDTH = 72
_LARGEST = 10


def report(result: BuildResult) -> None:
    """Print the report to standard output."""
    click.echo(_headline(result))
    for title, lines in (
        ("Steps", _steps(result.steps)),
        ("Layers", _layers(result.layers)),
        (
            f"Largest of {len(result.distributions)} distributions",
            _distributions(result.distributions),
        ),
    ):
        if lines:
            click.echo(f"\n{title}")
            for line in lines:
                click.echo(line)
    if result.unread:
        click.echo(f"\n{result.unread}")


def as_document(result: BuildResult) -> dict[str, object]:
    """Return the report as JSON values."""
    return {
        "tag": result.tag,
        "image_id": result.image_id,
        "size": sum(layer.size for layer in result.layers),
        "ran": result.ran,
        "cached": result.cached,
        "steps": [
            {"name": step.name, "cached": step.cached, "seconds": step.seconds}
            for step in result.steps
        ],
        "layers": [
            {"instruction": layer.instruction, "size": layer.size} for layer in result.layers
        ],
        "distributions": dict(result.distributions),
        "unread": result.unread,
    }


def _headline(result: BuildResult) -> str:
    name = result.tag or result.image_id or "the build"
    total = sum(layer.size for layer in result.layers)
    weight = f"{megabytes(total)}, " if total else ""
    counted = (
        f"{result.ran} {'step' if result.ran == 1 else 'steps'} ran, {result.cached} came from the cache"
        if result.steps
        else "built"
    )
    return f"{name}: {weight}{counted}"


def _steps(steps: tuple[StepReport, ...]) -> list[str]:
    return [f"{_spent(step):>10}  {_cut(step.name)}" for step in steps]


def _spent(step: StepReport) -> str:
    if step.cached:
        return "cached"
    return f"{step.seconds:.1f} s" if step.seconds else "ran"


def _layers(layers: tuple[LayerReport, ...]) -> list[str]:
    return _bars([(layer.instruction, layer.size) for layer in layers])


def _distributions(sizes: tuple[tuple[str, int], ...]) -> list[str]:
    return _bars(list(sizes[:_LARGEST]))


def _bars(rows: list[tuple[str, int]]) -> list[str]:
    largest = max((size for _, size in rows), default=0) or 1
    return [
        f"{megabytes(size):>10}  {'#' * max(1, round(_BAR * size / largest)):{_BAR}}  {_cut(name)}"
        for name, size in rows
    ]


def _cut(text: str) -> str:
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


def megabytes(size: int) -> str:
    """Return a size as people say it."""
    return f"{size / 1_000_000:.1f} MB"
