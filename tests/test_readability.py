"""What Dockwright writes fits one screen and holds no line that its reader has to puzzle over.

Read over the expected files of the samples, and over what is written for public applications where
their manifests are at hand (`CORPUS_DIR`, else `../shared/corpus` beside this repository).
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from dockwright.api import plan, render_plan
from dockwright.errors import DockwrightError
from dockwright.model.artifact import ComposePlan, DockerfilePlan, InstallStep
from dockwright.model.plan import Plan
from dockwright.model.settings import Settings

ROOT = Path(__file__).parent.parent
SAMPLES = sorted(path.parents[1] for path in (ROOT / "samples").glob("*/expected/Dockerfile"))
BESIDE = ROOT.parent / "shared" / "corpus"
CORPUS = Path(os.environ["CORPUS_DIR"]) if "CORPUS_DIR" in os.environ else BESIDE
MANIFESTS = (
    "Pipfile",
    "pyproject.toml",
    "requirements.txt",
    "setup.py",
    "setup.cfg",
    "pylock.toml",
)
TREES = sorted({path.parent for name in MANIFESTS for path in CORPUS.rglob(name)})
STARTED = Settings(command=("gunicorn", "--bind", "0.0.0.0:8000", "app:app"))
"""The corpus holds manifests and locks only: where nothing is left to start, this is."""

LINE, IGNORED = 110, 45
PUZZLES = {
    "a program in a variable": r"^\s*(ARG|ENV) \w+=['\"]?\\$|\\n\\$",
    "awk, sed, printf": r"\b(awk|sed|printf)\b",
    "a shell job": r"(?<!&)&\s*(\\?$|\S+=|\s*wait\b)|\bwait \$!",
    "a call to warm something up": r"--(help|version) *>",
    "pip is removed": r"\brm -r\S* .*(pip|ensurepip)",
}


def lines_at_most(file: DockerfilePlan) -> int:
    """Return the bound of the case, and a line for each thing that a project has beyond it."""
    if not file.uv:
        bound = 14
    elif file.wheel:
        bound = 58 if file.build else 48
    else:
        bound = 46 if file.build else 36
    bound += 3 * bool(file.static) + 10 * len(file.front_ends)
    # Files that Python does not serve have a server of their own.
    bound += 22 * sum(bool(one.stage) for one in file.front_ends)
    bound += 14 * bool(file.dev) + 5 * bool(file.test)
    if file.dev:
        # An export takes more lines than `uv sync`, and own wheels are installed to be edited.
        bound += 5 * bool(file.dev.install and file.dev.install.exports) + 2 * bool(file.wheel)
    # apt in three lines and two comments, where only the running image needs it.
    bound += 5 * bool(file.packages and not file.build)
    bound += 2 * bool(file.python_packages or file.digest_of) + 3 * len(file.writable)
    bound += 3 * len(file.wheel.contexts if file.wheel else ())
    bound += len(file.system_environment) + len(file.environment) + len(file.labels)
    return bound + sum(map(_beyond, file.installs))


def _beyond(step: InstallStep) -> int:
    """Return the lines for what one installation mounts beside manifest and lock, and checks."""
    mounted = max(0, len(step.binds) - 2) + len(step.secrets) + 2 * step.ssh
    return mounted + bool(step.check) + bool(step.leaves_out) + bool(step.copies)


def compose_lines_at_most(compose: ComposePlan) -> int:
    """Return 36 for one service with one behind it, else 82 and a dozen for each further service."""
    sync = 8 * (compose.app.target == "dev")
    if len(compose.service_names) <= 2:
        return 36 + len(compose.app.environment) // 6 + sync
    return 82 + 12 * max(0, len(compose.service_names) - 6) + sync


def puzzles(dockerfile: str) -> list[str]:
    """Return what a reader would stop at."""
    return [
        name for name, pattern in PUZZLES.items() if re.search(pattern, dockerfile, re.MULTILINE)
    ]


def faults(settled: Plan, texts: dict[str, str]) -> Iterator[str]:
    """Give every bound that the texts (kind -> text) are out of."""
    counts = {kind: len(text.splitlines()) for kind, text in texts.items()}
    most = {"dockerfile": lines_at_most(settled.dockerfile), "ignore": IGNORED}
    if settled.compose is not None:
        most["compose"] = compose_lines_at_most(settled.compose)
    for kind, bound in most.items():
        if counts[kind] > bound:
            yield f"{kind}: {counts[kind]} lines of {bound}"
    for kind in most:
        for number, line in enumerate(texts[kind].splitlines(), 1):
            # An address cannot go on in the next line.
            if len(line) > LINE and "://" not in line:
                yield f"{kind}:{number}: {len(line)} characters"
    yield from puzzles(texts["dockerfile"])


def texts_of(tree: Path, settings: Settings) -> tuple[Plan, dict[str, str]]:
    settled = plan(tree, settings)
    return settled, {file.kind: file.text for file in render_plan(settled, settings, tree)}


@pytest.mark.parametrize("case", SAMPLES, ids=lambda case: case.name)
@pytest.mark.parametrize("targets", [(), ("dev", "test")], ids=["shipped", "with-dev-and-test"])
def test_a_sample_fits_one_screen(case: Path, targets: tuple[str, ...]) -> None:
    assert list(faults(*texts_of(case / "project", Settings(targets=targets)))) == []


@pytest.mark.skipif(not TREES, reason="CORPUS_DIR does not name a folder of applications")
@pytest.mark.parametrize("tree", TREES, ids=lambda tree: str(tree.relative_to(CORPUS)))
def test_a_public_application_fits_one_screen(tree: Path) -> None:
    try:
        written = texts_of(tree, Settings())
    except DockwrightError:
        try:
            written = texts_of(tree, STARTED)
        except DockwrightError as error:
            pytest.skip(f"refused: {error}")
    assert list(faults(*written)) == []


@pytest.mark.parametrize("case", SAMPLES, ids=lambda case: case.name)
def test_a_sample_has_as_few_stages_as_it_takes(case: Path) -> None:
    settled, texts = texts_of(case / "project", Settings())
    stages = re.findall(r"^FROM \S+ AS (\S+)$", texts["dockerfile"], re.MULTILINE)
    own = [name for name in stages if name != "uv" and not name.startswith("front")]
    file = settled.dockerfile
    wanted = {
        "base": bool(file.build or file.wheel),
        "build": bool(file.build),
        "wheel": bool(file.wheel),
        "runtime": True,
    }
    assert own == [name for name, is_there in wanted.items() if is_there]
    assert stages[-1] == "runtime"


@pytest.mark.parametrize(
    "line",
    [
        "ARG PROGRAM='\\",
        "RUN awk '{print}' x",
        "RUN uv sync & \\\n wait",
        "RUN python --version > /dev/null",
    ],
)
def test_what_a_reader_would_stop_at_is_found(line: str) -> None:
    assert puzzles(f"FROM x\n{line}\n")


def test_the_usual_ampersands_are_no_jobs() -> None:
    assert puzzles('RUN a \\\n && b\nCMD ["sh", "-c", "a && exec b"]\n') == []
