"""What the tests on a real engine share: the engine, the samples as Dockwright completes them, and their images.

Everything is made by need and once per session, so that a sample is built once however many tests ask for it.
"""

import http.client
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
PROBES: Mapping[str, Mapping[str, Any]] = {
    path.parent.name: tomllib.loads(path.read_text(encoding="utf-8"))["probe"]
    for path in sorted(SAMPLES.glob("*/sample.toml"))
}
KINDS = ("http", "output", "compose")
# In every name that a session gives, so that two of them on one engine do not meet.
SESSION = uuid4().hex[:8]
COMMAND_SECONDS = 600
ANSWER_SECONDS = 30
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
"""A read-only root without a /tmp: what Dockwright starts needs none, but celery."""

Run = Callable[..., subprocess.CompletedProcess[str]]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes `http_case`, `output_case` or `compose_case` once for each sample of that kind.

    `case` is each sample that Dockwright does not refuse.
    """
    if "case" in metafunc.fixturenames and not metafunc.definition.get_closest_marker(
        "parametrize"
    ):
        metafunc.parametrize(
            "case", [case for case, probe in PROBES.items() if probe["kind"] in KINDS]
        )
    for kind in KINDS:
        if f"{kind}_case" in metafunc.fixturenames:
            metafunc.parametrize(
                f"{kind}_case", [case for case, probe in PROBES.items() if probe["kind"] == kind]
            )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the long lists of native packages, unless `-m` names them."""
    asked = config.option.markexpr
    for marker in ("native", "native_slow"):
        if not re.search(rf"\b{marker}\b", asked):
            left_out = [item for item in items if item.get_closest_marker(marker)]
            items[:] = [item for item in items if item not in left_out]
            config.hook.pytest_deselected(items=left_out)


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line at once, past pytest's capture: these tests take minutes, and say at what they are."""
    plugins = request.config.pluginmanager
    capture, reporter = plugins.get_plugin("capturemanager"), plugins.get_plugin("terminalreporter")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(f"    {text}")

    return line


def _run(
    *command: str | Path, cwd: Path | None = None, check: bool = True
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        cwd=cwd,
        text=True,
        capture_output=True,
        timeout=COMMAND_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if check and done.returncode:
        pytest.fail(
            f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
    return done


def _why_no_engine() -> str:
    if not shutil.which("docker"):
        return "there is no docker command"
    answer = _run("docker", "version", "--format", "{{.Server.Version}}", check=False)
    return f"no engine answers: {answer.stderr.strip()}" if answer.returncode else ""


@pytest.fixture(scope="session")
def docker() -> Iterator[Run]:
    """`docker ARGUMENTS...`; the test fails with what docker said, and is skipped where there is no engine.

    What the session's builds leave behind goes at its end: images of its names, and new ones that have lost theirs.
    """
    reason = _why_no_engine()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(f"CI must have an engine: {reason}")
    if reason:
        pytest.skip(reason)

    def call(
        *arguments: str | Path, cwd: Path | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        return _run("docker", *arguments, cwd=cwd, check=check)

    before = _images("--filter", "dangling=true")
    yield call
    named = (f"dockwright-*-{SESSION}*", f"dockwright-up-{os.getpid()}-*")
    made = _images("--filter", "dangling=true") - before
    made |= {image for name in named for image in _images("--filter", f"reference={name}")}
    if made:
        call("image", "rm", "--force", *made, check=False)


def _images(*filters: str) -> set[str]:
    return set(
        _run("docker", "image", "ls", "--quiet", "--no-trunc", *filters, check=False).stdout.split()
    )


@pytest.fixture(scope="session")
def frontend(docker: Run) -> bool:
    """Whether the frontend of `# syntax=` can be pulled here."""
    return docker("pull", "--quiet", "docker/dockerfile:1", check=False).returncode == 0


@pytest.fixture(scope="session")
def generate(frontend: bool) -> Callable[..., Path]:
    """(folder, *settings as in dockwright.toml) -> the same folder with the files that Dockwright wrote.

    The settings are kept in the folder, with `syntax = false` where no frontend can be pulled.
    """

    def write(folder: Path, *settings: str) -> Path:
        lines = [*settings, *(() if frontend else ("syntax = false",))]
        file = folder / "dockwright.toml"
        if lines:
            kept = file.read_text(encoding="utf-8") if file.is_file() else ""
            new = [line for line in lines if line not in kept]
            file.write_text("\n".join((*new, kept)), encoding="utf-8")
        _run(sys.executable, "-m", "dockwright", "generate", folder)
        return folder

    return write


@pytest.fixture(scope="session")
def project(
    tmp_path_factory: pytest.TempPathFactory, generate: Callable[..., Path]
) -> Callable[[str], Path]:
    """Case -> a copy of its project with the files that Dockwright wrote into it, made once."""
    made: dict[str, Path] = {}

    def copy(case: str) -> Path:
        if case not in made:
            directory = tmp_path_factory.mktemp("project") / case
            shutil.copytree(SAMPLES / case / "project", directory)
            made[case] = generate(directory)
        return made[case]

    return copy


@pytest.fixture(scope="session")
def session_name() -> str:
    """A name of this session's own, since others may test on the same engine."""
    return f"dockwright-test-{SESSION}"


@pytest.fixture(scope="session")
def image(
    docker: Run, project: Callable[[str], Path], session_name: str, say: Callable[[str], None]
) -> Iterator[Callable[[str], str]]:
    """Case -> the tag of its image, built once. The tags go at the end, the engine's build cache stays."""
    built: dict[str, str] = {}

    def build(case: str) -> str:
        if case not in built:
            tag = f"{session_name}:{case}"
            folder, began = project(case), time.monotonic()
            say(f"{case}: building")
            docker("buildx", "build", "--load", "--tag", tag, folder)
            say(f"{case}: built in {time.monotonic() - began:.0f} s")
            built[case] = tag
        return built[case]

    yield build
    if built:
        docker("image", "rm", "--force", *built.values(), check=False)


@pytest.fixture
def container(docker: Run) -> Iterator[Callable[..., str]]:
    """(image, *options of docker run) -> the id of a container that runs as locked down as a cluster would run it."""
    started: list[str] = []

    def start(tag: str, *options: str) -> str:
        started.append(docker("run", "--detach", *HARDENED, *options, tag).stdout.strip())
        return started[-1]

    yield start
    for name in started:
        docker("rm", "--force", "--volumes", name, check=False)


@pytest.fixture(scope="session")
def ask() -> Callable[..., tuple[int, str]]:
    """(address, path, method, body, headers, seconds to wait for it) -> status and body of the first answer.

    Redirects are not followed.
    """

    def get(
        address: str,
        path: str,
        method: str = "GET",
        body: str = "",
        headers: Mapping[str, str] | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> tuple[int, str]:
        deadline = time.monotonic() + seconds
        while True:
            try:
                return _ask_once(address, path, method, body, headers or {})
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    return get


def _ask_once(
    address: str, path: str, method: str, body: str, headers: Mapping[str, str]
) -> tuple[int, str]:
    connection = http.client.HTTPConnection(address, timeout=10)
    try:
        connection.request(method, path, body or None, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture(scope="session")
def probes() -> Mapping[str, Mapping[str, Any]]:
    """Case -> the table [probe] of its sample.toml."""
    return PROBES
